#include "build.h"

#include <time.h>

#include "clock.h"
#include "limits.h"
#include "neutral/context.h"

/* Of an answer whose request does not say how long it may get. */
#define OUTPUT_GUESS	4096

/* Request bytes for a token. */
#define BYTES_PER_TOKEN	4

/* So many times as long as its text is a stream of events. */
#define CHUNK_OVERHEAD	32

/* When a place or what others have set aside may be free again. */
#define SOON_S		2

/* Beyond it a client should not wait by itself. */
#define PATIENCE_S	60

void
limits_tell_wait(struct exchange *x, int64_t wait_s)
{
	if (wait_s > PATIENCE_S)
		headers_set(&x->answer.fields, "x-should-retry", "false");
}

/* What is left, for the answer's head. */
struct rest {
	uint64_t	limit, used;
	int64_t		reset;		/* Unix time */
};

/* The two families of names that clients know. */
static const struct family {
	const char	*requests[3], *tokens[3];	/* limit, left, reset */
	bool		 stamps;	/* reset as a time, else as a span */
} openai_names = {
	{ "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests",
	    "x-ratelimit-reset-requests" },
	{ "x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens",
	    "x-ratelimit-reset-tokens" },
	false,
}, anthropic_names = {
	{ "anthropic-ratelimit-requests-limit",
	    "anthropic-ratelimit-requests-remaining",
	    "anthropic-ratelimit-requests-reset" },
	{ "anthropic-ratelimit-tokens-limit",
	    "anthropic-ratelimit-tokens-remaining",
	    "anthropic-ratelimit-tokens-reset" },
	true,
};

static struct quota_limits
limits_of(const struct client_key *key)
{
	return (struct quota_limits){
		.requests_per_minute = (uint64_t)key->requests_per_minute,
		.concurrent = (uint64_t)key->concurrent,
		.tokens = {
			[QUOTA_DAY] = (uint64_t)key->tokens_per_day,
			[QUOTA_MONTH] = (uint64_t)key->tokens_per_month,
		},
	};
}

/* ---- what is left ---- */

static void
add_rest(struct headers *fields, const char *const names[3], bool stamps,
    const struct rest *rest, int64_t now_s)
{
	time_t		reset = (time_t)rest->reset;
	struct tm	utc;
	char		stamp[32];

	headers_printf(fields, names[0], "%llu",
	    (unsigned long long)rest->limit);
	headers_printf(fields, names[1], "%llu", (unsigned long long)
	    (rest->used < rest->limit ? rest->limit - rest->used : 0));
	if (stamps && gmtime_r(&reset, &utc) != NULL &&
	    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &utc) > 0)
		headers_printf(fields, names[2], "%s", stamp);
	else
		headers_printf(fields, names[2], "%llds",
		    (long long)(rest->reset - now_s));
}

/* Of the day and the month, the one that ends first by use. */
static struct rest
tokens_rest(const struct quota *quota, const struct quota_limits *limits,
    int64_t now_s)
{
	struct rest		rest = { 0, 0, 0 };
	enum quota_window	window;

	for (window = QUOTA_DAY; window < QUOTA_WINDOWS; window++) {
		uint64_t	limit = limits->tokens[window];
		uint64_t	used = quota_tokens(quota, window, now_s);

		if (limit == 0 || (rest.limit != 0 &&
		    (int64_t)(rest.limit - rest.used) <=
		    (int64_t)(limit - used)))
			continue;
		rest = (struct rest){ limit, used,
		    quota_window_end(window, now_s) };
	}
	return rest;
}

static void
add_left(struct exchange *x, const struct quota_limits *limits, int64_t now_s)
{
	const struct family	*names = x->dialect->kind ==
				    DIALECT_MESSAGES ? &anthropic_names :
				    &openai_names;
	struct headers		*fields = &x->answer.fields;
	struct rest		 rest;

	if (limits->requests_per_minute != 0) {
		rest = (struct rest){ limits->requests_per_minute,
		    quota_requests(x->quota, now_s),
		    quota_minute_end(x->quota, now_s) };
		add_rest(fields, names->requests, names->stamps, &rest, now_s);
	}
	rest = tokens_rest(x->quota, limits, now_s);
	if (rest.limit != 0)
		add_rest(fields, names->tokens, names->stamps, &rest, now_s);
}

/* ---- over it ---- */

static int
refuse(struct exchange *x, const char *limit, long long most, const char *what,
    int64_t wait_s)
{
	if (wait_s < 1)
		wait_s = 1;
	limits_tell_wait(x, wait_s);
	problem_set(&x->problem, PROBLEM_RATE,
	    "the key %s is over its limit of %lld %s (%s); try again in %lld s",
	    x->caller.key->name, most, what, limit, (long long)wait_s);
	x->problem.retry_after_s = (int)wait_s;
	return -1;
}

