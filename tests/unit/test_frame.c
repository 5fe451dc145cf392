#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "framing/frame_read.h"
#include "framing/frame_write.h"
#include "json_text.h"

static void
write_two(struct frames *frames)
{
	json_put(frame_begin(frames, "name"), "{'a':%r}",
	    text_of("[1,\r\n  \"x\\n\",\n\r2]\n"));
	frame_end(frames);
	frame_comment(frames, "still here");
	json_put(frame_begin(frames, NULL), "%r", text_of("[7\n]"));
	frame_end(frames);
	json_put(frame_begin(frames, NULL), "%r", text_of("[8\r]"));
	frame_end(frames);
}

static void
a_frame_is_one_line_in_either_framing(void **state)
{
	struct frames	frames;
	struct buf	out;

	(void)state;
	buf_init(&out, 4096, NULL);
	frames_init(&frames, &out, FRAMING_EVENTS);
	write_two(&frames);
	frames_finish(&frames, true);
	assert_string_equal(out.at, "event: name\n"
	    "data: {\"a\":[1,  \"x\\n\",2]}\n\n: still here\n\ndata: [7]\n\n"
	    "data: [8]\n\n"
	    "data: [DONE]\n\n");
	buf_clear(&out);
	frames_init(&frames, &out, FRAMING_JSON);
	write_two(&frames);
	frames_finish(&frames, true);
	assert_string_equal(out.at, "[{\"a\":[1,  \"x\\n\",2]}\n,[7]\n"
	    ",[8]\n]");
	buf_clear(&out);
	frames_init(&frames, &out, FRAMING_JSON);
	frames_finish(&frames, false);
	assert_string_equal(out.at, "[]");
	buf_release(&out);
	buf_init(&out, 20, NULL);
	frames_init(&frames, &out, FRAMING_EVENTS);
	write_two(&frames);
	assert_true(out.failed);
	buf_release(&out);
}

static void
stamps(enum framing framing, const char *want)
{
	struct frame_stamp	one, two;
	struct frames		frames;
	struct arena		arena;
	struct buf		out;

	buf_init(&out, 4096, NULL);
	arena_init(&arena, 4096, NULL);
	frames_init(&frames, &out, framing);
	json_put(frame_begin(&frames, "n"), "{'t':%e}", escaped_of(FRAME_GAP));
	frame_end(&frames);
	assert_int_equal(frame_cut(&frames, &arena, &one), 0);
	assert_string_equal(out.at, "");
	json_put(frame_begin(&frames, NULL), "{'i':%r,'t':%e}",
	    text_of(FRAME_GAP), escaped_of(FRAME_GAP));
	frame_end(&frames);
	assert_int_equal(frame_cut(&frames, &arena, &two), 0);
	frame_stamp(&frames, &two, escaped_of("1"), escaped_of("x"));
	frame_stamp(&frames, &one, escaped_of("y"), escaped_of(""));
	assert_string_equal(out.at, want);
	arena_release(&arena);
	arena_init(&arena, 1, NULL);
	frame_begin(&frames, NULL);
	frame_end(&frames);
	assert_int_equal(frame_cut(&frames, &arena, &two), -1);
	arena_release(&arena);
	buf_release(&out);
}

static void
a_stamp_prints_frames(void **state)
{
	(void)state;
	stamps(FRAMING_EVENTS, "data: {\"i\":1,\"t\":\"x\"}\n\n"
	    "event: n\ndata: {\"t\":\"y\"}\n\n");
	stamps(FRAMING_JSON, "[{\"i\":1,\"t\":\"x\"}\n,{\"t\":\"y\"}\n");
}

static void
reads(enum framing framing, const char *bytes, const char *want)
{
	struct frame_reader	reader;
	struct frame		frame;
	struct buf		said;
	size_t			i;

	buf_init(&said, 4096, NULL);
	frame_reader_init(&reader, framing, 64, NULL);
	for (i = 0; bytes[i] != '\0'; i++) {
		assert_int_equal(frame_feed(&reader, bytes + i, 1), 0);
		while (frame_next(&reader, &frame))
			buf_printf(&said, "%.*s%s|", (int)frame.data.length,
			    frame.data.at, frame.done ? " done" : "");
	}
	while (frame_last(&reader, &frame))
		buf_printf(&said, "last %.*s|", (int)frame.data.length,
		    frame.data.at);
	assert_string_equal(said.at, want);
	assert_int_equal(frame_tail(&reader).length, 0);
	frame_reader_release(&reader);
	buf_release(&said);
}

static void
the_first_byte_tells_the_framing(void **state)
{
	(void)state;
	reads(FRAMING_UNKNOWN, " \r\n[{},\n\n{}]\n", "last [{},\n\n{}]\n|");
	reads(FRAMING_UNKNOWN, "{}", "last {}|");
	reads(FRAMING_UNKNOWN, "\n\ndata: {}\n\ndata: [DONE]\n\ndata: x",
	    "{}|[DONE] done|last x|");
	reads(FRAMING_EVENTS, "{}\n\n", "|");
	reads(FRAMING_UNKNOWN, " \n\t", "");
}

static void
more_than_a_frame_may_hold_is_refused(void **state)
{
	struct frame_reader	reader;

	(void)state;
	frame_reader_init(&reader, FRAMING_UNKNOWN, 4, NULL);
	assert_int_equal(frame_feed(&reader, "      ", 6), 0);
	assert_int_equal(frame_feed(&reader, "[1,2]", 5), -1);
	frame_reader_release(&reader);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(a_frame_is_one_line_in_either_framing),
		cmocka_unit_test(a_stamp_prints_frames),
		cmocka_unit_test(the_first_byte_tells_the_framing),
		cmocka_unit_test(more_than_a_frame_may_hold_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
