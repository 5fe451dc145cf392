#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../fuzz/json_c.h"
#include "json.h"
#include "json_cases.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Scans a copy that ends where its memory does, so that overruns are seen. */
static int
scan_copy(struct json_document *document, const char *text, size_t length,
    const struct json_limits *limits)
{
	char	*copy;
	int	 result;

	copy = malloc(length > 0 ? length : 1);
	assert_non_null(copy);
	memcpy(copy, text, length);
	result = json_scan(document, copy, length, limits);
	assert_true(result == 0 || document->count == 0);
	assert_true(result == 0 || document->offset <= length);
	assert_true((result == 0) == (document->failure == JSON_OK));
	assert_true((result == 0) == (document->reason == NULL));
	free(copy);
	return result;
}

static void
accepts_and_refuses(void **state)
{
	struct json_document	document;
	size_t			i;

	(void)state;
	json_init(&document, NULL);
	for (i = 0; i < COUNT(accepted_texts); i++)
		if (scan_copy(&document, accepted_texts[i].text, accepted_texts[i].length,
		    NULL) == -1)
			fail_msg("refused %s: %s at %zu", accepted_texts[i].text,
			    document.reason, document.offset);
	for (i = 0; i < COUNT(refused_texts); i++) {
		if (scan_copy(&document, refused_texts[i].text, refused_texts[i].length,
		    NULL) == 0)
			fail_msg("accepted %s", refused_texts[i].text);
		assert_int_equal(document.failure, JSON_INVALID);
	}
	print_message("%zu accepted, %zu refused\n", COUNT(accepted_texts),
	    COUNT(refused_texts));
	json_release(&document);
}

/* Every start of a container or string that is cut off is refused. */
static void
refuses_what_is_cut(void **state)
{
	struct json_document	document;
	size_t			i, length;
	char			first;

	(void)state;
	json_init(&document, NULL);
	for (i = 0; i < COUNT(accepted_texts); i++) {
		first = accepted_texts[i].text[0];
		if (first != '[' && first != '{' && first != '"')
			continue;
		length = accepted_texts[i].length;
		while (strchr(" \n\t\r", accepted_texts[i].text[length - 1]) != NULL)
			length--;
		while (--length > 0)
			assert_int_equal(scan_copy(&document, accepted_texts[i].text,
			    length, NULL), -1);
	}
	json_release(&document);
}

/* The same behind 0 to 40 plain bytes: every place in a block of 16. */
static void
sees_bytes_at_every_place(void **state)
{
	struct json_document	document;
	char			text[64];
	size_t			before, after;
	int			c;
	bool			valid;

	(void)state;
	json_init(&document, NULL);
	for (before = 0; before < 40; before++)
		for (after = 0; after < 20; after += 19)
			for (c = 0; c < 256; c++) {
				memset(text, 'a', sizeof(text));
				text[0] = '"';
				text[1 + before] = (char)c;
				text[2 + before + after] = '"';
				valid = c >= 0x20 && c < 0x80 && c != '\\';
				if (c == '"')
					valid = false;
				if (c == '\\' && after > 0)
					continue;
				assert_int_equal(scan_copy(&document, text,
				    before + after + 3, NULL), valid ? 0 : -1);
			}
	json_release(&document);
}

static bool
surely_utf8(const unsigned char *at, size_t length)
{
	static const struct {
		unsigned char	low[4], high[4];
		size_t		length;
	} rows[] = {	/* RFC 3629 section 4, the table */
		{ { 0x20 }, { 0x7f }, 1 },
		{ { 0xc2, 0x80 }, { 0xdf, 0xbf }, 2 },
		{ { 0xe0, 0xa0, 0x80 }, { 0xe0, 0xbf, 0xbf }, 3 },
		{ { 0xe1, 0x80, 0x80 }, { 0xec, 0xbf, 0xbf }, 3 },
		{ { 0xed, 0x80, 0x80 }, { 0xed, 0x9f, 0xbf }, 3 },
		{ { 0xee, 0x80, 0x80 }, { 0xef, 0xbf, 0xbf }, 3 },
		{ { 0xf0, 0x90, 0x80, 0x80 }, { 0xf0, 0xbf, 0xbf, 0xbf }, 4 },
		{ { 0xf1, 0x80, 0x80, 0x80 }, { 0xf3, 0xbf, 0xbf, 0xbf }, 4 },
		{ { 0xf4, 0x80, 0x80, 0x80 }, { 0xf4, 0x8f, 0xbf, 0xbf }, 4 },
	};
	size_t	row, i;

	while (length > 0) {
		for (row = 0; row < COUNT(rows); row++) {
			for (i = 0; i < rows[row].length && i < length; i++)
				if (at[i] < rows[row].low[i] ||
				    at[i] > rows[row].high[i])
					break;
			if (i == rows[row].length)
				break;
		}
		if (row == COUNT(rows))
			return false;
		at += rows[row].length;
		length -= rows[row].length;
	}
	return true;
}

