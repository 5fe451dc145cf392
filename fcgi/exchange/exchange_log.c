#include "build.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "exchange_log.h"
#include "log.h"
#include "scoreboard_series.h"

#define TEXT(field, value, how)						\
	{ .name = field, .kind = LOG_TEXT, .text = value, .terminal = how }
#define NUMBER(field, value, how)					\
	{ .name = field, .kind = LOG_NUMBER, .number = value, .terminal = how }

#define LOST_SHOWN	256	/* bytes of names */

/* Of a body, in dev_mode; a log line ends at 4096 bytes anyway. */
#define BODY_SHOWN	3000

static const char *
lane_word(enum lane lane)
{
	switch (lane) {
	case LANE_LOCAL:
		return "local";
	case LANE_SAME:
		return "same";
	case LANE_EDIT:
		return "edit";
	case LANE_CONVERT:
		return "convert";
	}
	return "-";
}

uint64_t
exchange_now_us(void)
{
	return (uint64_t)now_us();
}

static enum series_status
series_status(int status)
{
	static const enum series_status	classes[] = { SERIES_NONE, SERIES_NONE,
	    SERIES_2XX, SERIES_3XX, SERIES_4XX, SERIES_5XX };

	return status >= 100 && status < 600 ? classes[status / 100] :
	    SERIES_NONE;
}

static void
label(char *to, size_t size, const char *from)
{
	memcpy(to, from, strnlen(from, size - 1));
}

/*
 * What the gateway answers about itself is not counted. A model goes by its
 * entry in the configuration: clients may make up names of models.
 */
static void
count_series(const struct exchange *x)
{
	const struct usage	*usage = &x->answer.watch.usage;
	struct series_labels	 labels = { .dialect = "" };
	const uint64_t		 tokens[SERIES_TOKENS] = {
		[SERIES_INPUT] = (uint64_t)usage_known(usage->input),
		[SERIES_CACHED] = (uint64_t)usage_known(usage->cache_read),
		[SERIES_CACHE_WRITE] =
		    (uint64_t)usage_known(usage->cache_write),
		[SERIES_OUTPUT] = (uint64_t)usage_known(usage->output),
		[SERIES_REASONING] = (uint64_t)usage_known(usage->reasoning),
	};

	if (x->route.operation != NULL &&
	    x->route.operation->serving == SERVED_LOCALLY)
		return;
	label(labels.dialect, sizeof(labels.dialect), x->dialect->name);
	if (x->candidates.count > 0)
		label(labels.model, sizeof(labels.model),
		    candidates_current(&x->candidates)->model->id);
	if (x->endpoint != NULL)
		label(labels.upstream, sizeof(labels.upstream),
		    x->endpoint->name);
	scoreboard_series_add(x->gateway->scoreboard, &labels,
	    series_status(x->answer.status), tokens);
}

static void
count(const struct exchange *x, uint64_t total_us)
{
	struct scoreboard *board = x->gateway->scoreboard;
	const struct usage *usage = &x->answer.watch.usage;
	bool failed = answer_failed(&x->answer);
	int status = x->answer.status;

	scoreboard_count(board, COUNT_EXCHANGES, 1);
	if (x->lane != LANE_LOCAL && x->stream)
		scoreboard_count(board, COUNT_STREAMS, 1);
	if (x->client->gone)
		scoreboard_count(board, COUNT_GONE, 1);
	if (failed && status >= 500)
		scoreboard_count(board, COUNT_FAILURES, 1);
	else if (failed && status >= 400)
		scoreboard_count(board, COUNT_CLIENT_ERRORS, 1);
	scoreboard_count(board, COUNT_TOKENS_IN,
	    (uint64_t)usage_all_input(usage));
	scoreboard_count(board, COUNT_TOKENS_CACHED,
	    (uint64_t)usage_known(usage->cache_read));
	scoreboard_count(board, COUNT_TOKENS_OUT,
	    (uint64_t)usage_known(usage->output));
	scoreboard_count(board, COUNT_BYTES_IN, x->client->bytes_in);
	scoreboard_count(board, COUNT_BYTES_OUT, x->client->bytes_out);
	if (x->lane == LANE_LOCAL)
		return;
	if (x->first_byte_us != 0)
		scoreboard_observe(board, LATENCY_FIRST_BYTE,
		    x->first_byte_us);
	scoreboard_observe(board, LATENCY_TOTAL, total_us);
}

/* Each try and what came of it, where there were several. */
static const char *
upstream_words(struct exchange *x)
{
	if (x->attempts > 1)
		return x->row.tries;
	if (x->candidates.count > 1)
		return candidates_list(&x->candidates, &x->reply);
	return x->endpoint != NULL ? x->endpoint->name : "-";
}

struct secrets
exchange_secrets(const struct exchange *x)
{
	return (struct secrets){ x->config, x->tokens, x->caller.credential };
}

/* Masked as a whole, so that no secret is cut in two, then cut. */
static void
log_body(const struct exchange *x, const char *what, char *text, size_t length)
{
	struct secrets	secrets = exchange_secrets(x);

	length = secrets_mask(&secrets, text, length);
	log_debug(x->id, "%s: %.*s%s", what,
	    (int)(length < BODY_SHOWN ? length : BODY_SHOWN), text,
	    length < BODY_SHOWN ? "" : "...");
}

