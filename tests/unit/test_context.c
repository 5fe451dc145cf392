#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json_text.h"
#include "neutral/context.h"

static struct json_document	document;

static struct context
read_text(const char *text)
{
	struct context	context;

	json_init(&document, NULL);
	if (json_scan(&document, text, strlen(text), NULL) == -1)
		fail_msg("%s", document.reason);
	context_read(&context, json_root(&document));
	return context;
}

static void
expect(const char *text, uint32_t system, uint32_t tools, uint32_t history)
{
	struct context	c = read_text(text);

	if (c.system != system || c.tools != tools || c.history != history)
		fail_msg("%s: system %u, tools %u, history %u", text, c.system,
		    c.tools, c.history);
	json_release(&document);
}

/* Bytes of the values as they stand, quotes and brackets in. */
static void
every_dialect_has_its_parts(void **state)
{
	(void)state;
	expect("{\"model\":\"m\",\"system\":\"123\",\"tools\":[],"
	    "\"messages\":[\"abc\"]}", 5, 2, 7);
	expect("{\"instructions\":\"12\",\"input\":\"abc\"}", 4, 0, 5);
	expect("{\"systemInstruction\":{},\"contents\":[1],"
	    "\"tools\":[{}]}", 2, 4, 3);
	expect("{\"system_instruction\":{}}", 2, 0, 0);
	expect("{\"functions\":[1,2]}", 0, 5, 0);
	expect("[]", 0, 0, 0);
	expect("{}", 0, 0, 0);
}

static void
system_messages_are_no_history(void **state)
{
	(void)state;
	expect("{\"messages\":[{\"role\":\"system\"},{\"role\":\"user\"},"
	    "{\"role\":\"developer\"}]}", 17 + 20, 0, 2 + 2 + 15);
	expect("{\"input\":[7,{\"role\":null}]}", 0, 0, 17);
}

static void
expect_tool(const struct context *c, size_t index, const char *name,
    uint32_t bytes)
{
	struct escaped	is = c->largest[index].name;

	assert_int_equal(c->largest[index].bytes, bytes);
	assert_int_equal(is.length, strlen(name));
	assert_memory_equal(is.at, name, is.length);
}

static void
the_largest_tools_come_first(void **state)
{
	struct context	c = read_text("{\"tools\":["
	    "{\"name\":\"b\",\"x\":1},"
	    "{\"type\":\"function\",\"function\":{\"name\":\"longest\"}},"
	    "{\"type\":\"web_search\"},"
	    "{\"functionDeclarations\":[{\"name\":\"g\",\"xxxxx\":1},7]},"
	    "{\"name\":\"f\"},{\"name\":\"e\"}]}");

	(void)state;
	assert_int_equal(c.tools_count, 7);
	expect_tool(&c, 0, "longest", 49);
	expect_tool(&c, 1, "g", 22);
	expect_tool(&c, 2, "web_search", 21);
	expect_tool(&c, 3, "b", 18);
	expect_tool(&c, 4, "f", 12);
	json_release(&document);
	c = read_text("{\"tools\":[{\"name\":\"a\"}]}");
	assert_int_equal(c.largest[1].bytes, 0);
	json_release(&document);
}

/* In a body with a long string of these letters between the two texts. */
static uint32_t
media_of(const char *before, const char *letters, const char *after)
{
	char		 filler[2001], text[4096];
	struct context	 c;
	size_t		 i;

	for (i = 0; i < sizeof(filler) - 1; i++)
		filler[i] = letters[i % strlen(letters)];
	filler[i] = '\0';
	snprintf(text, sizeof(text), "%s%s%s", before, filler, after);
	c = read_text(text);
	json_release(&document);
	return c.media;
}

static void
media_are_known_by_their_places(void **state)
{
	(void)state;
	assert_int_equal(media_of("{\"messages\":[{\"content\":[{\"source\":"
	    "{\"data\":\"", "QUFB", "\"}}]}]}"), 2002);
	assert_int_equal(media_of("{\"messages\":[{\"image_url\":"
	    "\"data:image/png;base64,", "QUFB", "\"}]}"), 2024);
	assert_int_equal(media_of("{\"input\":[{\"file_data\":\"",
	    "QUFB", "\"}]}"), 2002);
	assert_int_equal(media_of("{\"messages\":[{\"content\":\"",
	    "QUFB", "\"}]}"), 0);
	assert_int_equal(media_of("{\"messages\":[{\"data\":\"",
	    "some words ", "\"}]}"), 0);
	assert_int_equal(media_of("{\"a\":[\"", "QUFB", "\"]}"), 0);
}

static int64_t
output_max(const char *text)
{
	int64_t	tokens;

	json_init(&document, NULL);
	assert_int_equal(json_scan(&document, text, strlen(text), NULL), 0);
	tokens = context_output_max(json_root(&document));
	json_release(&document);
	return tokens;
}

static void
every_dialect_has_its_longest_answer(void **state)
{
	(void)state;
	assert_int_equal(output_max("{\"max_tokens\":7}"), 7);
	assert_int_equal(output_max("{\"max_completion_tokens\":8}"), 8);
	assert_int_equal(output_max("{\"max_output_tokens\":9}"), 9);
	assert_int_equal(output_max("{\"generationConfig\":"
	    "{\"maxOutputTokens\":10}}"), 10);
	assert_int_equal(output_max("{\"max_tokens\":-7}"), 0);
	assert_int_equal(output_max("{\"max_tokens\":\"7\"}"), 0);
	assert_int_equal(output_max("{}"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_dialect_has_its_parts),
		cmocka_unit_test(system_messages_are_no_history),
		cmocka_unit_test(the_largest_tools_come_first),
		cmocka_unit_test(media_are_known_by_their_places),
		cmocka_unit_test(every_dialect_has_its_longest_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
