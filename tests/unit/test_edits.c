#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../fuzz/edits_model.h"
#include "edit/edits.h"
#include "json_text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct fixture {
	struct json_document	document;
	struct arena		arena;
	struct edits		edits;
};

static struct json_value
begin(struct fixture *f, const char *body)
{
	json_init(&f->document, NULL);
	assert_int_equal(json_scan(&f->document, body, strlen(body), NULL), 0);
	arena_init(&f->arena, 1 << 20, NULL);
	edits_start(&f->edits, &f->document, &f->arena);
	return json_root(&f->document);
}

static void
assert_result(struct fixture *f, const char *expected)
{
	struct json_document	result;
	struct buf		buf;

	assert_int_equal(edits_finish(&f->edits), 0);
	buf_init(&buf, 1 << 20, NULL);
	assert_int_equal(edits_render(&f->edits, &buf), 0);
	assert_string_equal(buf.at, expected);
	assert_int_equal(buf.length, f->edits.length);
	assert_int_equal(edits_change(&f->edits),
	    buf.length != f->edits.body.length ||
	    memcmp(buf.at, f->edits.body.at, buf.length) != 0);
	json_init(&result, NULL);
	assert_int_equal(json_scan(&result, buf.at, buf.length, NULL), 0);
	json_release(&result);
	buf_release(&buf);
	arena_release(&f->arena);
	json_release(&f->document);
}

struct edit_case {
	const char	*body;
	const char	*expected;
};

static void
replaces_members_at_every_place(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"model\":1}", "{\"model\":\"gpt\"}" },
		{ "{\"model\":1,\"b\":2}", "{\"model\":\"gpt\",\"b\":2}" },
		{ "{\"b\":2,\"model\":1}", "{\"b\":2,\"model\":\"gpt\"}" },
		{ "{\"a\":[],\"model\":{\"model\":1},\"b\":2}",
		    "{\"a\":[],\"model\":\"gpt\",\"b\":2}" },
		{ "{\"a\":{\"model\":1},\"b\":\"model\",\"model\":2}",
		    "{\"a\":{\"model\":1},\"b\":\"model\",\"model\":\"gpt\"}" },
		{ "{\"a\":\"\\\"model\\\":1\",\"model\":2}",
		    "{\"a\":\"\\\"model\\\":1\",\"model\":\"gpt\"}" },
		{ "{\"\\u006dodel\":1}", "{\"\\u006dodel\":\"gpt\"}" },
		{ "{\"model\":1,\"a\":1e400,\"mode\\u006C\":[2]}",
		    "{\"model\":\"gpt\",\"a\":1e400,"
		    "\"mode\\u006C\":\"gpt\"}" },
		{ " {\n\t\"model\" : \"x\" ,\r\n \"b\":0 }\n ",
		    " {\n\t\"model\" : \"gpt\" ,\r\n \"b\":0 }\n " },
		{ "{\"models\":1,\"mode\":2,\"\":3}",
		    "{\"models\":1,\"mode\":2,\"\":3}" },
		{ "[{\"model\":1}]", "[{\"model\":1}]" },
		{ "{}", "{}" },
		{ "null", "null" },
	};
	struct fixture			f;
	struct json_value		root;
	size_t				i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		root = begin(&f, cases[i].body);
		edits_replace_member(&f.edits, root, "model",
		    text_of("\"gpt\""));
		assert_result(&f, cases[i].expected);
	}
}

static void
deletes_members_at_every_place(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"x\":1}", "{}" },
		{ "{ \"x\" : 1 }", "{  }" },
		{ "{\"x\":1,\"b\":2}", "{\"b\":2}" },
		{ "{\"b\":2,\"x\":1}", "{\"b\":2}" },
		{ "{\"a\":1,\"x\":{\"x\":[]},\"b\":2}", "{\"a\":1,\"b\":2}" },
		{ "{\"x\":1,\"x\":2}", "{}" },
		{ "{\"x\":1,\"x\":2,\"b\":3}", "{\"b\":3}" },
		{ "{\"b\":3,\"x\":1,\"x\":2}", "{\"b\":3}" },
		{ "{\"x\":1,\"b\":3,\"x\":2}", "{\"b\":3}" },
		{ "{\"x\":1,\"a\":1,\"x\":2,\"x\":3,\"b\":4,\"x\":5}",
		    "{\"a\":1,\"b\":4}" },
		{ "{\"a\":1,\"\\u0078\":2}", "{\"a\":1}" },
		{ "{\"a\":{\"x\":1},\"x\":2}", "{\"a\":{\"x\":1}}" },
		{ "{ \"a\" : 1 ,\n \"x\" : 2 ,\n \"b\" : 3 }",
		    "{ \"a\" : 1 ,\n \"b\" : 3 }" },
		{ "{ \"a\" : 1 ,\n \"x\" : 2 }", "{ \"a\" : 1 }" },
		{ "{ \"x\" : 2 , \"a\" : 1 }", "{ \"a\" : 1 }" },
		{ "{\"a\":\"x\",\"X\":1}", "{\"a\":\"x\",\"X\":1}" },
		{ "[\"x\"]", "[\"x\"]" },
	};
	struct fixture			f;
	struct json_value		root;
	size_t				i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		root = begin(&f, cases[i].body);
		edits_delete_member(&f.edits, root, "x");
		assert_result(&f, cases[i].expected);
	}
}

