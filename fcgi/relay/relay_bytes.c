#include "build.h"

#include <string.h>
#include <strings.h>

#include "relay_bytes.h"
#include "reply_headers.h"

static const char *
type_of(const struct relay *relay)
{
	return headers_find(&relay->answer->upstream_headers, "content-type");
}

/* "application/json; charset=utf-8", not "application/jsonl". */
static bool
is_json(const char *type)
{
	return strcspn(type, "; \t") == 16 &&
	    strncasecmp(type, "application/json", 16) == 0;
}

bool
relay_is_bytes(const struct relay *relay)
{
	const char	*type = type_of(relay);

	return !relay->conversation && !relay->converts && type != NULL &&
	    !is_json(type) && relay->answer->state == ANSWER_NOTHING;
}

static int
take(void *of, struct text bytes)
{
	struct relay	*relay = of;
	struct answer	*answer = relay->answer;
	int		 result = 0;

	if (answer->state == ANSWER_NOTHING) {
		result = relay_settle(relay);
		if (result == 0)
			result = answer_start(answer, type_of(relay), true);
	}
	if (result == 0)
		result = answer_write(answer, bytes);
	return result == 0 ? answer_flush(answer) : result;
}

static int
end(void *of, const struct problem *why)
{
	struct relay	*relay = of;
	struct answer	*answer = relay->answer;
	bool		 began = answer->state != ANSWER_NOTHING;
	int		 result;

	if (why != NULL) {
		if (began) {
			answer->state = ANSWER_CUT;
			scoreboard_count(relay->scoreboard, COUNT_CUT, 1);
		}
		return RELAY_FAILED;
	}
	result = began ? answer_finish(answer) : relay_settle(relay);
	if (result == 0 && !began)
		result = answer_body(answer, answer->upstream_status, NULL,
		    (struct text){ "", 0 });
	return result == 0 ? RELAY_DONE : result;
}

int
relay_bytes(struct relay *relay)
{
	static const struct relay_sink	sink = { .take = take, .end = end };

	return relay_pump(relay, &sink, relay);
}
