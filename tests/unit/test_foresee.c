#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exchange/foresee.h"
#include "json_text.h"

static const struct endpoint	messages = { .dialect = DIALECT_MESSAGES };
static const struct endpoint	chat = { .dialect = DIALECT_CHAT };

static struct model	models[] = {
	{ .id = "m", .endpoint = &messages },
	{ .id = "c-*", .endpoint = &chat },
};
static struct redirect	redirects[] = { { "alias", "c-1" } };

static const struct config	config = {
	.models = models,
	.models_count = 2,
	.redirects = redirects,
	.redirects_count = 1,
};

/* What is foreseen of a body; of a copy, so that overruns are seen. */
static bool
foresee(const char *body, enum dialect_kind dialect)
{
	const struct route	 route = { .dialect = dialect };
	size_t			 length = strlen(body);
	char			*copy = malloc(length + 1);
	bool			 result;

	assert_non_null(copy);
	memcpy(copy + 1, body, length);
	result = foresee_conversion(&config, &route,
	    (struct text){ copy + 1, length });
	free(copy);
	return result;
}

static void
knows_the_first_model(void **state)
{
	(void)state;
	assert_false(foresee("{\"model\":\"m\",\"a\":1}", DIALECT_MESSAGES));
	assert_true(foresee("{\"model\":\"m\",\"a\":1}", DIALECT_CHAT));
	assert_true(foresee("{\"model\":\"c-2\"}", DIALECT_MESSAGES));
	assert_false(foresee("{\"model\":\"c-2\"}", DIALECT_CHAT));
	assert_true(foresee(" {\n\t\"model\" : \"alias\"", DIALECT_MESSAGES));
	assert_false(foresee("{\"model\":\"unknown\"}", DIALECT_MESSAGES));
}

static void
knows_the_models_of_a_path(void **state)
{
	struct route	route = { .dialect = DIALECT_GENERATE, .model = "m" };

	(void)state;
	assert_true(foresee_conversion(&config, &route, text_of("")));
	route.dialect = DIALECT_MESSAGES;
	assert_false(foresee_conversion(&config, &route, text_of("")));
}

static void
knows_dialects_that_no_model_speaks(void **state)
{
	static const char	later[] = "{\"a\":1,\"model\":\"c-1\"}";

	(void)state;
	assert_true(foresee(later, DIALECT_RESPONSES));
	assert_false(foresee(later, DIALECT_MESSAGES));
	assert_false(foresee(later, DIALECT_CHAT));
}

static void
bears_every_body(void **state)
{
	static const char	start[] = "{ \"model\" : \"";
	static const char *const others[] = { "[]", "{\"model\":1}",
	    "{\"model\":\"c-1\\u0041\"}", "{\"models\":\"c-1\"}",
	    "{\"model\":\"c-1\n\"}", "{\"model\":\"c-1" };
	char			body[600];
	size_t			i;

	(void)state;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(foresee(others[i], DIALECT_MESSAGES));
	for (i = 0; i < sizeof(start); i++) {
		memcpy(body, start, i);
		body[i] = '\0';
		assert_false(foresee(body, DIALECT_MESSAGES));
	}
	for (i = 0; i < 500; i++) {
		memcpy(body, start, sizeof(start));
		memset(body + sizeof(start) - 1, 'c', i);
		memcpy(body + sizeof(start) - 1, "c-", i < 2 ? 0 : 2);
		body[sizeof(start) - 1 + i] = '\0';
		assert_false(foresee(body, DIALECT_MESSAGES));
		memcpy(body + sizeof(start) - 1 + i, "\"}", 3);
		assert_int_equal(foresee(body, DIALECT_MESSAGES),
		    i >= 2 && i < 256);
	}
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(knows_the_first_model),
		cmocka_unit_test(knows_the_models_of_a_path),
		cmocka_unit_test(knows_dialects_that_no_model_speaks),
		cmocka_unit_test(bears_every_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
