#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "json_text.h"
#include "uuid.h"

static void
test_form(void **state)
{
	static const unsigned char	bytes[16] = {
		0x0b, 0x1c, 0x2d, 0x3e, 0x4f, 0x50, 0xf6, 0x17,
		0xf8, 0x29, 0x3a, 0x4b, 0x5c, 0x6d, 0x7e, 0x8f,
	};
	static const unsigned char	zeros[16];
	char				out[UUID_SIZE];

	(void)state;
	uuid_form(out, bytes);
	assert_string_equal(out, "0b1c2d3e-4f50-4617-b829-3a4b5c6d7e8f");
	uuid_form(out, zeros);
	assert_string_equal(out, "00000000-0000-4000-8000-000000000000");
}

static void
test_is(void **state)
{
	static const char *const	others[] = {
		"", "0b1c2d3e4f504617b8293a4b5c6d7e8f",
		"0b1c2d3e-4f50-4617-b829-3a4b5c6d7e8",
		"0b1c2d3e-4f50-4617-b829-3a4b5c6d7e8f0",
		"0b1c2d3e-4f50-4617-b829-3a4b5c6d7e8g",
		"0b1c2d3e-4f50-4617-b82-93a4b5c6d7e8f",
		"0b1c2d3e-4f50-4617-b82903a4b5c6d7e8f",
	};
	size_t				i;

	(void)state;
	assert_true(uuid_is(text_of("0b1c2d3e-4f50-4617-b829-3a4b5c6d7e8f")));
	assert_true(uuid_is(text_of("0B1C2D3E-4F50-1617-0829-3A4B5C6D7E8F")));
	for (i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (uuid_is(text_of(others[i])))
			fail_msg("%s is none", others[i]);
}

/* More than are drawn at once: no two are the same. */
static void
test_random(void **state)
{
	char	all[64][UUID_SIZE];
	size_t	i, k;

	(void)state;
	for (i = 0; i < 64; i++) {
		uuid_random(all[i]);
		assert_true(uuid_is(text_of(all[i])));
		assert_int_equal(all[i][14], '4');
		assert_non_null(strchr("89ab", all[i][19]));
		for (k = 0; k < i; k++)
			assert_string_not_equal(all[i], all[k]);
	}
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_is),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
