#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../scenarios/show.h"
#include "json_text.h"
#include "neutral/blocks.h"
#include "neutral/reply.h"

struct fixture {
	struct arena		arena;
	struct tool_names	names;
	struct blocks		blocks;
	struct reply		reply;
	struct buf		seen;
};

static int
sink(void *context, const struct event *event)
{
	struct fixture	*f = context;

	show_event(&f->seen, event);
	return reply_fold(&f->reply, event);
}

static int
setup(void **state)
{
	static struct fixture	f;

	arena_init(&f.arena, 1 << 20, NULL);
	tool_names_init(&f.names, &f.arena);
	blocks_init(&f.blocks, &f.arena, &f.names, NULL, sink, &f);
	f.blocks.model = text_of("gpt-5");
	f.blocks.dialect = DIALECT_RESPONSES;
	reply_init(&f.reply, &f.arena, 1 << 20, NULL, KEEP_ALL);
	buf_init(&f.seen, 1 << 20, NULL);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture	*f = *state;

	blocks_release(&f->blocks);
	reply_release(&f->reply);
	buf_release(&f->seen);
	arena_release(&f->arena);
	return 0;
}

static void
says(struct fixture *f, const char *expected)
{
	assert_string_equal(f->seen.at, expected);
	buf_clear(&f->seen);
}

static void
text_streams_and_changes_of_kind_close(void **state)
{
	struct fixture	*f = *state;
	struct blocks	*b = &f->blocks;

	blocks_start(b, text_of("r1"));
	blocks_start(b, text_of("again"));
	blocks_thinking(b, escaped_of("hm"));
	blocks_text(b, escaped_of("a"));
	blocks_text(b, escaped_of(""));
	blocks_text(b, escaped_of("b"));
	says(f, "START id=\"r1\"\nOPEN 0 thinking\nDELTA 0 \"hm\"\nCLOSE 0\n"
	    "OPEN 1 text\nDELTA 1 \"a\"\nDELTA 1 \"b\"\n");
	blocks_break(b);
	blocks_text(b, escaped_of("c"));
	blocks_finish(b);
	says(f, "CLOSE 1\nOPEN 2 text\nDELTA 2 \"c\"\nCLOSE 2\nSTOP stop end\n"
	    "usage input 0 cached 0 written 0 output 0 reasoning 0\n");
	assert_int_equal(blocks_text(b, escaped_of("late")), -1);
	assert_int_equal(blocks_end(b), 0);
	says(f, "");
}

static void
interleaved_calls_come_one_after_the_other(void **state)
{
	struct fixture	*f = *state;
	struct blocks	*b = &f->blocks;

	blocks_call(b, 0, text_of("a"), text_of("f"));
	blocks_call(b, 1, text_of("b"), text_of("g"));
	blocks_arguments(b, 1, escaped_of("{1"));
	blocks_arguments(b, 0, escaped_of("{0"));
	blocks_text(b, escaped_of("behind"));
	blocks_arguments(b, 1, escaped_of("1}"));
	says(f, "START\nOPEN 0 call id=\"a\" name=\"f\"\nDELTA 0 \"{0\"\n");
	blocks_call_end(b, 0);
	says(f, "CLOSE 0\nOPEN 1 call id=\"b\" name=\"g\"\n"
	    "DELTA 1 \"{11}\"\n");
	blocks_call_end(b, 1);
	says(f, "CLOSE 1\nOPEN 2 text\nDELTA 2 \"behind\"\n");
	blocks_stop(b, STOP_END, escaped_of(""));
	blocks_finish(b);
	says(f, "CLOSE 2\nSTOP stop calls\n"
	    "usage input 0 cached 0 written 0 output 0 reasoning 0\n");
}

static void
a_name_may_come_late_and_an_id_never(void **state)
{
	struct fixture	*f = *state;
	struct blocks	*b = &f->blocks;

	blocks_start(b, text_of("r"));
	blocks_call(b, 0, text_of(""), text_of(""));
	blocks_arguments(b, 0, escaped_of("{ }"));
	says(f, "START id=\"r\"\n");
	blocks_call(b, 0, text_of("x!"), text_of("f"));
	says(f, "OPEN 0 call id=\"x!\" name=\"f\"\nDELTA 0 \"{ }\"\n");
	blocks_call_end(b, 0);
	blocks_call(b, 1, text_of(""), text_of("f"));
	assert_true(strstr(f->seen.at, "OPEN 1 call id=\"call_") != NULL);
	buf_clear(&f->seen);
	blocks_call(b, 2, text_of(""), text_of(""));
	assert_int_equal(blocks_finish(b), -1);
	assert_true(strstr(f->seen.at, "ERROR upstream: ") != NULL);
}

