#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "allowance.h"
#include "json_text.h"

#define NOW	1800000000

static const char	factory[] = "{\"limits\":{\"standard\":{"
    "\"fiveHour\":{\"usedPercent\":12.5,"
    "\"windowEnd\":\"2027-01-15T08:30:00.123Z\"},"
    "\"weekly\":{\"usedPercent\":100,\"windowEnd\":1800100000},"
    "\"monthly\":{\"usedPercent\":101,\"windowEnd\":1800200000000},"
    "\"odd\":{\"used\":1},\"none\":null},"
    "\"core\":{\"five\\\"Hour\":{\"usedPercent\":0}},\"extra\":7}}";

static void
reads_what_factory_says(void **state)
{
	struct allowance	one = { .count = 0 };

	(void)state;
	assert_int_equal(allowance_read_answer(&one, text_of(factory)), 0);
	assert_int_equal(one.count, 4);
	assert_string_equal(one.windows[0].pool, "standard");
	assert_string_equal(one.windows[0].name, "fiveHour");
	assert_true(one.windows[0].used > 12.4 && one.windows[0].used < 12.6);
	assert_int_equal(one.windows[0].ends_at, 1800001800);
	assert_int_equal(one.windows[1].ends_at, 1800100000);
	assert_int_equal(one.windows[2].ends_at, 1800200000);
	assert_string_equal(one.windows[3].name, "five__Hour");
	assert_int_equal(one.windows[3].ends_at, 0);
}

static void
leaves_what_it_does_not_know(void **state)
{
	static const char *const	others[] = { "", "null", "7", "[]", "{}",
	    "{\"limits\":[]}", "{\"limits\":{\"a\":[1]}}", "{\"limits\":",
	    "{\"limits\":{\"a\":{\"b\":{\"usedPercent\":\"9\"}}}}",
	    "{\"limits\":{\"a\":{\"b\":{\"usedPercent\":-1}}}}" };
	struct allowance		one = { .count = 1 };
	size_t				i;

	(void)state;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_int_equal(allowance_read_answer(&one,
		    text_of(others[i])), -1);
		assert_int_equal(one.count, 1);
	}
}

/* Of two that are used up the one that lasts; what has ended says nothing. */
static void
finds_the_fullest(void **state)
{
	struct allowance		one = { .count = 0 };
	const struct allowance_window	*window;
	char				text[ALLOWANCE_TEXT];

	(void)state;
	allowance_read_answer(&one, text_of(factory));
	window = allowance_fullest(&one, "standard", NOW);
	assert_string_equal(window->name, "monthly");
	assert_int_equal(allowance_left(window), 0);
	assert_string_equal(allowance_say(text, window, NOW),
	    "monthly (standard): 101 % used, ends in 2 d 7 h");
	assert_int_equal(allowance_left(allowance_fullest(&one, "core", NOW)),
	    100);
	assert_string_equal(allowance_fullest(&one, "unheard of", NOW)->name,
	    "monthly");
	assert_int_equal(allowance_left(allowance_fullest(&one, "standard",
	    1800300000)), -1);
}

static void
comes_back_as_it_was_written(void **state)
{
	static struct allowances	all, read;
	struct allowance_reader		reader;
	struct allowance		found;
	struct json_write		w;
	struct buf			text;
	char				file[] = "/tmp/allowance.XXXXXX";
	int				fd = mkstemp(file);

	(void)state;
	all.count = 1;
	snprintf(all.accounts[0].id, ALLOWANCE_ID, "user_1");
	snprintf(all.accounts[0].problem, 32, "status 500");
	allowance_read_answer(&all.accounts[0], text_of(factory));
	buf_init(&text, ALLOWANCE_FILE_MAX, NULL);
	json_write_start(&w, &text);
	allowances_write(&w, &all);
	assert_int_equal(json_write_finish(&w), 0);
	assert_int_equal(allowances_read(&read, (struct text){ text.at,
	    text.length }), 0);
	assert_int_equal(read.count, 1);
	assert_string_equal(read.accounts[0].problem, "status 500");
	assert_int_equal(read.accounts[0].count, 4);
	assert_int_equal(read.accounts[0].windows[2].ends_at, 1800200000);
	assert_int_equal(allowances_read(&read, text_of("{\"version\":2}")),
	    -1);

	assert_int_equal(write(fd, text.at, text.length), text.length);
	allowance_reader_init(&reader, file);
	assert_true(allowance_find(&reader, "user_1", &found));
	assert_int_equal(found.count, 4);
	assert_false(allowance_find(&reader, "user_2", &found));
	allowance_reader_release(&reader);
	buf_release(&text);
	close(fd);
	unlink(file);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(reads_what_factory_says),
		cmocka_unit_test(leaves_what_it_does_not_know),
		cmocka_unit_test(finds_the_fullest),
		cmocka_unit_test(comes_back_as_it_was_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
