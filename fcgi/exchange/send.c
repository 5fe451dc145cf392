#include "build.h"

#include <string.h>

#include "dialects/dialect.h"
#include "exchange_log.h"
#include "json_write.h"
#include "log.h"
#include "proxies.h"
#include "relay/reply_headers.h"
#include "send.h"
#include "upstream_headers.h"

/* Attempts at one upstream, whatever the reasons, beside `retries`. */
#define ATTEMPTS_MAX	8

/* A Retry-After beyond it is the client's to honour. */
#define RETRY_WAIT_MAX_S	60

/* Where the upstream names no time: doubled each time, up to 16 times. */
#define RETRY_WAIT_MS	500

/* How long a refused token's successor is waited for. */
#define REFRESH_WAIT_MS	10000

static int
build_headers(struct exchange *x, struct headers *headers)
{
	char version[USER_AGENT_VERSION_MAX];
	struct upstream_headers of = {
		.client = x->client,
		.endpoint = x->endpoint,
		.policy = &x->policy,
		.session = &x->session,
		.content_type = x->content_type,
		.credential = credentials_current(&x->credentials),
		.user_agent_version = version,
		.same_dialect = x->lane != LANE_CONVERT,
		.stream = x->stream,
		.passed = !x->summed &&
		    !operation_is_conversation(x->route.operation),
	};

	user_agent_version(&x->gateway->user_agent,
	    x->config->user_agent_version, version);
	headers_init(headers, &x->request);
	if (upstream_headers_build(headers, &of) == -1)
		return problem_set(&x->problem, PROBLEM_INVALID,
		    "the credential or a header can't be sent");
	return 0;
}

/* What is behind a URL's "?" may be a key. */
static void
log_way(struct exchange *x, const struct proxy *proxy)
{
	const char	*url = x->url;

	if (proxy != NULL)
		log_info(x->id, "Using proxy %s for request to %.*s",
		    proxy->name, (int)strcspn(url, "?"), url);
}

/* After how long something is said to the client of an early stream; 0: never. */
static int
quiet_ms(const struct exchange *x)
{
	if (x->answer.state == ANSWER_FLOWING)
		return x->config->keep_alive_s * 1000;
	return x->answer.early ? x->config->early_stream_after_s * 1000 : 0;
}

/* Waits for the head; keeps an early stream open meanwhile. */
static int
await_head(struct exchange *x)
{
	for (;;) {
		switch (upstream_head(x->upstream, quiet_ms(x),
		    &x->answer.upstream_status, &x->answer.upstream_headers,
		    &x->problem)) {
		case UPSTREAM_BYTES:
			exchange_log_head(x);
			return 0;
		case UPSTREAM_QUIET:
			if (answer_keep_alive(&x->answer) == CLIENT_GONE)
				return CLIENT_GONE;
			break;
		case UPSTREAM_GONE:
			return CLIENT_GONE;
		case UPSTREAM_END:
		case UPSTREAM_FAILED:
			return -1;
		}
	}
}

/* What is left for all upstreams until the first content; may be below 0. */
static int64_t
total_left_ms(const struct exchange *x)
{
	return (int64_t)x->config->total_timeout_s * 1000 -
	    (int64_t)(exchange_now_us() - x->began_us) / 1000;
}

/*
 * How long the upstream has until its first content, where there are several:
 * what is left for all of them, and no more than its own part while the answer
 * is held for the next one. 0: as long as it likes.
 */
static int
content_timeout_ms(const struct exchange *x)
{
	int64_t	own_ms = (int64_t)x->policy.model->first_event_timeout_s * 1000;
	int64_t	left_ms;

	if (x->candidates.count == 1)
		return 0;
	left_ms = total_left_ms(x);
	if (x->answer.held && own_ms > 0 && own_ms < left_ms)
		left_ms = own_ms;
	return left_ms > 0 ? (int)left_ms : 1;
}

