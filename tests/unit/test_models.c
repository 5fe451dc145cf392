#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "dialects/dialects.h"
#include "dialects/messages/messages.h"
#include "exchange/models.h"
#include "exchange/stored.h"
#include "found.h"

static const char text[] =
    "{\"model_redirects\":{\"alias\":\"claude-x\",\"dangling\":\"nothing\"},"
    "\"models\":["
    "{\"name\":\"Claude X\",\"id\":\"claude-x\",\"type\":\"anthropic\","
    "\"provider\":\"anthropic\"},"
    "{\"id\":\"glm\",\"type\":\"common\",\"operations\":"
    "[\"predict\",\"embeddings\",\"conversations\"]},"
    "{\"id\":\"open-*\",\"type\":\"openai\"}]}";

#define TALKS	",\"operations\":[\"conversations\",\"compact\"]"
#define RTALKS	",\"operations\":[\"conversations\",\"compact\"]"
#define EMBEDS								\
	",\"operations\":[\"conversations\",\"embeddings\",\"predict\"]"
#define EMBEDDER							\
	GOOGLE("glm", "glm", ",\"embedContent\","			\
	"\"batchEmbedContents\",\"predict\"", EMBEDS)

#define GOOGLE(id, name, more, operations)				\
	"{\"name\":\"models/" id "\",\"displayName\":\"" name "\","		\
	"\"supportedGenerationMethods\":[\"generateContent\","		\
	"\"streamGenerateContent\",\"countTokens\"" more "]" operations "}"

/* What the next list is made of. */
static const char *source = text, *found = "/nowhere";
static bool catalogue;

static struct config *
read_config(void)
{
	struct problem problem;
	struct config *config = config_read_text(source, strlen(source), "t",
	    NULL, NULL, &problem);

	if (config == NULL)
		fail_msg("%s", problem.message);
	return config;
}

static void
expect_list(enum dialect_kind kind, const char *expected)
{
	struct config *config = read_config();
	struct json_write w;
	struct problem problem;
	struct arena arena;
	struct buf out;

	arena_init(&arena, 65536, NULL);
	buf_init(&out, 65536, NULL);
	json_write_start(&w, &out);
	assert_int_equal(models_write_list(&w, config, NULL, dialect_of(kind),
	    found, catalogue, &arena, &problem), 0);
	assert_int_equal(json_write_finish(&w), 0);
	assert_string_equal(out.at, expected);
	buf_release(&out);
	arena_release(&arena);
	config_release(config);
}

static void
test_lists(void **state)
{
	(void)state;
	expect_list(DIALECT_CHAT, "{\"object\":\"list\",\"data\":["
	    "{\"id\":\"claude-x\",\"object\":\"model\",\"created\":1735689600,"
	    "\"owned_by\":\"anthropic\"" TALKS "},"
	    "{\"id\":\"glm\",\"object\":\"model\",\"created\":1735689600,"
	    "\"owned_by\":\"common\"" EMBEDS "},"
	    "{\"id\":\"alias\",\"object\":\"model\",\"created\":1735689600,"
	    "\"owned_by\":\"anthropic\"" TALKS "}]}");
	expect_list(DIALECT_MESSAGES, "{\"data\":["
	    "{\"type\":\"model\",\"id\":\"claude-x\","
	    "\"display_name\":\"Claude X\","
	    "\"created_at\":\"2025-01-01T00:00:00Z\"" TALKS "},"
	    "{\"type\":\"model\",\"id\":\"glm\",\"display_name\":\"glm\","
	    "\"created_at\":\"2025-01-01T00:00:00Z\"" EMBEDS "},"
	    "{\"type\":\"model\",\"id\":\"alias\","
	    "\"display_name\":\"Claude X\","
	    "\"created_at\":\"2025-01-01T00:00:00Z\"" TALKS "}],"
	    "\"has_more\":false,\"first_id\":\"claude-x\","
	    "\"last_id\":\"alias\"}");
	expect_list(DIALECT_GENERATE, "{\"models\":["
	    GOOGLE("claude-x", "Claude X", "", TALKS) "," EMBEDDER ","
	    GOOGLE("alias", "Claude X", "", TALKS) "]}");
}

static void
expect_one(enum dialect_kind kind, const char *name, const char *expected)
{
	struct config *config = read_config();
	struct problem problem;
	struct json_write w;
	struct arena arena;
	struct buf out;

	arena_init(&arena, 65536, NULL);
	buf_init(&out, 65536, NULL);
	json_write_start(&w, &out);
	assert_int_equal(models_write_one(&w, config, NULL, dialect_of(kind),
	    name, found, &arena, &problem), 0);
	assert_int_equal(json_write_finish(&w), 0);
	assert_string_equal(out.at, expected);
	buf_release(&out);
	arena_release(&arena);
	config_release(config);
}

