#include "build.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "json_text.h"
#include "neutral/call_id.h"

static struct arena	arena;

static int
setup(void **state)
{
	(void)state;
	arena_init(&arena, 1 << 20, NULL);
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
packs(const char *id, const char *packed)
{
	struct text	got = call_id_pack(&arena, text_of(id), CALL_ID_MAX);

	assert_true(text_equals(got, packed));
	assert_true(text_equals(call_id_unpack(&arena, got), id));
}

static void
what_is_packed_comes_back(void **state)
{
	(void)state;
	packs("toolu_01-a", "toolu_01-a");
	packs("functions.f:0", "d2a-functions-2ef-3a0");
	packs("a-b|\xc3\xa9", "d2a-a-2db-7c-c3-a9");
	packs("d2a-x-2e", "d2a-d2a-2dx-2d2e");
}

/* Not ours, or not whole. */
static void
what_was_not_packed_stays(void **state)
{
	static const char *const	ids[] = { "", "d2a", "d2a-", "d2a-a-2",
		"d2a-a-zz", "call_1" };
	size_t				i;

	(void)state;
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		assert_true(text_equals(call_id_unpack(&arena,
		    text_of(ids[i])), ids[i]));
}

static void
long_ones_are_cut_with_a_hash(void **state)
{
	char		long_id[CALL_ID_MAX + 2];
	struct text	packed, other;

	(void)state;
	memset(long_id, ':', sizeof(long_id));
	packed = call_id_pack(&arena, (struct text){ long_id,
	    sizeof(long_id) }, 64);
	other = call_id_pack(&arena, (struct text){ long_id,
	    sizeof(long_id) - 1 }, 64);
	assert_int_equal(packed.length, 64);
	assert_false(text_same(packed, other));
	assert_int_equal(call_id_fit(&arena, (struct text){ long_id,
	    sizeof(long_id) }, CALL_ID_MAX).length, CALL_ID_MAX);
	assert_true(text_equals(call_id_fit(&arena, text_of("f.x:0"),
	    CALL_ID_MAX), "f.x:0"));
	assert_false(text_equals(call_id_fit(&arena, text_of("a\nb"),
	    CALL_ID_MAX), "a\nb"));
}

static void
another_one_is_pure(void **state)
{
	struct text	one = call_id_again(&arena, text_of("call_0"), 1);

	(void)state;
	assert_true(text_same(one, call_id_again(&arena, text_of("call_0"),
	    1)));
	assert_false(text_same(one, call_id_again(&arena, text_of("call_0"),
	    2)));
	assert_false(text_equals(one, "call_0"));
}

static void
nine_letters_and_digits(void **state)
{
	struct text	one = call_id_nine(&arena, text_of("call_00000"));
	size_t		i;

	(void)state;
	assert_true(text_equals(call_id_nine(&arena, text_of("aB3456789")),
	    "aB3456789"));
	assert_int_equal(one.length, 9);
	for (i = 0; i < one.length; i++)
		assert_true(isalnum((unsigned char)one.at[i]));
	assert_true(text_same(one, call_id_nine(&arena, text_of("call_00000"))));
	assert_false(text_same(one, call_id_nine(&arena,
	    text_of("call_00001"))));
	assert_int_equal(call_id_nine(&arena, text_of("ab-345678")).length, 9);
	assert_false(text_equals(call_id_nine(&arena, text_of("ab-345678")),
	    "ab-345678"));
}

int
main(void)
{
#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest	tests[] = {
		TEST(what_is_packed_comes_back),
		TEST(what_was_not_packed_stays),
		TEST(long_ones_are_cut_with_a_hash),
		TEST(another_one_is_pure),
		TEST(nine_letters_and_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
