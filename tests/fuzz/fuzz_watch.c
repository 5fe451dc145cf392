/*
 * Replies that pass through, and errors of any shape: the input is a stream, a
 * whole reply and an error body at once. Whatever it is, what the dialects emit
 * behind it must be whole events, and a problem's body JSON.
 */
#include "build.h"

#include <stdlib.h>
#include <string.h>

#include "dialects/dialects.h"
#include "framing/sse.h"
#include "fuzz.h"
#include "json_text.h"
#include "neutral/problem_read.h"

static void
check_json(struct text json)
{
	struct json_document	document;

	json_init(&document, NULL);
	if (json_scan(&document, json.at, json.length, NULL) == -1)
		abort();
	json_release(&document);
}

static void
check_events(const struct buf *out)
{
	struct sse		sse;
	struct frame		event;

	sse_init(&sse, 1 << 20, NULL);
	if (sse_feed(&sse, out->at, out->length) == -1)
		abort();
	while (sse_next(&sse, &event))
		if (event.data.length > 0)
			check_json(event.data);
	if (sse_end(&sse, &event))
		abort();
	sse_release(&sse);
}

static void
check_stream(const struct dialect *dialect, struct text bytes,
    const struct problem *p)
{
	struct sse		sse;
	struct frame		event;
	struct watch		watch;
	struct frames		frames;
	struct buf		out;

	watch_init(&watch);
	sse_init(&sse, 1 << 20, NULL);
	buf_init(&out, 1 << 20, NULL);
	if (sse_feed(&sse, bytes.at, bytes.length) == 0)
		while (sse_next(&sse, &event))
			dialect->watch_event(&watch, &event);
	if (sse_end(&sse, &event))
		dialect->watch_event(&watch, &event);
	frames_init(&frames, &out, FRAMING_EVENTS);
	if (dialect_keep_alive(dialect, &frames, &watch) == -1 ||
	    dialect_fail(dialect, &frames, &watch, p, "req_1") == -1)
		abort();
	check_events(&out);
	sse_release(&sse);
	buf_release(&out);
}

static void
check_problem(const struct dialect *dialect, const struct problem *p)
{
	struct json_write	w;
	struct text		text;
	struct buf		out;

	if (p->kind == PROBLEM_NONE || p->message[0] == '\0' ||
	    dialect->status(p) < 400)
		abort();
	buf_init(&out, 1 << 20, NULL);
	json_write_start(&w, &out);
	dialect->write_problem(&w, p, "req_1");
	if (json_write_finish(&w) == -1)
		abort();
	text.at = out.at;
	text.length = out.length;
	check_json(text);
	buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static const int	 statuses[] = { 200, 400, 429, 500 };
	struct text		 text = { (const char *)bytes, length };
	const struct dialect	*dialect;
	struct json_document	 document;
	struct arena		 arena;
	struct problem		 p;
	struct watch		 watch;
	int			 kind;

	for (kind = 0; kind < DIALECT_KINDS; kind++) {
		dialect = dialect_of((enum dialect_kind)kind);
		problem_clear(&p);
		json_init(&document, NULL);
		arena_init(&arena, 16 << 20, NULL);
		if (json_scan(&document, text.at, text.length, NULL) == 0) {
			watch_init(&watch);
			dialect->watch_reply(&watch, json_root(&document));
		}
		problem_read_body(&p, statuses[kind], &arena, &document);
		check_problem(dialect, &p);
		check_stream(dialect, text, &p);
		arena_release(&arena);
		json_release(&document);
	}
	return 0;
}