static void
test_one(void **state)
{
	(void)state;
	expect_one(DIALECT_RESPONSES, "open-1", "{\"id\":\"open-1\","
	    "\"object\":\"model\",\"created\":1735689600,"
	    "\"owned_by\":\"openai\",\"operations\":[\"conversations\","
	    "\"compact\"]}");
	expect_one(DIALECT_MESSAGES, "alias", "{\"type\":\"model\","
	    "\"id\":\"alias\",\"display_name\":\"Claude X\","
	    "\"created_at\":\"2025-01-01T00:00:00Z\"" TALKS "}");
	expect_one(DIALECT_GENERATE, "glm", EMBEDDER);
}

/* Limits, what it takes, how it thinks: where the entry says them. */
static void
test_limits(void **state)
{
	(void)state;
	source = "{\"models\":[{\"id\":\"m\",\"type\":\"common\","
	    "\"context_window\":9000,\"max_output_tokens\":400,"
	    "\"input_modalities\":[\"text\",\"image\"],"
	    "\"efforts\":[\"none\",\"low\",\"medium\"],"
	    "\"base_instructions\":\"Be good.\"},"
	    "{\"id\":\"n\",\"type\":\"common\"}]}";
#define LIMITS "{\"id\":\"m\",\"object\":\"model\",\"created\":1735689600,"	\
	"\"owned_by\":\"common\",\"context_length\":9000,"		\
	"\"context_window\":9000,\"max_model_len\":9000,"		\
	"\"max_input_tokens\":9000,\"max_tokens\":400,"			\
	"\"max_output_tokens\":400,\"architecture\":{"			\
	"\"input_modalities\":[\"text\",\"image\"],"			\
	"\"output_modalities\":[\"text\"]},"				\
	"\"supported_reasoning_efforts\":[\"low\",\"medium\"]" TALKS "}"
	expect_one(DIALECT_CHAT, "m", LIMITS);
	expect_one(DIALECT_MESSAGES, "m", "{\"type\":\"model\",\"id\":\"m\","
	    "\"display_name\":\"m\",\"created_at\":\"2025-01-01T00:00:00Z\","
	    "\"max_input_tokens\":9000,\"max_tokens\":400,\"capabilities\":{"
	    "\"effort\":{\"supported\":true,\"low\":{\"supported\":true},"
	    "\"medium\":{\"supported\":true},\"high\":{\"supported\":false},"
	    "\"xhigh\":{\"supported\":false},\"max\":{\"supported\":false}},"
	    "\"image_input\":{\"supported\":true},"
	    "\"pdf_input\":{\"supported\":false}}" TALKS "}");
	expect_one(DIALECT_GENERATE, "m", "{\"name\":\"models/m\","
	    "\"displayName\":\"m\",\"inputTokenLimit\":9000,"
	    "\"outputTokenLimit\":400,\"thinking\":true,"
	    "\"supportedGenerationMethods\":[\"generateContent\","
	    "\"streamGenerateContent\",\"countTokens\"]" TALKS "}");
	catalogue = true;
	expect_list(DIALECT_CHAT, "{\"object\":\"list\",\"data\":[" LIMITS ","
	    "{\"id\":\"n\",\"object\":\"model\",\"created\":1735689600,"
	    "\"owned_by\":\"common\"" TALKS "}],\"models\":[{\"slug\":\"m\","
	    "\"display_name\":\"m\",\"description\":\"m\","
	    "\"shell_type\":\"shell_command\",\"visibility\":\"list\","
	    "\"supported_in_api\":true,\"priority\":0,"
	    "\"base_instructions\":\"Be good.\",\"support_verbosity\":false,"
	    "\"truncation_policy\":{\"mode\":\"tokens\",\"limit\":10000},"
	    "\"experimental_supported_tools\":[],"
	    "\"supports_parallel_tool_calls\":true,"
	    "\"supports_reasoning_summaries\":true,\"context_window\":9000,"
	    "\"max_context_window\":9000,"
	    "\"input_modalities\":[\"text\",\"image\"],"
	    "\"default_reasoning_level\":\"medium\","
	    "\"supported_reasoning_levels\":["
	    "{\"effort\":\"low\",\"description\":\"low\"},"
	    "{\"effort\":\"medium\",\"description\":\"medium\"}]}]}");
	catalogue = false;
	source = text;
}

