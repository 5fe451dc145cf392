#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "json_text.h"
#include "neutral/repeats.h"

static struct arena	arena;

static int
set_up(void **state)
{
	(void)state;
	arena_init(&arena, 1 << 20, NULL);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

/* Deltas, NULL behind them, say this in all. */
static void
says(const char *all, bool whole, ...)
{
	struct repeats	 repeats = { .held = { "", 0 } };
	struct escaped	 said;
	struct buf	 out;
	const char	*delta;
	va_list		 ap;

	buf_init(&out, 1 << 16, NULL);
	va_start(ap, whole);
	while ((delta = va_arg(ap, const char *)) != NULL) {
		said = repeats_take(&repeats, &arena, escaped_of(delta), false);
		buf_add(&out, said.at, said.length);
	}
	va_end(ap);
	said = repeats_settle(&repeats, &arena, whole);
	buf_add(&out, said.at, said.length);
	buf_putc(&out, '\0');
	assert_string_equal(out.at, all);
	buf_release(&out);
}

static void
pieces_are_said_as_they_are(void **state)
{
	(void)state;
	says("Hello world", false, "Hel", "lo", " world", NULL);
	says("aab", false, "a", "a", "b", NULL);
	says("Hello", false, "Hello", NULL);
	says("", false, NULL);
	says("The same line.\\nThe same line.\\n", false,
	    "The same line.\\n", "The same line.\\n", NULL);
}

static void
whole_texts_are_said_once(void **state)
{
	(void)state;
	says("The answer is 42.", false, "The", "The answer", "The answer is",
	    "The answer is 42.", "The answer is 42.", NULL);
	says("The answer is forty-two", false, "The answer is fo",
	    "The answer is forty", "The answer is forty-two", NULL);
	says("I think", false, "I", "I th", "I think", NULL);
	says("a\\n\\u00e9\\\"b and so on and on", false, "a\\n",
	    "a\\n\\u00e9\\\"b", "a\\n\\u00e9\\\"b and so on",
	    "a\\n\\u00e9\\\"b and so on and on", NULL);
}

static void
what_may_be_a_repetition_stays(void **state)
{
	(void)state;
	says("hahahahaha", false, "haha", "hahaha", NULL);
	says("hahahahahahaha", false, "ha", "haha", "hahahaha", NULL);
	says("a and", false, "a", " and", NULL);
	says("aand", false, "a", "and", NULL);
	says("aand then", false, "a", "and", " then", NULL);
	says("--------------------------------------------", false, "--",
	    "------", "------------", "------------------------", NULL);
	says("1010010 000", false, "10", "100", "10 000", NULL);
}

static void
the_end_tells_where_the_caller_knows(void **state)
{
	(void)state;
	says("{\\\"a\\\":1}", true, "{\\\"a\\\":", "{\\\"a\\\":1}", NULL);
	says("{\\\"a\\\":{\\\"a\\\":1}", false, "{\\\"a\\\":",
	    "{\\\"a\\\":1}", NULL);
}

static void
once_is_enough_where_it_is_certain(void **state)
{
	struct repeats	repeats = { .held = { "", 0 } };
	struct escaped	said;

	(void)state;
	repeats_take(&repeats, &arena, escaped_of("{"), true);
	said = repeats_take(&repeats, &arena, escaped_of("{1"), true);
	assert_int_equal(said.length, 1);
	said = repeats_take(&repeats, &arena, escaped_of("{12"), true);
	assert_int_equal(said.length, 1);
	assert_memory_equal(said.at, "2", 1);
	/* no repetition after all */
	said = repeats_take(&repeats, &arena, escaped_of("3"), true);
	assert_int_equal(said.length, 1);
}

static void
rests(const char *one, const char *two, const char *whole, const char *rest)
{
	struct repeats	repeats = { .held = { "", 0 } };
	struct escaped	said;

	repeats_take(&repeats, &arena, escaped_of(one), false);
	repeats_take(&repeats, &arena, escaped_of(two), false);
	said = repeats_rest(&repeats, &arena, escaped_of(whole));
	assert_int_equal(said.length, strlen(rest));
	assert_memory_equal(said.at, rest, said.length);
}

static void
a_whole_message_behind_deltas_adds_what_is_missing(void **state)
{
	(void)state;
	rests("", "", "Hello", "Hello");
	rests("Hel", "", "Hello", "lo");
	rests("Hel", "lo", "Hello", "");
	rests("Hel", "Hello", "Hello", "lo");		/* whole texts */
	rests("Hel", "Hello", "HelHello", "Hello");	/* pieces */
	rests("Hel", "Hello", "Hello world", "Hello");
	rests("Hel", "lo", "Other", "");
}

static void
a_last_delta_may_say_all_again(void **state)
{
	struct repeats	repeats = { .held = { "", 0 } };

	(void)state;
	repeats_take(&repeats, &arena, escaped_of("What was said "), false);
	assert_false(repeats_again(&repeats, escaped_of("What was said ")));
	repeats_take(&repeats, &arena, escaped_of("before"), false);
	assert_true(repeats_again(&repeats, escaped_of("What was said before")));
	assert_false(repeats_again(&repeats, escaped_of("What was said")));
}

int
main(void)
{
#define TEST(name)	cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest	tests[] = {
		TEST(pieces_are_said_as_they_are),
		TEST(whole_texts_are_said_once),
		TEST(what_may_be_a_repetition_stays),
		TEST(the_end_tells_where_the_caller_knows),
		TEST(once_is_enough_where_it_is_certain),
		TEST(a_whole_message_behind_deltas_adds_what_is_missing),
		TEST(a_last_delta_may_say_all_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
