#include "build.h"

#include <json-c/json.h>

#include "config_cases.h"

static void
comments_are_blanks(void **state)
{
	struct config	*c = must_read("// one\n{ /* two\n\n */ \"port\": // 3\n"
	    "/**/4000/***/, \"system_prompt\": \"// kept /* too */ \\\" // \""
	    "} // end");

	(void)state;
	assert_int_equal(c->port, 4000);
	assert_string_equal(c->system_prompt, "// kept /* too */ \" // ");
	config_release(c);
}

static void
a_byte_order_mark_is_a_blank(void **state)
{
	(void)state;
	config_release(must_read("\xef\xbb\xbf{}"));
}

static void
syntax_errors_have_line_and_column(void **state)
{
	static const struct {
		const char	*text, *message;
	} cases[] = {
		{ "", "t.json:1:1: " },
		{ "{", "t.json:1:2: " },
		{ "{\n\t\"port\": 1,\n}", "t.json:3:1: expected a key" },
		{ "{\n\"port\" 1}", "t.json:2:8: expected ':'" },
		{ "{\"port\":1\n\"listen\":[]}", "t.json:2:1: expected ','" },
		{ "// x\n/* y\n */ {\"port\":,}", "t.json:3:13: expected" },
		{ "{\"listen\":[1,]}", "t.json:1:14: expected a value" },
		{ "{'port':1}", "t.json:1:2: expected a key" },
		{ "{\"port\":01}", "t.json:1:10: " },
		{ "{\"port\":NaN}", "t.json:1:9: " },
		{ "{\"port\":True}", "t.json:1:9: " },
		{ "{\"port\":/1}", "t.json:1:9: " },
		{ "{} {}", "t.json:1:4: " },
		{ "{}\n\n/", "t.json:3:1: " },
		{ "{\"a\":\"b\n\"}", "t.json:1:6: a string that doesn't end" },
		{ "{\"a\":\"b", "t.json:1:6: a string that doesn't end" },
		{ "{\"a\":\"b\\", "t.json:1:6: a string that doesn't end" },
		{ "{\"a\":\"b\\\"}", "t.json:1:6: a string that doesn't end" },
		{ "{\"a\":\"\tb\"}", "t.json:1:6: a string that doesn't end" },
		{ "{\"a\":\"\\x\"}", "t.json:1:7: " },
		{ "{\"a\":\"\xff\"}", "t.json:1:7: " },
		{ "{ /* x", "t.json:1:3: a comment that doesn't end" },
		{ "{ /*/", "t.json:1:3: a comment that doesn't end" },
		{ "[]", "t.json:1:1: the configuration must be an object" },
		{ "null", "t.json:1:1: the configuration must be an object" },
	};
	size_t	i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		refuses(cases[i].text, cases[i].message);
}

static void
depth_ends_at_32(void **state)
{
	char	text[256], open[33], close[33];
	int	depth;

	(void)state;
	memset(open, '[', 32);
	memset(close, ']', 32);
	for (depth = 31; depth <= 32; depth++) {
		struct config	*config;

		snprintf(text, sizeof(text), "{\"_\":%.*s%.*s}", depth, open,
		    depth, close);
		config = try_read(text);
		assert_int_equal(config != NULL, depth == 31);
		config_release(config);
	}
	assert_non_null(strstr(problem.message, "t.json:1:37: "));
}

static void
a_huge_file_is_refused(void **state)
{
	char		*text = calloc(1, CONFIG_FILE_MAX + 1);
	struct config	*config;

	(void)state;
	memset(text, ' ', CONFIG_FILE_MAX + 1);
	text[0] = '{';
	text[CONFIG_FILE_MAX] = '}';
	config = config_read_text(text, CONFIG_FILE_MAX + 1, "t.json", NULL,
	    NULL, &problem);
	assert_null(config);
	assert_non_null(strstr(problem.message, "larger than 4 MiB"));
	text[CONFIG_FILE_MAX - 1] = '}';
	config = config_read_text(text, CONFIG_FILE_MAX, "t.json", NULL,
	    NULL, &problem);
	assert_non_null(config);
	config_release(config);
	free(text);
}

static void
wiping_overwrites_the_tree(void **state)
{
	const char		*text = "{\"a\":[{\"b\":\"a secret of some "
	    "length that is not inline\"}]}";
	struct json_object	*root, *kept, *value;

	(void)state;
	root = config_parse(text, strlen(text), "t.json", &problem);
	assert_non_null(root);
	value = json_object_object_get(json_object_array_get_idx(
	    json_object_object_get(root, "a"), 0), "b");
	kept = json_object_get(value);
	config_wipe(root);
	assert_string_equal(json_object_get_string(kept), "");
	json_object_put(kept);
	config_wipe(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comments_are_blanks),
		cmocka_unit_test(a_byte_order_mark_is_a_blank),
		cmocka_unit_test(syntax_errors_have_line_and_column),
		cmocka_unit_test(depth_ends_at_32),
		cmocka_unit_test(a_huge_file_is_refused),
		cmocka_unit_test(wiping_overwrites_the_tree),
	};

	return cmocka_run_group_tests(tests, clear_environment, NULL);
}