static void
log_header(const struct exchange *x, const char *what, const char *name,
    const char *value)
{
	struct secrets	secrets = exchange_secrets(x);
	char		text[BODY_SHOWN], masked[LOG_MASKED];

	if (secrets_named(name)) {
		if (strncasecmp(value, "bearer ", 7) == 0)
			value += 7;
		log_mask(masked, value, strlen(value));
		value = masked;
	} else {
		snprintf(text, sizeof(text), "%s", value);
		text[secrets_mask(&secrets, text, strlen(text))] = '\0';
		value = text;
	}
	log_debug(x->id, "%s %s: %s", what, name, value);
}

static void
log_client_header(void *x, const char *name, const char *value)
{
	log_header(x, "<", name, value);
}

void
exchange_log_request(const struct exchange *x)
{
	char	text[EXCHANGE_SHOWN_MAX], what[64];
	size_t	length = x->body.length < sizeof(text) ? x->body.length
		    : sizeof(text);

	if (!log_debugging())
		return;
	client_headers(x->client, log_client_header, (void *)(uintptr_t)x);
	memcpy(text, x->body.at, length);
	snprintf(what, sizeof(what), "< body of %zu bytes", x->body.length);
	log_body(x, what, text, length);
}

static void
log_headers(const struct exchange *x, const char *what,
    const struct headers *headers)
{
	size_t	i;

	for (i = 0; i < headers->count; i++)
		log_header(x, what, headers->at[i].name, headers->at[i].value);
}

void
exchange_log_sent(const struct exchange *x, const struct headers *headers)
{
	const char		*url = x->url;
	struct edits_reader	 reader;
	char			 text[EXCHANGE_SHOWN_MAX], what[64];
	size_t			 length = 0, more;

	if (!log_debugging())
		return;
	/* What is behind the "?" may be a key. */
	log_debug(x->id, "> %s %.*s", x->client->method_word,
	    (int)strcspn(url, "?"), url);
	log_headers(x, ">", headers);
	edits_rewind(&reader, &x->edits);
	while ((more = edits_read(&reader, text + length, sizeof(text) -
	    length)) > 0)
		length += more;
	snprintf(what, sizeof(what), "> body of %zu bytes", x->edits.length);
	log_body(x, what, text, length);
}

void
exchange_log_head(const struct exchange *x)
{
	if (!log_debugging())
		return;
	log_debug(x->id, "upstream replied %d", x->answer.upstream_status);
	log_headers(x, "upstream replied", &x->answer.upstream_headers);
}

/* What was kept of the two bodies. */
static void
log_replies(const struct exchange *x)
{
	if (x->reply_shown.length > 0)
		log_body(x, "upstream replied with body", x->reply_shown.at,
		    x->reply_shown.length);
	if (x->answer_shown.length > 0)
		log_body(x, "answered with body", x->answer_shown.at,
		    x->answer_shown.length);
}

/* Its line: what always stands there, then what may not. */
static void
log_exchange(struct exchange *x, uint64_t total_us, bool failed)
{
	const struct usage *usage = &x->answer.watch.usage;
	struct losses losses = answer_losses(&x->answer);
	char lost[LOST_SHOWN];
	struct log_field fields[] = {
		TEXT("dialect", x->dialect->name, LOG_HIDDEN),
		TEXT("model", x->policy.model_id != NULL ? x->policy.model_id
		    : "-", LOG_BARE),
		TEXT("upstream", upstream_words(x), LOG_BARE),
		TEXT("lane", lane_word(x->lane), LOG_HIDDEN),
		TEXT("credential", x->credentials.count > 0
		    ? credential_source_name(credentials_current(
		    &x->credentials)->source) : "-", LOG_HIDDEN),
		TEXT("key", x->caller.key != NULL ? x->caller.key->name : "-",
		    LOG_BARE),
		{ .name = "status", .kind = LOG_STATUS,
		    .number = x->answer.status },
		TEXT("stop", stop_word(x->answer.watch.stop), LOG_HIDDEN),
		NUMBER("in", usage_all_input(usage), LOG_NAMED),
		NUMBER("out", usage_known(usage->output), LOG_NAMED),
		NUMBER("cached", usage_known(usage->cache_read), LOG_HIDDEN),
		NUMBER("bytes", (int64_t)x->client->bytes_out, LOG_HIDDEN),
		NUMBER("first_ms", (int64_t)x->first_byte_us / 1000,
		    LOG_HIDDEN),
		NUMBER("ms", (int64_t)total_us / 1000, LOG_NAMED),
		{ .name = NULL }, { .name = NULL }, { .name = NULL },
	};
	size_t count = sizeof(fields) / sizeof(fields[0]) - 3;
	char message[256];

	if (losses_any(&losses))
		fields[count++] = (struct log_field)TEXT("lost",
		    losses_list(&losses, lost, sizeof(lost)), LOG_NAMED);
	if (x->client->gone)
		fields[count++] = (struct log_field){ .name = "client gone",
		    .kind = LOG_FLAG };
	if (failed)
		fields[count++] = (struct log_field){ .name = "failed",
		    .kind = LOG_SENTENCE, .text = *x->problem.message != '\0' ?
		    x->problem.message : "the upstream, within its stream" };
	snprintf(message, sizeof(message), "%s /v1/%s",
	    x->client->method_word, x->route.path);
	log_event(LOG_LEVEL_INFO, x->id, message, fields, count);
}

void
exchange_log(struct exchange *x)
{
	uint64_t total_us = exchange_now_us() - x->began_us;
	bool failed = answer_failed(&x->answer);

	count(x, total_us);
	count_series(x);
	log_replies(x);
	if (x->lane == LANE_LOCAL && !failed) {
		log_debug(x->id, "%s /v1/%s %d", x->client->method_word,
		    x->route.path, x->answer.status);
		return;
	}
	log_exchange(x, total_us, failed);
}