/* null is nothing, a string of an object that object, all else as it was said. */
static void
arguments_that_are_no_object_wait_for_their_end(void **state)
{
	static const struct {
		const char	*first, *second, *said;
	} cases[] = {
		{ "nu", "ll", "" },
		{ " ", "\\n", "" },
		{ " \\n", "{}", "DELTA 0 \" \\n{}\"\n" },
		{ "{", "x", "DELTA 0 \"{\"\nDELTA 0 \"x\"\n" },
		{ "see", " {}", "DELTA 0 \"see {}\"\n" },
		{ "{}", "", "DELTA 0 \"{}\"\n" },
		{ "{}", "{\\\"a\\\":1}", "DELTA 0 \"{\\\"a\\\":1}\"\n" },
		{ "\\\"{\\\\\\\"a", "\\\\\\\":1}\\\"",
		    "DELTA 0 \"{\\\"a\\\":1}\"\n" },
	};
	struct fixture	*f = *state;
	struct blocks	*b = &f->blocks;
	size_t		 i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		b->number = 0;
		blocks_call(b, 7, text_of("a"), text_of("f"));
		buf_clear(&f->seen);
		blocks_arguments(b, 7, escaped_of(cases[i].first));
		blocks_arguments(b, 7, escaped_of(cases[i].second));
		blocks_call_end(b, 7);
		assert_true(strstr(f->seen.at, "CLOSE 0\n") != NULL);
		*strstr(f->seen.at, "CLOSE 0\n") = '\0';
		assert_string_equal(f->seen.at, cases[i].said);
	}
}

static void
a_character_is_not_cut_in_two(void **state)
{
	static const struct {
		const char	*first, *second, *said;
	} cases[] = {
		{ "a\\ud83d", "\\ude00b",
		    "DELTA 0 \"a\"\nDELTA 0 \"\xf0\x9f\x98\x80" "b\"\n" },
		{ "\\uD83D", "\\uDE00", "DELTA 0 \"\xf0\x9f\x98\x80\"\n" },
		{ "\\ud83d", "b", "DELTA 0 \"\xef\xbf\xbd" "b\"\n" },
		{ "a\\ud83d", "", "DELTA 0 \"a\"\nDELTA 0 \"\xef\xbf\xbd\"\n" },
		{ "\\\\ud83d", "b", "DELTA 0 \"\\\\ud83d\"\nDELTA 0 \"b\"\n" },
		{ "\\\\\\ud83d", "\\ude00",
		    "DELTA 0 \"\\\\\"\nDELTA 0 \"\xf0\x9f\x98\x80\"\n" },
	};
	struct fixture	*f = *state;
	struct blocks	*b = &f->blocks;
	size_t		 i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		b->number = 0;
		blocks_start(b, text_of("r"));
		buf_clear(&f->seen);
		blocks_text(b, escaped_of(cases[i].first));
		blocks_text(b, escaped_of(cases[i].second));
		blocks_break(b);
		assert_true(strstr(f->seen.at, "CLOSE 0\n") != NULL);
		*strstr(f->seen.at, "CLOSE 0\n") = '\0';
		assert_string_equal(strchr(f->seen.at, '\n') + 1,
		    cases[i].said);
	}
}

static void
an_id_is_unique_in_the_conversation(void **state)
{
	struct fixture	*f = *state;
	struct blocks	*b = &f->blocks;
	struct text	 again, third;

	tool_names_note_call(&f->names, text_of("call_0"));
	blocks_call(b, 0, text_of("call_0"), text_of("f"));
	again = f->reply.last->id;
	assert_false(text_equals(again, "call_0"));
	blocks_call_end(b, 0);
	blocks_call(b, 1, text_of("call_0"), text_of("f"));
	third = f->reply.last->id;
	assert_false(text_equals(third, "call_0"));
	assert_false(text_same(third, again));
	blocks_call_end(b, 1);
	blocks_call(b, 2, text_of("call_1"), text_of("f"));
	assert_true(text_equals(f->reply.last->id, "call_1"));
}

static void
a_custom_tool_comes_back_as_one(void **state)
{
	struct fixture	*f = *state;
	struct blocks	*b = &f->blocks;

	tool_names_declare(&f->names, TOOL_CUSTOM, text_of("ns"),
	    text_of("patch"), 64);
	blocks_call(b, 0, text_of("a"), text_of("ns__patch"));
	blocks_arguments(b, 0, escaped_of("{\\\"input\\\":\\\"one\\\\"));
	blocks_arguments(b, 0, escaped_of("ntwo\\\"}"));
	blocks_call_end(b, 0);
	blocks_custom_call(b, 1, text_of("b"), text_of("ns__patch"));
	blocks_arguments(b, 1, escaped_of("thr"));
	blocks_call(b, 2, text_of("c"), text_of("ns__patch"));
	blocks_arguments(b, 2, escaped_of("not json"));
	blocks_call_end(b, 1);
	blocks_call_end(b, 2);
	says(f, "START\nOPEN 0 custom_call id=\"a\" name=\"patch\" "
	    "namespace=\"ns\"\nDELTA 0 \"one\\ntwo\"\nCLOSE 0\n"
	    "OPEN 1 custom_call id=\"b\" name=\"patch\" namespace=\"ns\"\n"
	    "DELTA 1 \"thr\"\nCLOSE 1\n"
	    "OPEN 2 custom_call id=\"c\" name=\"patch\" namespace=\"ns\"\n"
	    "DELTA 2 \"not json\"\nCLOSE 2\n");
}