static void
deletes_several_keys(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{\"x\":1,\"y\":2}", "{}" },
		{ "{\"x\":1,\"y\":2,\"b\":3}", "{\"b\":3}" },
		{ "{\"x\":1,\"b\":3,\"y\":2}", "{\"b\":3}" },
		{ "{\"b\":3,\"y\":2,\"x\":1}", "{\"b\":3}" },
		{ "{\"y\":1,\"a\":1,\"x\":2,\"y\":3,\"b\":4}",
		    "{\"a\":1,\"b\":4}" },
		{ "{\"x\":{\"y\":1},\"b\":3}", "{\"b\":3}" },
	};
	struct fixture			f;
	struct json_value		root;
	size_t				i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		root = begin(&f, cases[i].body);
		edits_delete_member(&f.edits, root, "y");
		edits_delete_member(&f.edits, json_get(root, "x"), "y");
		assert_int_equal(edits_delete_member(&f.edits, root, "z"), 0);
		edits_delete_member(&f.edits, root, "x");
		edits_delete_member(&f.edits, root, "x");
		assert_result(&f, cases[i].expected);
	}
}

static void
inserts_behind_the_bracket(void **state)
{
	static const struct edit_case	cases[] = {
		{ "{}", "{\"n\":0,\"m\":[1]}" },
		{ "{ \n}", "{\"n\":0,\"m\":[1] \n}" },
		{ "{\"a\":1}", "{\"n\":0,\"m\":[1],\"a\":1}" },
		{ "{ \"a\":1}", "{\"n\":0,\"m\":[1], \"a\":1}" },
		{ "{\"x\":1}", "{\"n\":0,\"m\":[1]}" },
		{ "{\"x\":1,\"a\":1}", "{\"n\":0,\"m\":[1],\"a\":1}" },
		{ "{\"a\":1,\"x\":1}", "{\"n\":0,\"m\":[1],\"a\":1}" },
		{ "{ \"x\":1,\"x\":2 }", "{\"n\":0,\"m\":[1]  }" },
		{ "[]", "[7,{}]" },
		{ "[ ]", "[7,{} ]" },
		{ "[\r\n\t ]", "[7,{}\r\n\t ]" },
		{ "[\t]", "[7,{}\t]" },
		{ "[\n]", "[7,{}\n]" },
		{ "{\r}", "{\"n\":0,\"m\":[1]\r}" },
		{ "[1]", "[7,{},1]" },
	};
	struct fixture			f;
	struct json_value		root;
	size_t				i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		root = begin(&f, cases[i].body);
		edits_insert_member(&f.edits, root, "n", text_of("0"));
		edits_delete_member(&f.edits, root, "x");
		edits_set_member(&f.edits, root, "m", text_of("[1]"));
		edits_insert_element(&f.edits, root, text_of("7"));
		edits_insert_element(&f.edits, root, text_of("{}"));
		assert_result(&f, cases[i].expected);
	}
}

static void
appends_behind_what_is_left(void **state)
{
	static const struct {
		const char	*body;
		const char	*expected;
	} cases[] = {
		{ "[]", "[7,8,9]" },
		{ "[ ]", "[7 ,8,9]" },
		{ "[{\"a\":1}]", "[7,8,9]" },
		{ "[{\"a\":1},2 ]", "[7,2 ,8,9]" },
		{ "[2,{\"a\":1}, [3]]", "[7,2,[0,3],8,9]" },
		{ "{}", "{}" },
	};
	struct fixture			f;
	struct json_value		root, one;
	struct json_walk		walk;
	size_t				i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		root = begin(&f, cases[i].body);
		edits_append_element(&f.edits, root, text_of("8"));
		for (walk = json_walk(root); json_next(&walk); ) {
			one = walk.value;
			edits_insert_element(&f.edits, one, text_of("0"));
			if (json_is(one, JSON_OBJECT))
				edits_delete_element(&f.edits, root, one);
		}
		edits_insert_element(&f.edits, root, text_of("7"));
		edits_append_element(&f.edits, root, text_of("9"));
		assert_result(&f, cases[i].expected);
	}
}

