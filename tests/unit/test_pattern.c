#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json_text.h"
#include "neutral/pattern.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static void
what_python_knows_is_portable(void **state)
{
	static const char *const	patterns[] = {
		"", "^[a-z]+$", "(a|b)*", "(?:a)", "(?P<n>a)(?P=n)", "(?i)a",
		"\\d\\D\\s\\S\\w\\W\\b\\B\\A\\Z\\a\\f\\n\\r\\t\\v\\1\\.\\-\\/",
		"\\x41\\u0041\\U00000041", "[(?=]", "[]a]", "[^]a]", "[\\]]",
		"[[]", "\\(?=", "\\[(?:a)", "[\\\\]", "[a](?:b)[c]", "]",
		"\\\xc3\xa9", "a?", "(a)?", "\\\\p{L}", "[\\b\\d-]",
	};
	size_t				i;

	(void)state;
	for (i = 0; i < COUNT(patterns); i++)
		if (!pattern_is_portable(text_of(patterns[i])))
			fail_msg("refused: %s", patterns[i]);
}

static void
what_openai_refuses_is_not(void **state)
{
	static const char *const	patterns[] = {
		"^(?!__.*__$)[^\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\"\\\\./[\\]]"
		"{1,200}$",
		"(?=a)", "a(?!b)", "(?<=a)b", "(?<!a)b", "((?=a))",
		"(?<name>a)", "\\k<name>", "\\p{L}", "\\P{L}", "[\\p{L}]",
		"\\u{1f600}", "\\u12", "\\x4", "\\xgg", "\\U0001f60",
		"\\cA", "\\h", "\\z", "\\e", "\\Q", "[\\B]", "[\\Z]", "[\\A]",
		"[^]", "[]", "[^]*", "[a", "a\\", "\\\\\\p{L}", "[a](?=b)",
		"[]](?=b)", "(?", "(?=", "\\[(?=a)",
	};
	size_t				i;

	(void)state;
	for (i = 0; i < COUNT(patterns); i++)
		if (pattern_is_portable(text_of(patterns[i])))
			fail_msg("taken: %s", patterns[i]);
}

static void
json_is_unescaped_before(void **state)
{
	(void)state;
	assert_true(pattern_escaped_is_portable(escaped_of("\\\\d\\\\.")));
	assert_true(pattern_escaped_is_portable(escaped_of("[\\u005c\\u005d]")));
	assert_true(pattern_escaped_is_portable(escaped_of("\\\\\\\\p{L}")));
	assert_true(pattern_escaped_is_portable(escaped_of("\\n\\\"")));
	assert_false(pattern_escaped_is_portable(escaped_of("\\\\p{L}")));
	assert_false(pattern_escaped_is_portable(escaped_of("\\u005cp{L}")));
	assert_false(pattern_escaped_is_portable(escaped_of("(\\u003f=a)")));
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(what_python_knows_is_portable),
		cmocka_unit_test(what_openai_refuses_is_not),
		cmocka_unit_test(json_is_unescaped_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
