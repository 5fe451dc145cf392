#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "json_text.h"
#include "neutral/seal.h"
#include "neutral/tool_names.h"

static struct arena	arena;

static int
setup(void **state)
{
	(void)state;
	arena_init(&arena, 64 << 20, NULL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static void
same(struct text text, const char *expected)
{
	assert_int_equal(text.length, strlen(expected));
	assert_memory_equal(text.at, expected, text.length);
}

static void
fitting_names_stay(void **state)
{
	struct tool_names	 names;
	const struct tool_name	*found;

	(void)state;
	tool_names_init(&names, &arena);
	same(tool_names_declare(&names, TOOL_FUNCTION, text_of(""),
	    text_of("get_weather-2"), 64), "get_weather-2");
	same(tool_names_declare(&names, TOOL_CUSTOM, text_of("clock"),
	    text_of("now"), 64), "clock__now");
	found = tool_names_find(&names, text_of("clock__now"));
	same(found->name, "now");
	same(found->namespace_name, "clock");
	assert_int_equal(found->kind, TOOL_CUSTOM);
	assert_null(tool_names_find(&names, text_of("now")));
	same(tool_names_wire(&names, text_of("clock"), text_of("now"), 64),
	    "clock__now");
}

static void
others_are_made_to_fit_and_come_back(void **state)
{
	struct tool_names	names;
	char			longer[100];
	struct text		wire, other;

	(void)state;
	memset(longer, 'n', sizeof(longer));
	tool_names_init(&names, &arena);
	wire = tool_names_declare(&names, TOOL_FUNCTION, text_of(""),
	    (struct text){ longer, 100 }, 64);
	assert_int_equal(wire.length, 64);
	other = tool_names_declare(&names, TOOL_FUNCTION, text_of(""),
	    (struct text){ longer, 99 }, 64);
	assert_int_equal(other.length, 64);
	assert_memory_not_equal(wire.at, other.at, 64);
	assert_int_equal(tool_names_find(&names, wire)->name.length, 100);
	wire = tool_names_declare(&names, TOOL_FUNCTION, text_of(""),
	    text_of("web.run"), 64);
	assert_memory_equal(wire.at, "web_run_", 8);
	same(tool_names_find(&names, wire)->name, "web.run");
	/* Taken by another tool's flattened name. */
	tool_names_declare(&names, TOOL_FUNCTION, text_of("a"), text_of("b"),
	    64);
	wire = tool_names_declare(&names, TOOL_FUNCTION, text_of(""),
	    text_of("a__b"), 64);
	assert_memory_equal(wire.at, "a__b_", 5);
	assert_true(wire.length > 5);
}

/* One by one it would be 5,000,000,000 comparisons. */
static void
many_are_found_at_once(void **state)
{
	static char		texts[100000][12];
	struct tool_names	names;
	clock_t			from = clock();
	size_t			i;

	(void)state;
	tool_names_init(&names, &arena);
	for (i = 0; i < 100000; i++) {
		snprintf(texts[i], sizeof(texts[i]), "t%zu", i);
		same(tool_names_declare(&names, TOOL_FUNCTION, text_of(""),
		    text_of(texts[i]), 64), texts[i]);
	}
	for (i = 0; i < 100000; i++)
		same(tool_names_find(&names, text_of(texts[i]))->name,
		    texts[i]);
	assert_true((clock() - from) / CLOCKS_PER_SEC < 10);
}

static void
a_renamed_one_is_found_by_both(void **state)
{
	struct tool_names	names;

	(void)state;
	tool_names_init(&names, &arena);
	tool_names_declare(&names, TOOL_FUNCTION, text_of(""), text_of("1a"),
	    64);
	assert_int_equal(tool_names_rename(&names, text_of("1a"),
	    text_of("_1a")), 0);
	same(tool_names_find(&names, text_of("_1a"))->name, "1a");
	same(tool_names_find(&names, text_of("_1a"))->wire, "_1a");
	/* Taken now. */
	assert_int_not_equal(tool_names_declare(&names, TOOL_FUNCTION,
	    text_of(""), text_of("_1a"), 64).length, 3);
	same(tool_names_declared(&names, text_of(""), text_of("1a"))->name,
	    "1a");
	assert_null(tool_names_declared(&names, text_of("1a"), text_of("")));
}

static void
ids_fit_by_a_pure_function(void **state)
{
	static const char	longer[] =
	    "call_0123456789012345678901234567890123456789";
	struct text		id, again;

	(void)state;
	same(id_fit(&arena, text_of("toolu_01A-b"), 40), "toolu_01A-b");
	id = id_fit(&arena, text_of(longer), 40);
	again = id_fit(&arena, text_of(longer), 40);
	assert_int_equal(id.length, 40);
	assert_memory_equal(id.at, longer, 28);
	assert_memory_equal(id.at, again.at, 40);
	id = id_fit(&arena, text_of("functions.f:0"), 64);
	again = id_fit(&arena, text_of("functions.f:1"), 64);
	assert_memory_not_equal(id.at, again.at, id.length);
	assert_memory_equal(id.at, "functions_f_0_", 14);
	assert_true(id_fit(&arena, text_of(""), 64).length > 0);
}

static void
seals_travel_packed(void **state)
{
	static const char *const	bytes[] = { "CAIS7Q==", "gAAA_-w",
	    "{\"a\": 1}", "", "\xc3\xa9\n", "x", "a.b.c" };
	static const struct text	model = { "claude-opus-4.5:x", 17 };
	struct seal			seal, back;
	struct buf			buf;
	size_t				i;

	(void)state;
	for (i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
		buf_init(&buf, 1 << 20, NULL);
		seal.dialect = (enum dialect_kind)(i % DIALECT_KINDS);
		seal.place = (enum seal_place)(i % 4);
		seal.model = model;
		seal.id = text_of(i % 2 != 0 ? "rs_123" : "");
		seal.bytes = text_of(bytes[i]);
		assert_int_equal(seal_pack(&buf, &seal), 0);
		assert_int_equal(strspn(buf.at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		    "abcdefghijklmnopqrstuvwxyz0123456789_.+/=-"), buf.length);
		assert_true(seal_unpack(&arena, (struct text){ buf.at,
		    buf.length }, &back));
		assert_int_equal(back.dialect, seal.dialect);
		assert_int_equal(back.place, seal.place);
		same(back.model, "claude-opus-4.5:x");
		same(back.id, i % 2 != 0 ? "rs_123" : "");
		same(back.bytes, bytes[i]);
		buf_release(&buf);
	}
}

static void
what_is_not_ours_is_no_seal(void **state)
{
	static const char *const	texts[] = { "", "d2a1.", "CAIS",
	    "d2a1.mtp", "d2a1.mtp..", "d2a1.xtp...a", "d2a1.mqp...a",
	    "d2a1.mtz...a", "d2a1.mtp.!..a", "d2a1.mtp...a b",
	    "d2a1.mtb...a!", "d2a1.mtb...a", "d2a1.mt...a" };
	struct seal			seal;
	size_t				i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_false(seal_unpack(&arena, text_of(texts[i]), &seal));
	assert_true(seal_unpack(&arena, text_of("d2a1.mtp...a"), &seal));
}

int
main(void)
{
#define TEST(t)	cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest	tests[] = {
		TEST(fitting_names_stay),
		TEST(others_are_made_to_fit_and_come_back),
		TEST(many_are_found_at_once),
		TEST(a_renamed_one_is_found_by_both),
		TEST(ids_fit_by_a_pure_function),
		TEST(seals_travel_packed),
		TEST(what_is_not_ours_is_no_seal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