static void
inserts_before_elements(void **state)
{
	struct fixture		f;
	struct json_value	root;

	(void)state;
	root = begin(&f, "[1, {\"a\":2},[3], 4]");
	edits_insert_before(&f.edits, json_at(root, 0), text_of("0"));
	edits_insert_before(&f.edits, json_at(root, 1), text_of("7"));
	edits_insert_before(&f.edits, json_at(root, 1), text_of("8"));
	edits_set_member(&f.edits, json_at(root, 1), "a", text_of("5"));
	edits_insert_before(&f.edits, json_at(root, 2), text_of("9"));
	edits_replace(&f.edits, json_at(root, 2), text_of("6"));
	edits_insert_before(&f.edits, json_at(root, 9), text_of("no"));
	assert_result(&f, "[0,1, 7,8,{\"a\":5},9,6, 4]");
}

static void
deletes_elements(void **state)
{
	static const struct {
		const char	*body;
		size_t		 one, other;
		const char	*expected;
	} cases[] = {
		{ "[1]", 0, 0, "[]" },
		{ "[1,2,3]", 0, 0, "[2,3]" },
		{ "[1,2,3]", 1, 1, "[1,3]" },
		{ "[1,2,3]", 2, 2, "[1,2]" },
		{ "[1,2,3]", 0, 2, "[2]" },
		{ "[1,2,3]", 1, 2, "[1]" },
		{ "[1,2,3]", 1, 0, "[3]" },
		{ "[ 1 , [2] ]", 0, 1, "[  ]" },
		{ "[{\"a\":[1]}, 2]", 0, 9, "[2]" },
	};
	struct fixture		f;
	struct json_value	root;
	size_t			i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		root = begin(&f, cases[i].body);
		edits_delete_element(&f.edits, root,
		    json_at(root, cases[i].one));
		edits_delete_element(&f.edits, root,
		    json_at(root, cases[i].other));
		assert_result(&f, cases[i].expected);
	}
	root = begin(&f, "[[1],2,3]");
	edits_delete_element(&f.edits, root, json_at(json_at(root, 0), 0));
	edits_delete_element(&f.edits, root, json_at(root, 1));
	edits_delete_element(&f.edits, json_at(root, 1), json_at(root, 2));
	assert_result(&f, "[[1],3]");
}

static void
inserts_text_into_strings(void **state)
{
	struct fixture		f;
	struct json_value	root;

	(void)state;
	root = begin(&f, "{\"system\":\"be nice\",\"b\":\"\",\"c\":1}");
	edits_insert_text(&f.edits, json_get(root, "system"),
	    escaped_of("You are Droid.\\n"));
	edits_insert_text(&f.edits, json_get(root, "b"), escaped_of("x"));
	edits_insert_text(&f.edits, json_get(root, "b"), escaped_of("y"));
	edits_insert_text(&f.edits, json_get(root, "c"), escaped_of("no"));
	edits_insert_text(&f.edits, json_get(root, "b"), escaped_of(""));
	assert_result(&f, "{\"system\":\"You are Droid.\\nbe nice\","
	    "\"b\":\"xy\",\"c\":1}");
}

static void
lets_the_outer_edit_win(void **state)
{
	struct fixture		f;
	struct json_value	root, a;

	(void)state;
	root = begin(&f, "{\"a\":{\"b\":[1,\"t\"],\"c\":2},\"d\":3}");
	a = json_get(root, "a");
	edits_insert_member(&f.edits, a, "n", text_of("0"));
	edits_insert_text(&f.edits, json_at(json_get(a, "b"), 1),
	    escaped_of("x"));
	edits_replace(&f.edits, a, text_of("5"));
	edits_replace(&f.edits, json_get(a, "c"), text_of("0"));
	edits_delete_member(&f.edits, a, "b");
	assert_result(&f, "{\"a\":5,\"d\":3}");

	root = begin(&f, "{\"a\":{\"b\":[1]},\"d\":3}");
	edits_delete_member(&f.edits, root, "a");
	edits_replace_member(&f.edits, root, "a", text_of("5"));
	edits_insert_element(&f.edits, json_get(json_get(root, "a"), "b"),
	    text_of("0"));
	assert_result(&f, "{\"d\":3}");

	root = begin(&f, "[\"t\"]");
	edits_insert_text(&f.edits, json_at(root, 0), escaped_of("x"));
	edits_replace(&f.edits, json_at(root, 0), text_of("1"));
	edits_replace(&f.edits, json_at(root, 0), text_of("2"));
	assert_result(&f, "[2]");

	root = begin(&f, "[1]");
	edits_replace(&f.edits, json_at(root, 0), text_of("1"));
	edits_delete_element(&f.edits, root, json_at(root, 0));
	assert_result(&f, "[]");
}

