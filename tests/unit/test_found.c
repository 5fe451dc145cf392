#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "found.h"

static struct arena arena;

static int
make_arena(void **state)
{
	(void)state;
	arena_init(&arena, 1024 * 1024, NULL);
	return 0;
}

static int
end_arena(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static int
parse(struct found_models *all, const char *endpoint, const char *text)
{
	return found_parse(all, endpoint, text, strlen(text), &arena);
}

static void
expect(const struct found_models *all, size_t i, const char *endpoint,
    const char *id, int64_t context, int64_t output)
{
	assert_true(i < all->count);
	assert_string_equal(all->at[i].endpoint, endpoint);
	assert_string_equal(all->at[i].id, id);
	assert_int_equal(all->at[i].context_window, context);
	assert_int_equal(all->at[i].max_output_tokens, output);
}

static void
every_shape_is_read(void **state)
{
	struct found_models	all = { NULL, 0 };

	(void)state;
	assert_int_equal(parse(&all, "a", "{\"object\":\"list\",\"data\":["
	    "{\"id\":\"m\",\"max_model_len\":4096},{\"id\":\"n\","
	    "\"context_length\":0}]}"), 2);
	assert_int_equal(parse(&all, "b", "{\"data\":[{\"type\":\"model\","
	    "\"id\":\"claude\",\"max_input_tokens\":200000,"
	    "\"max_tokens\":64000}],\"has_more\":false}"), 1);
	assert_int_equal(parse(&all, "c", "{\"models\":[{\"name\":"
	    "\"models/gemini\",\"inputTokenLimit\":1000,"
	    "\"outputTokenLimit\":10}]}"), 1);
	assert_int_equal(all.count, 4);
	expect(&all, 0, "a", "m", 4096, 0);
	expect(&all, 1, "a", "n", 0, 0);
	expect(&all, 2, "b", "claude", 200000, 64000);
	expect(&all, 3, "c", "gemini", 1000, 10);
}

static void
what_is_no_list_is_refused(void **state)
{
	static const char *const	bad[] = { "", "x", "[]", "{}",
	    "{\"data\":{}}", "{\"data\":[", "null", "<html>" };
	struct found_models		all = { NULL, 0 };
	size_t				i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse(&all, "a", bad[i]), -1);
	assert_int_equal(parse(&all, "a", "{\"data\":[1,{},{\"id\":\"\"},"
	    "{\"id\":7},{\"id\":\"a\\nb\"},{\"id\":\"a\\u0000b\"},"
	    "{\"id\":\"good\",\"max_tokens\":\"9\"}]}"), 1);
	assert_int_equal(all.count, 1);
	expect(&all, 0, "a", "good", 0, 0);
}

static void
what_is_written_is_read(void **state)
{
	struct found_models	all = { NULL, 0 }, again;
	struct problem		problem;
	char			path[] = "/tmp/test_found.XXXXXX";
	int			fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	parse(&all, "a \"b\"", "{\"data\":[{\"id\":\"m\","
	    "\"context_window\":7},{\"id\":\"\\u00e4\\\"\"}]}");
	parse(&all, "c", "{\"data\":[{\"id\":\"m\"}]}");
	assert_int_equal(found_write(path, &all, &problem), 0);
	assert_int_equal(found_read(path, &again, &arena), 0);
	assert_int_equal(again.count, 3);
	expect(&again, 0, "a \"b\"", "m", 7, 0);
	expect(&again, 1, "a \"b\"", "\xc3\xa4\"", 0, 0);
	expect(&again, 2, "c", "m", 0, 0);
	all.count = 0;
	assert_int_equal(found_write(path, &all, &problem), 0);
	assert_int_equal(found_read(path, &again, &arena), 0);
	assert_int_equal(again.count, 0);
	unlink(path);
	assert_int_equal(found_read(path, &again, &arena), 0);
	assert_int_equal(again.count, 0);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test_setup_teardown(every_shape_is_read,
		    make_arena, end_arena),
		cmocka_unit_test_setup_teardown(what_is_no_list_is_refused,
		    make_arena, end_arena),
		cmocka_unit_test_setup_teardown(what_is_written_is_read,
		    make_arena, end_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
