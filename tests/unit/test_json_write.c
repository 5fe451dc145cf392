#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "json_text.h"
#include "json_write.h"

static void
writes_every_kind(void **state)
{
	struct json_document	document;
	struct json_value	missing = { NULL, 0 };
	struct json_write	w;
	struct buf		buf;

	(void)state;
	json_init(&document, NULL);
	assert_int_equal(json_scan(&document, "{\"x\": [1e400 ]}", 15, NULL),
	    0);
	buf_init(&buf, 10000, NULL);
	json_write_start(&w, &buf);
	json_put_object(&w);
	json_member_string(&w, "s", "a\"b\n");
	json_member_text(&w, "t", text_of("\xc3\xa9"));
	json_member_escaped(&w, "e", escaped_of("\\u00e9"));
	json_member_int(&w, "i", INT64_MIN);
	json_member_bool(&w, "b", true);
	json_member_null(&w, "n");
	json_member_value(&w, "v", json_get(json_root(&document), "x"));
	json_member_value(&w, "m", json_get(json_root(&document), "y"));
	json_member_raw(&w, "r", text_of("{\"q\":[]}"));
	json_put_key_escaped(&w, escaped_of("k\\n"));
	json_put_array(&w);
	json_put_null(&w);
	json_put_raw(&w, text_of("false"));
	json_put_int(&w, 0);
	json_put_string(&w, "");
	json_put(&w, "'%u%s'", 7u, "\tx");
	json_put_string_start(&w);
	json_add_text(&w, text_of("one\n"));
	json_add_escaped(&w, escaped_of("\\ntwo"));
	json_put_string_end(&w);
	json_put_string_start(&w);
	json_put_string_end(&w);
	json_put_value(&w, missing);
	json_put_array(&w);
	json_put_end(&w);
	json_put_object(&w);
	json_put_end(&w);
	json_put_end(&w);
	json_member_int(&w, "z", 1);
	json_put_end(&w);
	assert_int_equal(json_write_finish(&w), 0);
	assert_string_equal(buf.at, "{\"s\":\"a\\\"b\\n\",\"t\":\"\xc3\xa9\","
	    "\"e\":\"\\u00e9\",\"i\":-9223372036854775808,\"b\":true,"
	    "\"n\":null,\"v\":[1e400 ],\"r\":{\"q\":[]},\"k\\n\":[null,false,"
	    "0,\"\",\"7\\tx\",\"one\\n\\ntwo\",\"\",null,[],{}],\"z\":1}");
	buf_release(&buf);
	json_release(&document);
}

static void
fills_shapes(void **state)
{
	struct json_document	document;
	struct json_write	w;
	struct json_value	missing = { NULL, 0 };
	struct escaped		none = { NULL, 0 };
	struct buf		buf;

	(void)state;
	json_init(&document, NULL);
	assert_int_equal(json_scan(&document, "[ 7 ]", 5, NULL), 0);
	buf_init(&buf, 10000, NULL);
	json_write_start(&w, &buf);
	json_put(&w, "{'s':%s,'t':%t,'e':%e,'n':%n,'m':%n,'a':[", "a\"b\n",
	    text_of("\xc3\xa9\n"), escaped_of("\\u00e9"), escaped_of("x"), none);
	json_put(&w, "%d,%u", INT64_MIN, 7u);
	json_put(&w, "{}");
	json_put(&w, "[");
	json_put(&w, "]");
	json_put(&w, "%b", true);
	json_put_int(&w, 3);
	json_put(&w, "],'b':%b,'v':%v,'w':%v", false, json_root(&document),
	    missing);
	json_put(&w, "'r':%r,'q':", text_of("{\"x\":[]}"));
	json_put(&w, "null,'o':{");
	json_put(&w, "'id':'{%t_%e:%u'", text_of("a\n"), escaped_of("b\\n"), 2u);
	json_member_int(&w, "i", 1);
	json_put(&w, "},'h':{'i':'");
	json_add_text(&w, text_of("j"));
	json_put_string_end(&w);
	json_put(&w, "'k':1},'c':'");
	json_put(&w, "%s,", "x");
	json_put(&w, "y','p':{'k':");
	json_put_array(&w);
	json_put_end(&w);
	json_put(&w, "'l':1}}");
	assert_int_equal(json_write_finish(&w), 0);
	assert_string_equal(buf.at, "{\"s\":\"a\\\"b\\n\",\"t\":\"\xc3\xa9\\n\","
	    "\"e\":\"\\u00e9\",\"n\":\"x\",\"m\":null,\"a\":["
	    "-9223372036854775808,7,{},[],true,3],\"b\":false,\"v\":[ 7 ],"
	    "\"w\":null,\"r\":{\"x\":[]},\"q\":null,\"o\":{\"id\":"
	    "\"{a\\n_b\\n:2\",\"i\":1},\"h\":{\"i\":\"j\",\"k\":1},"
	    "\"c\":\"x,y\",\"p\":{\"k\":[],"
	    "\"l\":1}}");
	buf_release(&buf);
	buf_init(&buf, 10, NULL);
	json_write_start(&w, &buf);
	json_put(&w, "{'more than':['ten',%d]}", (int64_t)1);
	assert_int_equal(json_write_finish(&w), -1);
	buf_release(&buf);
	json_release(&document);
}

static void
nests_deeply(void **state)
{
	struct json_document	document;
	struct json_write	w;
	struct buf		buf;
	int			i;

	(void)state;
	buf_init(&buf, 10000, NULL);
	json_write_start(&w, &buf);
	for (i = 0; i < JSON_DEPTH_MAX; i++) {
		if (i % 2 == 0) {
			json_put_array(&w);
			json_put_int(&w, i);
		} else {
			json_put_object(&w);
			json_put_key(&w, "a");
		}
	}
	json_put_null(&w);
	for (i = 0; i < JSON_DEPTH_MAX; i++)
		json_put_end(&w);
	assert_int_equal(json_write_finish(&w), 0);
	json_init(&document, NULL);
	assert_int_equal(json_scan(&document, buf.at, buf.length, NULL), 0);
	json_release(&document);
	buf_release(&buf);
}

static void
tells_what_did_not_fit_or_end(void **state)
{
	struct json_write	w;
	struct buf		buf;

	(void)state;
	buf_init(&buf, 10, NULL);
	json_write_start(&w, &buf);
	json_put_array(&w);
	json_put_string(&w, "more than ten");
	json_put_end(&w);
	assert_int_equal(json_write_finish(&w), -1);
	buf_clear(&buf);
	json_write_start(&w, &buf);
	assert_int_equal(json_write_finish(&w), -1);
	json_put_array(&w);
	assert_int_equal(json_write_finish(&w), -1);
	json_put_end(&w);
	assert_int_equal(json_write_finish(&w), 0);
	buf_release(&buf);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(writes_every_kind),
		cmocka_unit_test(fills_shapes),
		cmocka_unit_test(nests_deeply),
		cmocka_unit_test(tells_what_did_not_fit_or_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