/* Around every boundary of the table in RFC 3629, in all four bytes. */
static void
knows_utf8(void **state)
{
	static const unsigned char	corners[] = {
		0x21, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1,
		0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1,
		0xf3, 0xf4, 0xf5, 0xff,
	};
	struct json_document		document;
	unsigned char			text[6];
	size_t				i, length, rest;

	(void)state;
	json_init(&document, NULL);
	text[0] = '"';
	for (length = 1; length <= 4; length++)
		for (i = 0; i < COUNT(corners) * COUNT(corners) *
		    COUNT(corners) * COUNT(corners); i++) {
			rest = i;
			text[1] = corners[rest % COUNT(corners)];
			text[2] = corners[(rest /= COUNT(corners)) %
			    COUNT(corners)];
			text[3] = corners[(rest /= COUNT(corners)) %
			    COUNT(corners)];
			text[4] = corners[rest / COUNT(corners)];
			text[1 + length] = '"';
			if ((json_scan(&document, (char *)text, length + 2,
			    NULL) == 0) != surely_utf8(text + 1, length))
				fail_msg("%02x %02x %02x %02x, %zu", text[1],
				    text[2], text[3], text[4], length);
		}
	json_release(&document);
}

static void
stops_at_its_depth(void **state)
{
	struct json_document	document;
	struct json_limits	limits = { 0, 0, 0 };
	char			text[2 * JSON_DEPTH_MAX + 8];
	uint32_t		depth;

	(void)state;
	json_init(&document, NULL);
	for (depth = 1; depth <= JSON_DEPTH_MAX + 1; depth++) {
		memset(text, '[', depth);
		memset(text + depth, ']', depth);
		assert_int_equal(scan_copy(&document, text, 2 * depth, NULL),
		    depth <= JSON_DEPTH_MAX ? 0 : -1);
		limits.depth_max = depth;
		assert_int_equal(scan_copy(&document, text, 2 * depth,
		    &limits), depth <= JSON_DEPTH_MAX ? 0 : -1);
		limits.depth_max = depth - 1;
		if (depth == 1)
			continue;
		assert_int_equal(scan_copy(&document, text, 2 * depth,
		    &limits), -1);
		assert_int_equal(document.failure, JSON_TOO_DEEP);
	}
	json_release(&document);
}

static void
stops_at_its_tokens(void **state)
{
	struct json_document	document;
	struct json_limits	limits = { 0, 0, 5 };

	(void)state;
	json_init(&document, NULL);
	assert_int_equal(scan_copy(&document, "{\"a\":[1,2]}", 11, &limits), 0);
	assert_int_equal(document.count, 5);
	assert_int_equal(scan_copy(&document, "[1,2,3,4,5]", 11, &limits), -1);
	assert_int_equal(document.failure, JSON_TOO_MANY);
	json_release(&document);
}

static void
charges_its_budget(void **state)
{
	struct json_document	document;
	struct budget		budget;
	static char		text[20001];
	size_t			i;

	(void)state;
	text[0] = '[';
	for (i = 1; i + 1 < sizeof(text); i += 2)
		memcpy(text + i, "1,", 2);
	memcpy(text + sizeof(text) - 3, " ]", 2);
	budget_init(&budget, 1000000);
	json_init(&document, &budget);
	assert_int_equal(json_scan(&document, text, sizeof(text) - 1, NULL), 0);
	assert_int_equal(document.count, 10000);
	assert_int_equal(budget.used,
	    document.capacity * sizeof(struct json_token));
	json_release(&document);
	assert_int_equal(budget.used, 0);
	budget.max = 100000;
	assert_int_equal(json_scan(&document, text, sizeof(text) - 1, NULL),
	    -1);
	assert_int_equal(document.failure, JSON_NO_MEMORY);
	assert_int_equal(json_scan(&document, "[1]", 3, NULL), 0);
	json_release(&document);
	assert_int_equal(budget.used, 0);
}