/* What fits of a list that began before. */
static void
add_try(char tries[], size_t size, const char *text)
{
	size_t used = strlen(tries), length = strlen(text);

	if (used + length < size)
		memcpy(tries + used, text, length + 1);
}

/* "anthropic:429,spare:failed": for people who look at it. */
static void
note_try(struct exchange *x, int result)
{
	char digits[JSON_DIGITS], *tries = x->row.tries;

	if (*tries != '\0')
		add_try(tries, sizeof(x->row.tries), ",");
	add_try(tries, sizeof(x->row.tries), x->endpoint->name);
	add_try(tries, sizeof(x->row.tries), ":");
	add_try(tries, sizeof(x->row.tries), result == 0 ? json_digits(digits,
	    x->answer.upstream_status).at : "failed");
}

/* One attempt. 0, CLIENT_GONE, or -1; *again when it may be repeated. */
static int
attempt(struct exchange *x, bool *again)
{
	const struct proxy *proxy = NULL;
	struct edits_reader body;
	struct headers headers;
	struct problem before = x->problem;
	int result;

	*again = false;
	problem_clear(&x->problem);
	if (build_headers(x, &headers) == -1)
		return -1;
	if (proxies_next(x->config, x->gateway->scoreboard, &proxy,
	    &x->problem) == -1) {
		/* Why the last one refused says more than that none is left. */
		if (before.kind != PROBLEM_NONE)
			x->problem = before;
		return -1;
	}
	log_way(x, proxy);
	exchange_log_sent(x, &headers);
	edits_rewind(&body, &x->edits);
	headers_init(&x->answer.upstream_headers, &x->reply);
	x->answer.upstream_status = 0;
	x->answer.own_credential = !credentials_server_side(&x->credentials);
	x->attempts++;
	result = upstream_send(x->upstream, &(struct upstream_request){
		.method = x->client->method_word,
		.url = x->url,
		.headers = &headers,
		.body = &body,
		.proxy = proxy,
		.http2 = x->endpoint->http2,
		.decode = x->lane == LANE_CONVERT || !x->stream ||
		    x->answer.early,
		.stream = x->stream,
		.connect_timeout_s = x->config->connect_timeout_s,
		.first_byte_timeout_s = x->config->first_byte_timeout_s,
		.idle_timeout_s = x->config->idle_timeout_s,
		.content_timeout_ms = content_timeout_ms(x),
		.client = x->client,
	}, &x->problem);
	if (result == 0)
		result = await_head(x);
	note_try(x, result);
	if (upstream_connected_anew(x->upstream))
		scoreboard_count(x->gateway->scoreboard, COUNT_CONNECTIONS, 1);
	if (result == -1 && proxy != NULL &&
	    upstream_proxy_refused(x->upstream)) {
		log_warning(x->id, "proxy %s failed, left alone for %d s",
		    proxy->name, PROXY_COOL_S);
		proxy_failed(x->gateway->scoreboard, proxy);
		*again = upstream_unsent(x->upstream);
	}
	return result;
}

/*
 * The upstream refused one of tokend's tokens: asks for a fresh one and starts
 * over with it. Once per exchange.
 */
static bool
refresh(struct exchange *x)
{
	const struct credential *old = credentials_current(&x->credentials);
	const struct token_name name = { old->account,
	    old->source == CREDENTIAL_ENDPOINT_KEY };
	struct tokens *fresh;
	struct problem problem;

	if (old->account == NULL || x->credentials.refreshed)
		return false;
	scoreboard_count(x->gateway->scoreboard, COUNT_REFRESHES, 1);
	log_info(x->id, "upstream answered 401, asking tokend for a fresh "
	    "token of %s", old->account);
	fresh = token_await(x->gateway->tokens, x->gateway->state.token_socket,
	    &name, old->hash, REFRESH_WAIT_MS);
	x->credentials.refreshed = true;
	if (fresh == NULL) {
		log_info(x->id, "tokend has no other token of %s now",
		    old->account);
		return false;
	}
	tokens_release(x->tokens);
	x->tokens = fresh;
	problem_clear(&problem);
	if (credentials_choose(&x->credentials, x->config, x->endpoint, fresh,
	    &x->caller, &x->session, &problem) == -1)
		return false;
	x->credentials.refreshed = true;
	return true;
}

