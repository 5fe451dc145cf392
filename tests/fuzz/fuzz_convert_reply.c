/*
 * Replies from every dialect to every dialect. The first two bytes choose the
 * pair, the form the client wants and where the upstream's bytes are cut; the
 * rest is what the upstream sent. What the client gets is whole events of JSON,
 * or JSON, or nothing and a reason; so with less memory than it takes, too.
 */
#include "build.h"

#include <string.h>

#include "dialects/convert.h"
#include "dialects/dialects.h"
#include "framing/sse.h"
#include "fuzz.h"
#include "json_text.h"
#include "neutral/request.h"

#define REPLY_MAX	((size_t)1 << 20)
#define ARENA_MAX	((size_t)16 << 20)

static void
check_json(const char *at, size_t length)
{
	struct json_document	document;

	json_init(&document, NULL);
	FUZZ_ASSERT(json_scan(&document, at, length, NULL) == 0);
	json_release(&document);
}

static void
check_events(const struct buf *seen)
{
	struct sse		sse;
	struct frame		event;

	sse_init(&sse, seen->length + 1, NULL);
	FUZZ_ASSERT(sse_feed(&sse, seen->at, seen->length) == 0);
	while (sse_next(&sse, &event))
		if (event.data.length > 0 &&
		    !text_equals(event.data, "[DONE]"))
			check_json(event.data.at, event.data.length);
	FUZZ_ASSERT(sse_tail(&sse).length == 0);
	sse_release(&sse);
}

/* Takes what is for the client, as the exchange does. */
static void
take(struct convert_reply *reply, struct buf *seen)
{
	buf_add(seen, reply->out.at, reply->out.length);
	buf_clear(&reply->out);
}

static void
check_end(const struct convert_reply *reply, int result,
    const struct buf *seen)
{
	bool	stream = reply->convert->stream;

	FUZZ_ASSERT(result != 0 && !seen->failed);
	FUZZ_ASSERT(reply->finished != reply->failed);
	if (reply->failed)
		FUZZ_ASSERT(reply->problem.kind != PROBLEM_NONE);
	if (reply->failed && (!stream || !reply->began))
		FUZZ_ASSERT(seen->length == 0);
	else if (stream && !reply->convert->array)
		check_events(seen);
	else
		check_json(seen->at, seen->length);
}

static void
convert_bytes(const struct convert *convert, struct arena *arena,
    struct text bytes, size_t cut)
{
	struct convert_limits	limits = { .arena = arena,
				    .reply_max = REPLY_MAX,
				    .request_id = "req_1" };
	struct convert_reply	reply;
	struct buf		seen;
	int			result;

	buf_init(&seen, ARENA_MAX, NULL);
	convert_reply_init(&reply, convert, &limits);
	result = convert_reply_feed(&reply, bytes.at, cut);
	take(&reply, &seen);
	if (result == 0) {
		convert_reply_keep_alive(&reply);
		take(&reply, &seen);
		result = convert_reply_feed(&reply, bytes.at + cut,
		    bytes.length - cut);
		take(&reply, &seen);
	}
	if (result == 0) {
		result = convert_reply_end(&reply, NULL);
		take(&reply, &seen);
	}
	check_end(&reply, result, &seen);
	convert_reply_release(&reply);
	buf_release(&seen);
}

/* How much memory it took, with at most `max`. */
static size_t
run(struct convert *convert, const uint8_t *bytes, size_t length, size_t max)
{
	struct arena	arena;
	size_t		used;

	arena_init(&arena, max, NULL);
	tool_names_init(&convert->names, &arena);
	convert_bytes(convert, &arena, (struct text){
	    (const char *)bytes + 2, length - 2 },
	    (length - 2) * bytes[1] / 256);
	used = arena.used;
	arena_release(&arena);
	return used;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static const struct model	model = { .id = "*" };
	const struct policy		policy = { .model = &model,
					    .model_id = "model",
					    .system_prompt = "" };
	struct convert			convert;
	size_t				used;
	uint32_t			time;

	if (length < 2)
		return 0;
	memset(&convert, 0, sizeof(convert));
	convert.client = (enum dialect_kind)(bytes[0] & 3);
	convert.upstream = (enum dialect_kind)(bytes[0] >> 2 & 3);
	convert.policy = &policy;
	convert.model = text_of("m");
	convert.stream = (bytes[0] & 16) != 0;
	convert.array = convert.stream && (bytes[0] & 32) != 0 &&
	    convert.client == DIALECT_GENERATE;
	convert.usage_wanted = (bytes[0] & 64) != 0;
	if (dialect_of(convert.upstream)->read_event == NULL ||
	    dialect_of(convert.client)->write_stream == NULL)
		return 0;
	used = run(&convert, bytes, length, ARENA_MAX);
	for (time = 0; time < FUZZ_TIMES; time++)
		run(&convert, bytes, length,
		    fuzz_part(used, bytes, length, time));
	return 0;
}