/* A window that others have set aside, but not used up, may be free soon. */
static int
refuse_tokens(struct exchange *x, enum quota_window window, int64_t most,
    int64_t now_s)
{
	bool	used_up = quota_tokens(x->quota, window, now_s) >=
		    (uint64_t)most;

	return refuse(x, window == QUOTA_DAY ? "tokens_per_day" :
	    "tokens_per_month", (long long)most, window == QUOTA_DAY ?
	    "tokens a day" : "tokens a month", used_up ?
	    quota_window_end(window, now_s) - now_s : SOON_S);
}

static int
judge(struct exchange *x, enum quota_limit over, int64_t now_s)
{
	const struct client_key	*key = x->caller.key;

	switch (over) {
	case QUOTA_REQUESTS_PER_MINUTE:
		return refuse(x, "requests_per_minute",
		    key->requests_per_minute, "requests a minute",
		    quota_minute_end(x->quota, now_s) - now_s);
	case QUOTA_TOKENS_PER_DAY:
		return refuse_tokens(x, QUOTA_DAY, key->tokens_per_day, now_s);
	case QUOTA_TOKENS_PER_MONTH:
		return refuse_tokens(x, QUOTA_MONTH, key->tokens_per_month,
		    now_s);
	case QUOTA_CONCURRENT:
		return refuse(x, "concurrent", key->concurrent != 0 ?
		    key->concurrent : SCOREBOARD_SEATS, "requests at once",
		    SOON_S);
	case QUOTA_NONE:
	case QUOTA_LIMITS:
		break;
	}
	return 0;
}

/*
 * About as many as it may come to: what is asked, and the longest answer. What
 * is sent in a form is no text.
 */
static uint64_t
tokens_at_most(const struct exchange *x)
{
	int64_t	output = context_output_max(json_root(&x->document));

	if (output == 0 && operation_is_conversation(x->route.operation))
		output = OUTPUT_GUESS;
	return x->document.length / BYTES_PER_TOKEN + (uint64_t)output;
}

/* The scoreboard is new: what was used before. */
static void
fill(struct exchange *x, int64_t now_s)
{
	uint64_t	tokens[QUOTA_WINDOWS] = { 0 };

	if (x->gateway->ledger != NULL && x->config->ledger_days != 0)
		ledger_key_tokens(x->gateway->ledger, x->caller.key->name,
		    quota_window_start(QUOTA_DAY, now_s),
		    quota_window_start(QUOTA_MONTH, now_s), tokens);
	quota_fill(x->quota, now_s, tokens);
}

int
limits_enter(struct exchange *x)
{
	const struct client_key	*key = x->caller.key;
	struct scoreboard	*board = x->gateway->scoreboard;
	struct quota_limits	 limits;
	enum quota_limit	 over;
	int64_t			 now_s = (int64_t)wall_s();

	if (key == NULL || x->route.operation->count_member != NULL)
		return 0;
	limits = limits_of(key);
	x->asked_bytes = x->document.length;
	x->quota = scoreboard_quota(board, key->hash);
	if (quota_is_new(x->quota))
		fill(x, now_s);
	over = quota_enter(board, x->quota, &limits, limits.tokens[QUOTA_DAY] !=
	    0 || limits.tokens[QUOTA_MONTH] != 0 ? tokens_at_most(x) : 0,
	    now_s, &x->seat);
	add_left(x, &limits, now_s);
	return judge(x, over, now_s);
}

/*
 * A chat stream says what it used only when the client asks for that, others say
 * all of it with their last event: what a client did not wait for is guessed, so
 * that nobody gets around a limit.
 */
static uint64_t
tokens_used(const struct exchange *x)
{
	const struct usage	*usage = &x->answer.watch.usage;
	const struct watch	*watch = &x->answer.watch;
	uint64_t		 input = (uint64_t)usage_all_input(usage);
	uint64_t		 output = (uint64_t)usage_known(usage->output);
	uint64_t		 said;

	if (x->answer.upstream_status != 200 ||
	    !operation_is_conversation(x->route.operation) ||
	    (input + output != 0 && (!x->stream || watch->ended ||
	    (watch->stop != STOP_NONE && watch->stop != STOP_CALLS))))
		return input + output;
	said = x->client->bytes_out / (x->stream ? CHUNK_OVERHEAD : 1) /
	    BYTES_PER_TOKEN;
	return (input != 0 ? input : x->asked_bytes / BYTES_PER_TOKEN) +
	    (said > output ? said : output);
}

void
limits_spend(struct exchange *x)
{
	uint64_t	tokens = tokens_used(x);

	if (x->quota != NULL && tokens != 0)
		quota_spend(x->quota, (int64_t)wall_s(), tokens);
}

void
limits_leave(struct exchange *x)
{
	quota_leave(&x->seat);
}