static void
closes_boxes_at_its_depth(void **state)
{
	static const char	text[] =
	    "{\"a\":[1,{\"b\":2}],\"c\":{\"d\":[[]]},\"e\":3}";
	struct json_document	document;
	struct json_limits	limits = { 0, 1, 0 };
	struct json_value	value;

	(void)state;
	json_init(&document, NULL);
	assert_int_equal(json_scan(&document, text, strlen(text), &limits), 0);
	assert_int_equal(document.count, 7);
	value = json_get(json_root(&document), "a");
	assert_int_equal(json_kind(value), JSON_ARRAY);
	assert_int_equal(json_raw(value).length, 11);
	assert_int_equal(json_count(value), 0);
	assert_int_equal(json_count(json_root(&document)), 3);
	assert_memory_equal(json_raw(json_get(json_root(&document), "c")).at,
	    "{\"d\":[[]]}", 10);
	limits.record_depth = 2;
	assert_int_equal(json_scan(&document, text, strlen(text), &limits), 0);
	assert_int_equal(document.count, 11);
	value = json_get(json_root(&document), "a");
	assert_int_equal(json_count(value), 2);
	assert_int_equal(json_count(json_at(value, 1)), 0);
	assert_int_equal(json_scan(&document, "{\"a\":[1,{\"b\":2]}", 16,
	    &limits), -1);
	assert_int_equal(json_scan(&document, "[[[[\"\\x\"]]]]", 12,
	    &limits), -1);
	json_release(&document);
}

static void
says_where_and_why(void **state)
{
	static const struct {
		const char	*text, *reason;
		size_t		 offset;
	} cases[] = {
		{ "", "the text ends too early", 0 },
		{ "{\"a\" 1}", "expected ':'", 5 },
		{ "[1 2]", "expected ',' or ']'", 3 },
		{ "{\"a\":1]", "expected ',' or '}'", 6 },
		{ "{\"a\":1,}", "expected a key", 7 },
		{ "[1,", "the text ends too early", 3 },
		{ "[1,]", "expected a value", 3 },
		{ "[tru]", "expected a value", 1 },
		{ "1.x", "expected a digit", 2 },
		{ "01", "something follows the value", 1 },
		{ "\"a\nb\"", "control character in a string", 2 },
		{ "\"a\\xb\"", "unknown escape in a string", 2 },
		{ "\"\\u12\"", "\\u without four hexadecimal digits", 1 },
		{ "\"a\xff\"", "invalid UTF-8 in a string", 2 },
	};
	struct json_document	document;
	size_t			i;

	(void)state;
	json_init(&document, NULL);
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(json_scan(&document, cases[i].text,
		    strlen(cases[i].text), NULL), -1);
		assert_string_equal(document.reason, cases[i].reason);
		assert_int_equal(document.offset, cases[i].offset);
		assert_true(json_is(json_root(&document), JSON_MISSING));
	}
	assert_int_equal(json_scan(&document, "[1]",
	    (size_t)JSON_TEXT_MAX + 1, NULL), -1);
	assert_int_equal(document.failure, JSON_TOO_MANY);
	json_release(&document);
}

static void
agrees_with_json_c(void **state)
{
	struct json_document	document;
	size_t			i;

	(void)state;
	json_init(&document, NULL);
	for (i = 0; i < COUNT(accepted_texts); i++) {
		json_scan(&document, accepted_texts[i].text,
		    accepted_texts[i].length, NULL);
		json_c_check(&document);
	}
	for (i = 0; i < COUNT(refused_texts); i++) {
		json_scan(&document, refused_texts[i].text,
		    refused_texts[i].length, NULL);
		json_c_check(&document);
	}
	json_release(&document);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(accepts_and_refuses),
		cmocka_unit_test(refuses_what_is_cut),
		cmocka_unit_test(sees_bytes_at_every_place),
		cmocka_unit_test(knows_utf8),
		cmocka_unit_test(stops_at_its_depth),
		cmocka_unit_test(stops_at_its_tokens),
		cmocka_unit_test(charges_its_budget),
		cmocka_unit_test(closes_boxes_at_its_depth),
		cmocka_unit_test(says_where_and_why),
		cmocka_unit_test(agrees_with_json_c),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