/* Whether the answer is about the credential, and another one may do. */
static bool
try_another(struct exchange *x)
{
	int status = x->answer.upstream_status;

	if (status != 401 && status != 402 && status != 429)
		return false;
	if (status == 401 && refresh(x))
		return true;
	return credentials_next(&x->credentials, status,
	    reply_headers_retry_after(&x->answer.upstream_headers));
}

bool
send_was_last(const struct exchange *x)
{
	return x->candidates.count > 1 && x->attempts + x->answer.held >=
	    x->config->attempts_max;
}

/*
 * How long to wait before the same is asked again; 0: it must not be, or
 * another one is there.
 */
static int
repeat_wait_ms(const struct exchange *x)
{
	int status = x->answer.upstream_status, retry_after_s;
	const char *should = headers_find(&x->answer.upstream_headers,
	    "x-should-retry");

	if (x->repeats == x->config->retries || x->answer.held ||
	    send_was_last(x) || status == 501 ||
	    (status != 429 && status < 500) ||
	    (should != NULL && strcmp(should, "false") == 0))
		return 0;
	retry_after_s = reply_headers_retry_after(&x->answer.upstream_headers);
	if (retry_after_s > RETRY_WAIT_MAX_S)
		return 0;
	if (retry_after_s > 0)
		return retry_after_s * 1000;
	return RETRY_WAIT_MS << (x->repeats < 4 ? x->repeats : 4);
}

/* Nothing is asked meanwhile. 0, CLIENT_GONE, or -1. */
static int
rest(struct exchange *x, int wait_ms)
{
	int slice_ms;

	/* What was answered is no part of a stream that begins here. */
	x->answer.upstream_status = 0;
	headers_init(&x->answer.upstream_headers, &x->reply);
	for (;;) {
		slice_ms = quiet_ms(x);
		if (slice_ms == 0 || slice_ms > wait_ms)
			slice_ms = wait_ms;
		switch (upstream_rest(x->upstream, x->client, slice_ms,
		    &x->problem)) {
		case UPSTREAM_GONE:
			return CLIENT_GONE;
		case UPSTREAM_FAILED:
			return -1;
		case UPSTREAM_QUIET:
		case UPSTREAM_BYTES:
		case UPSTREAM_END:
			break;
		}
		wait_ms -= slice_ms;
		if (wait_ms == 0)
			return 0;
		if (answer_keep_alive(&x->answer) == CLIENT_GONE)
			return CLIENT_GONE;
	}
}

/* Waits for a better moment: 1, 0 when there is none, CLIENT_GONE, or -1. */
static int
await_repeat(struct exchange *x)
{
	int wait_ms = repeat_wait_ms(x), result;

	if (wait_ms == 0 || (x->candidates.count > 1 &&
	    wait_ms >= total_left_ms(x)))
		return 0;
	x->repeats++;
	log_info(x->id, "upstream answered %d, retry %d of %d in %d ms",
	    x->answer.upstream_status, x->repeats, x->config->retries, wait_ms);
	result = rest(x, wait_ms);
	return result == 0 ? 1 : result;
}

int
send_request(struct exchange *x)
{
	int before = x->attempts - x->repeats;
	bool again;
	int result;

	problem_clear(&x->problem);
	for (;;) {
		result = attempt(x, &again);
		if (result == CLIENT_GONE || send_was_last(x) ||
		    x->attempts - x->repeats - before == ATTEMPTS_MAX)
			return result;
		if (result == -1 && !again)
			return -1;
		if (result == 0 && !try_another(x) &&
		    (result = await_repeat(x)) != 1)
			return result;
		upstream_finish(x->upstream);
		scoreboard_count(x->gateway->scoreboard, COUNT_RETRIES, 1);
	}
}
