#include "build.h"

#include "config_cases.h"

/* What the configuration knows of each dialect. */
static void
every_dialect_has_a_word_and_a_letter(void **state)
{
	static const struct {
		const char		*word;
		enum dialect_kind	 dialect;
		char			 letter;
		enum auth_style		 auth;
		enum thinking_style	 thinking;
	} cases[] = {
		{ "common", DIALECT_CHAT, 'c', AUTH_BEARER, THINKING_BUDGET },
		{ "openai", DIALECT_RESPONSES, 'r', AUTH_BEARER,
		    THINKING_BUDGET },
		{ "anthropic", DIALECT_MESSAGES, 'm', AUTH_X_API_KEY,
		    THINKING_BUDGET },
		{ "google", DIALECT_GENERATE, 'g', AUTH_X_GOOG_API_KEY,
		    THINKING_LEVEL },
	};
	size_t	i;

	(void)state;
	assert_int_equal(sizeof(cases) / sizeof(cases[0]), DIALECT_KINDS);
	for (i = 0; i < DIALECT_KINDS; i++) {
		const struct config_type *type =
		    config_type_of(cases[i].dialect);

		assert_string_equal(dialect_type(cases[i].dialect),
		    cases[i].word);
		assert_int_equal(dialect_letter(cases[i].dialect),
		    cases[i].letter);
		assert_int_equal(dialect_of_letter(cases[i].letter),
		    cases[i].dialect);
		assert_int_equal(type->auth, cases[i].auth);
		assert_int_equal(type->thinking, cases[i].thinking);
		assert_true(type->thinking_known & 1u << type->thinking);
	}
	assert_int_equal(dialect_of_letter('x'), -1);
	assert_int_equal(dialect_of_letter('\0'), -1);
}

static void
words_are_listed_for_people(void **state)
{
	static const struct key_word	words[] = {
		{ "one", 1 }, { "uno", 1 }, { "two", 2 }, { "three", 3 },
		{ NULL, 0 }
	};
	char	out[64];

	(void)state;
	key_words_list(out, sizeof(out), words, ~0u);
	assert_string_equal(out, "\"one\", \"two\" or \"three\"");
	key_words_list(out, sizeof(out), words, 1u << 3 | 1u << 1);
	assert_string_equal(out, "\"one\" or \"three\"");
	key_words_list(out, sizeof(out), words, 1u << 2);
	assert_string_equal(out, "\"two\"");
	key_words_list(out, sizeof(out), words, 0);
	assert_string_equal(out, "");
	key_words_list(out, 8, words, ~0u);
	assert_string_equal(out, "\"one\", ");
	refuses("{\"endpoint\":[{\"name\":\"x\",\"base_url\":\"http://h\"}]}",
	    "the name \"x\" doesn't say whether it is \"openai\", "
	    "\"anthropic\", \"google\" or \"common\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_dialect_has_a_word_and_a_letter),
		cmocka_unit_test(words_are_listed_for_people),
	};

	return cmocka_run_group_tests(tests, clear_environment, NULL);
}