/* What tokend found at the endpoint of a wildcard entry, of which none is another's. */
static void
test_found(void **state)
{
	struct found_models all = { NULL, 0 };
	struct problem problem;
	struct arena arena;
	static char path[] = "/tmp/test_models.XXXXXX";
	static const char list[] = "{\"data\":[{\"id\":\"open-1\","
	    "\"context_window\":7},{\"id\":\"claude-x\"},{\"id\":\"else\"}]}";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	arena_init(&arena, 65536, NULL);
	assert_int_equal(found_parse(&all, "openai", list, sizeof(list) - 1,
	    &arena), 3);
	assert_int_equal(found_parse(&all, "common", list, sizeof(list) - 1,
	    &arena), 3);
	assert_int_equal(found_write(path, &all, &problem), 0);
	found = path;
	source = "{\"models\":[{\"id\":\"claude-x\",\"type\":\"openai\"},"
	    "{\"id\":\"open-*\",\"name\":\"All\",\"type\":\"openai\","
	    "\"max_output_tokens\":3}]}";
	expect_list(DIALECT_GENERATE, "{\"models\":["
	    GOOGLE("claude-x", "claude-x", "", RTALKS) ",{\"name\":\"models/open-1\","
	    "\"displayName\":\"open-1\",\"inputTokenLimit\":7,"
	    "\"outputTokenLimit\":3,\"supportedGenerationMethods\":["
	    "\"generateContent\",\"streamGenerateContent\","
	    "\"countTokens\"]" RTALKS "}]}");
	found = "/nowhere";
	source = text;
	unlink(path);
	arena_release(&arena);
}

/* No model, no ends of the page. */
static void
test_empty(void **state)
{
	struct json_write w;
	struct buf out;

	(void)state;
	buf_init(&out, 65536, NULL);
	json_write_start(&w, &out);
	dialect_messages.write_models(&w, &(struct model_list){ NULL, 0, false });
	assert_int_equal(json_write_finish(&w), 0);
	assert_string_equal(out.at, "{\"data\":[],\"has_more\":false,"
	    "\"first_id\":null,\"last_id\":null}");
	buf_release(&out);
}

static void
test_find(void **state)
{
	struct config *config = read_config();
	struct problem problem;
	const char *id;

	(void)state;
	assert_non_null(models_find(config, NULL, "alias", &id, &problem));
	assert_string_equal(id, "claude-x");
	assert_non_null(models_find(config, NULL, "open-anything", &id, &problem));
	assert_string_equal(id, "open-anything");
	assert_null(models_find(config, NULL, "dangling", &id, &problem));
	assert_int_equal(problem.kind, PROBLEM_MISSING);
	assert_null(models_find(config, NULL, "constructor", &id, &problem));
	assert_string_equal(problem.code, "model_not_found");
	config_release(config);
}

static const char *warning;

static void
keep(void *context, const char *message)
{
	(void)context;
	assert_null(warning);
	warning = strdup(message);
}

/* --check-config says what an endpoint doesn't have, if the entry says it. */
static void
test_check(void **state)
{
	struct config *config = read_config();

	(void)state;
	models_check(config, keep);
	assert_non_null(warning);
	assert_string_equal(warning, "models[1].operations: endpoint common "
	    "does not offer predict");
	free((void *)(uintptr_t)warning);
	config_release(config);
}

/* Of defaults, too: those whose place nobody knows. */
static void
test_check_defaults(void **state)
{
	static const char defaults[] = "{\"endpoint\":["
	    "{\"name\":\"openai\",\"default\":true,"
	    "\"base_url\":\"http://h/v1/responses\"},"
	    "{\"name\":\"google\",\"default\":true,"
	    "\"base_url\":\"http://h/v1/generate\"},"
	    "{\"name\":\"anthropic\",\"default\":true,"
	    "\"base_url\":\"http://h/messages\","
	    "\"paths\":{\"stored\":\"http://h\"}},"
	    "{\"name\":\"common\",\"base_url\":\"http://h/x\"}]}";
	struct problem problem;
	struct config *config = config_read_text(defaults,
	    sizeof(defaults) - 1, "t", NULL, NULL, &problem);

	(void)state;
	assert_non_null(config);
	warning = NULL;
	stored_check(config, keep);
	assert_non_null(warning);
	assert_non_null(strstr(warning, "endpoint[1].default: base_url"));
	free((void *)(uintptr_t)warning);
	config_release(config);
}

static void
test_unmarked(void **state)
{
	static const char marked[] = "{\"model_redirects\":{\"r[1m]\":"
	    "\"open-a\"},\"models\":[{\"id\":\"own[1m]\",\"type\":"
	    "\"openai\"},{\"id\":\"open-*\",\"type\":\"openai\"}]}";
	static const char *const names[][2] = {
		{ "open-a", "open-a" }, { "open-a[1m]", "open-a" },
		{ "open-a[1M]", "open-a" }, { "open-a[1m][1m]", "open-a" },
		{ "own[1m]", "own[1m]" }, { "r[1m]", "r[1m]" },
		{ "[1m]", "[1m]" }, { "", "" }, { "a[1m]b", "a[1m]b" },
	};
	struct problem problem;
	struct config *config = config_read_text(marked, sizeof(marked) - 1,
	    "t", NULL, NULL, &problem);
	struct arena arena;
	size_t i;

	(void)state;
	assert_non_null(config);
	arena_init(&arena, 1 << 16, NULL);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_string_equal(models_unmarked(config, names[i][0],
		    &arena), names[i][1]);
	arena_release(&arena);
	config_release(config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_unmarked),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_check_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