static void
seals_carry_who_sealed(void **state)
{
	struct fixture	*f = *state;
	struct blocks	*b = &f->blocks;
	struct seal	 seal = { .bytes = { "S", 1 } };

	blocks_thinking(b, escaped_of("t"));
	blocks_seal(b, &seal);
	blocks_seal(b, &seal);
	seal.place = SEAL_CALL;
	blocks_redacted(b, &seal);
	says(f, "START\nOPEN 0 thinking\nDELTA 0 \"t\"\n"
	    "CLOSE 0 seal=responses/thinking bytes=\"S\"\n"
	    "OPEN 1 thinking\nCLOSE 1 seal=responses/thinking bytes=\"S\"\n"
	    "OPEN 2 redacted seal=responses/call bytes=\"S\"\n"
	    "CLOSE 2 seal=responses/call bytes=\"S\"\n");
	assert_true(seal_fits(f->reply.last->seal, DIALECT_RESPONSES,
	    text_of("gpt-5")));
	assert_false(seal_fits(f->reply.last->seal, DIALECT_RESPONSES,
	    text_of("gpt")));
	assert_false(seal_fits(f->reply.last->seal, DIALECT_CHAT,
	    text_of("gpt-5")));
}

static void
length_and_refusal_win_over_calls(void **state)
{
	struct fixture	*f = *state;
	struct blocks	*b = &f->blocks;

	blocks_call(b, 0, text_of("a"), text_of("f"));
	blocks_stop(b, STOP_LENGTH, escaped_of(""));
	assert_int_equal(blocks_end(b), 0);
	assert_int_equal(f->reply.stop, STOP_LENGTH);
}

static void
usage_is_the_last_that_was_said(void **state)
{
	struct fixture	*f = *state;
	struct usage	 usage;

	blocks_start(&f->blocks, text_of("r"));
	usage_init(&usage);
	usage.input = 2035;
	usage.output = 1;
	blocks_usage(&f->blocks, &usage);
	usage.input = 12551;
	usage.output = -1;
	usage.reasoning = 3;
	blocks_usage(&f->blocks, &usage);
	blocks_finish(&f->blocks);
	assert_int_equal(f->reply.usage.input, 12551);
	assert_int_equal(f->reply.usage.output, 1);
	assert_int_equal(f->reply.usage.reasoning, 3);
	assert_int_equal(f->reply.usage.cache_read, -1);
}

static void
zeros_take_no_usage_back(void **state)
{
	struct fixture	*f = *state;
	struct usage	 usage;

	usage_init(&usage);
	usage.input = 10;
	usage.output = 5;
	blocks_usage(&f->blocks, &usage);
	usage.input = usage.cache_read = usage.output = 0;
	blocks_usage(&f->blocks, &usage);
	assert_int_equal(f->blocks.usage.input, 10);
	assert_int_equal(f->blocks.usage.output, 5);
	usage.cache_read = 10;
	blocks_usage(&f->blocks, &usage);
	assert_int_equal(f->blocks.usage.input, 0);
	assert_int_equal(f->blocks.usage.cache_read, 10);
}

static void
a_missing_end_is_an_error(void **state)
{
	struct fixture	*f = *state;

	blocks_text(&f->blocks, escaped_of("a"));
	assert_int_equal(blocks_end(&f->blocks), -1);
	assert_int_equal(blocks_end(&f->blocks), -1);
	assert_int_equal(blocks_text(&f->blocks, escaped_of("a")), -1);
	assert_true(f->reply.failed);
	assert_false(f->reply.stopped);
	assert_int_equal(f->reply.problem.kind, PROBLEM_UPSTREAM);
}

static void
kept_arguments_have_a_ceiling(void **state)
{
	struct fixture	*f = *state;
	struct blocks	*b = &f->blocks;
	static char	 big[4096 / 2 + 1];
	struct escaped	 half = { big, sizeof(big) };

	b->kept_max = 4096;
	memset(big, 'x', sizeof(big));
	blocks_call(b, 0, text_of("a"), text_of("f"));
	blocks_call(b, 1, text_of("b"), text_of("f"));
	assert_int_equal(blocks_arguments(b, 1, half), 0);
	assert_int_equal(blocks_arguments(b, 1, half), -1);
	assert_true(f->reply.failed);
}

int
main(void)
{
#define TEST(t)	cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest	tests[] = {
		TEST(text_streams_and_changes_of_kind_close),
		TEST(interleaved_calls_come_one_after_the_other),
		TEST(a_name_may_come_late_and_an_id_never),
		TEST(arguments_that_are_no_object_wait_for_their_end),
		TEST(a_character_is_not_cut_in_two),
		TEST(an_id_is_unique_in_the_conversation),
		TEST(a_custom_tool_comes_back_as_one),
		TEST(seals_carry_who_sealed),
		TEST(length_and_refusal_win_over_calls),
		TEST(usage_is_the_last_that_was_said),
		TEST(zeros_take_no_usage_back),
		TEST(a_missing_end_is_an_error),
		TEST(kept_arguments_have_a_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