static void
inserts_into_closed_boxes(void **state)
{
	static const char	body[] = "{\"m\":[ ],\"n\":[1],\"o\":{}}";
	struct json_limits	limits = { 0, 1, 0 };
	struct fixture		f;
	struct json_value	root;

	(void)state;
	json_init(&f.document, NULL);
	assert_int_equal(json_scan(&f.document, body, strlen(body), &limits),
	    0);
	arena_init(&f.arena, 1 << 20, NULL);
	edits_start(&f.edits, &f.document, &f.arena);
	root = json_root(&f.document);
	edits_insert_element(&f.edits, json_get(root, "m"), text_of("0"));
	edits_insert_element(&f.edits, json_get(root, "n"), text_of("0"));
	edits_insert_member(&f.edits, json_get(root, "o"), "p", text_of("0"));
	assert_result(&f, "{\"m\":[0 ],\"n\":[0,1],\"o\":{\"p\":0}}");
}

/* Of [0,1,[2],3], when those in `deleted` (as digits) are asked to go, in turn. */
static void
last_is(const char *deleted, const char *last, const char *result)
{
	struct fixture		f;
	struct json_value	root = begin(&f, "[0,1,[2],3]");
	struct json_value	inner = json_at(root, 2);

	edits_replace(&f.edits, json_at(root, 0), text_of("4"));
	edits_delete_element(&f.edits, inner, json_at(inner, 0));
	for (; *deleted != '\0'; deleted++)
		edits_delete_element(&f.edits, root, json_at(root,
		    (size_t)(*deleted - '0')));
	assert_true(text_equals(json_raw(edits_last_element(&f.edits, root)),
	    last));
	assert_result(&f, result);
}

static void
tells_the_last_element_that_stays(void **state)
{
	(void)state;
	last_is("", "3", "[4,1,[],3]");
	last_is("0", "3", "[1,[],3]");
	last_is("3", "[2]", "[4,1,[]]");
	last_is("32", "1", "[4,1]");
	last_is("23", "1", "[4,1]");
	last_is("1230", "", "[]");
}

static void
changes_nothing_when_not_asked(void **state)
{
	struct fixture		f;
	struct json_value	missing = { NULL, 0 };
	struct edits		plain;
	struct edits_reader	reader;
	char			at[8];

	(void)state;
	begin(&f, " [1] ");
	edits_replace(&f.edits, missing, text_of("1"));
	edits_insert_member(&f.edits, missing, "a", text_of("1"));
	edits_insert_element(&f.edits, missing, text_of("1"));
	edits_set_member(&f.edits, missing, "a", text_of("1"));
	edits_delete_element(&f.edits, missing, missing);
	edits_insert_text(&f.edits, missing, escaped_of("a"));
	assert_result(&f, " [1] ");

	edits_plain(&plain, text_of("anything"));
	assert_false(edits_change(&plain));
	assert_int_equal(plain.length, 8);
	edits_rewind(&reader, &plain);
	assert_int_equal(edits_read(&reader, at, 5), 5);
	assert_memory_equal(at, "anyth", 5);
	assert_int_equal(edits_read(&reader, at, 8), 3);
	assert_int_equal(edits_read(&reader, at, 8), 0);
	edits_rewind(&reader, &plain);
	assert_int_equal(edits_read(&reader, at, 8), 8);
	assert_memory_equal(at, "anything", 8);
	edits_plain(&plain, text_of(""));
	edits_rewind(&reader, &plain);
	assert_int_equal(edits_read(&reader, at, 8), 0);
}

static void
replaces_a_span_of_plain_bytes(void **state)
{
	static const char	body[] = "one two";
	static const struct {
		size_t		 offset, length;
		const char	*with, *result;
	} all[] = {
		{ 0, 3, "1", "1 two" },
		{ 4, 3, "three", "one three" },
		{ 3, 0, "!", "one! two" },
		{ 0, 7, "", "" },
	};
	struct arena		arena;
	struct edits		edits;
	struct buf		out;
	size_t			i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		arena_init(&arena, 4096, NULL);
		buf_init(&out, 4096, NULL);
		assert_int_equal(edits_plain_but(&edits, text_of(body),
		    (struct text){ body + all[i].offset, all[i].length },
		    text_of(all[i].with), &arena), 0);
		assert_true(edits_change(&edits));
		assert_int_equal(edits.length, strlen(all[i].result));
		assert_int_equal(edits_render(&edits, &out), 0);
		assert_int_equal(out.length, strlen(all[i].result));
		assert_memory_equal(out.at == NULL ? "" : out.at,
		    all[i].result, out.length);
		buf_release(&out);
		arena_release(&arena);
	}
}

static void
fails_on_a_full_arena(void **state)
{
	struct json_value	root;
	struct fixture		f;
	size_t			max;
	int			result = -1;

	(void)state;
	for (max = 0; max < 1200; max += 20) {
		root = begin(&f, "{\"a\":1}");
		arena_init(&f.arena, max, NULL);
		edits_insert_member(&f.edits, root, "b", text_of("1"));
		edits_replace_member(&f.edits, root, "a", text_of("1"));
		result = edits_finish(&f.edits);
		assert_int_equal(result, f.arena.failed ? -1 : 0);
		arena_release(&f.arena);
		json_release(&f.document);
	}
	assert_int_equal(result, 0);
}

static unsigned int
next_random(unsigned int *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16 & 0x7fff;
}

static void
random_json(struct buf *out, unsigned int *seed, int depth)
{
	static const char *const	keys[] = { "\"a\"", "\"model\"",
					    "\"\\u0061\"", "\"x\\n\"", "\"\"" };
	static const char *const	spaces[] = { "", "", "", " ", "\n\t" };
	static const char *const	scalars[] = { "1e400", "-0", "true",
					    "null", "\"\"", "\"a\\\"b\"",
					    "\"model\"" };
	unsigned int			kind = next_random(seed) % 4, i, count;

	if (depth == 0 || kind > 1) {
		buf_puts(out, scalars[next_random(seed) % COUNT(scalars)]);
		return;
	}
	count = next_random(seed) % 5;
	buf_putc(out, kind == 0 ? '{' : '[');
	for (i = 0; i < count; i++) {
		buf_puts(out, i > 0 ? "," : "");
		buf_puts(out, spaces[next_random(seed) % COUNT(spaces)]);
		if (kind == 0) {
			buf_puts(out, keys[next_random(seed) % COUNT(keys)]);
			buf_puts(out,
			    spaces[next_random(seed) % COUNT(spaces)]);
			buf_putc(out, ':');
		}
		random_json(out, seed, depth - 1);
		buf_puts(out, spaces[next_random(seed) % COUNT(spaces)]);
	}
	buf_putc(out, kind == 0 ? '}' : ']');
}

/* Whatever is asked of whatever body: the plain model says the same. */
static void
does_what_the_model_does(void **state)
{
	unsigned char	bytes[400];
	struct buf	body;
	unsigned int	seed = 1, round;
	size_t		i;

	(void)state;
	buf_init(&body, 1 << 20, NULL);
	for (round = 0; round < 20000; round++) {
		buf_clear(&body);
		random_json(&body, &seed, 1 + (int)(round % 5));
		for (i = 0; i < sizeof(bytes); i++)
			bytes[i] = (unsigned char)next_random(&seed);
		bytes[1] %= 12;
		model_check(body.at, body.length,
		    (struct model_bytes){ bytes, sizeof(bytes) });
	}
	buf_release(&body);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(replaces_members_at_every_place),
		cmocka_unit_test(deletes_members_at_every_place),
		cmocka_unit_test(deletes_several_keys),
		cmocka_unit_test(inserts_behind_the_bracket),
		cmocka_unit_test(appends_behind_what_is_left),
		cmocka_unit_test(inserts_before_elements),
		cmocka_unit_test(deletes_elements),
		cmocka_unit_test(tells_the_last_element_that_stays),
		cmocka_unit_test(inserts_text_into_strings),
		cmocka_unit_test(lets_the_outer_edit_win),
		cmocka_unit_test(inserts_into_closed_boxes),
		cmocka_unit_test(changes_nothing_when_not_asked),
		cmocka_unit_test(replaces_a_span_of_plain_bytes),
		cmocka_unit_test(fails_on_a_full_arena),
		cmocka_unit_test(does_what_the_model_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
