#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"

static void
is_a_string_from_the_start(void **state)
{
	struct buf	buf;

	(void)state;
	buf_init(&buf, 100, NULL);
	assert_string_equal(buf.at, "");
	assert_int_equal(buf_add(&buf, "", 0), 0);
	assert_int_equal(buf_add(&buf, NULL, 0), 0);
	assert_int_equal(buf.capacity, 0);
	buf_consume(&buf, 0);
	buf_filled(&buf, 0);
	buf_clear(&buf);
	buf_release(&buf);
	assert_string_equal(buf.at, "");
}

static void
adds_in_every_way(void **state)
{
	struct buf	buf;
	int		i;

	(void)state;
	buf_init(&buf, 10000, NULL);
	assert_int_equal(buf_puts(&buf, "one"), 0);
	assert_int_equal(buf_putc(&buf, ' '), 0);
	assert_int_equal(buf_add(&buf, "t\0o", 3), 0);
	assert_int_equal(buf_printf(&buf, " %d%%", 300), 0);
	assert_int_equal(buf.length, 12);
	assert_memory_equal(buf.at, "one t\0o 300%", 13);
	for (i = 0; i < 500; i++)
		assert_int_equal(buf_printf(&buf, "%d,", i), 0);
	assert_int_equal(strlen(buf.at + 12), buf.length - 12);
	buf_consume(&buf, 12);
	assert_memory_equal(buf.at, "0,1,2,3,", 8);
	buf_consume(&buf, buf.length);
	assert_string_equal(buf.at, "");
	buf_release(&buf);
}

static void
keeps_what_was_there_at_its_ceiling(void **state)
{
	struct buf	buf;

	(void)state;
	buf_init(&buf, 10, NULL);
	assert_int_equal(buf_puts(&buf, "0123456789"), 0);
	assert_false(buf.failed);
	assert_int_equal(buf_putc(&buf, 'x'), -1);
	assert_int_equal(buf_printf(&buf, "%d", 1), -1);
	assert_null(buf_room(&buf, 1));
	assert_int_equal(buf_add(&buf, "", SIZE_MAX), -1);
	assert_true(buf.failed);
	assert_string_equal(buf.at, "0123456789");
	buf_consume(&buf, 4);
	assert_int_equal(buf_puts(&buf, "abcd"), 0);
	assert_true(buf.failed);
	assert_string_equal(buf.at, "456789abcd");
	buf_clear(&buf);
	assert_false(buf.failed);
	assert_string_equal(buf.at, "");
	buf_release(&buf);

	buf_init(&buf, SIZE_MAX, NULL);
	assert_int_equal(buf_puts(&buf, "x"), 0);
	assert_null(buf_room(&buf, SIZE_MAX - 1));
	assert_null(buf_room(&buf, SIZE_MAX));
	assert_string_equal(buf.at, "x");
	buf_release(&buf);

	buf_init(&buf, 0, NULL);
	assert_int_equal(buf_putc(&buf, 'x'), -1);
	assert_string_equal(buf.at, "");
	buf_release(&buf);
}

static void
lets_a_reader_fill_it(void **state)
{
	struct buf	 buf;
	char		*room;

	(void)state;
	buf_init(&buf, 100, NULL);
	room = buf_room(&buf, 100);
	assert_non_null(room);
	memcpy(room, "filled", 6);
	buf_filled(&buf, 6);
	assert_string_equal(buf.at, "filled");
	room = buf_room(&buf, 94);
	memset(room, 'x', 94);
	buf_filled(&buf, 94);
	assert_int_equal(strlen(buf.at), 100);
	buf_release(&buf);
}

static void
charges_its_budget(void **state)
{
	struct budget	budget;
	struct buf	buf, other;

	(void)state;
	budget_init(&budget, 100000);
	buf_init(&buf, 1 << 20, &budget);
	buf_init(&other, 1 << 20, &budget);
	assert_non_null(buf_room(&buf, 70000));
	assert_int_equal(budget.used, buf.capacity);
	assert_int_equal(buf_printf(&other, "%40000d", 1), -1);
	assert_true(other.failed);
	buf_clear(&buf);
	assert_int_equal(buf.capacity, 0);
	assert_int_equal(budget.used, 0);
	assert_int_equal(buf_printf(&other, "%40000d", 1), 0);
	buf_clear(&other);
	assert_true(other.capacity > 0);
	assert_string_equal(other.at, "");
	buf_release(&other);
	buf_release(&buf);
	assert_int_equal(budget.used, 0);
}

static void
takes_back_what_was_added_last(void **state)
{
	struct buf	buf;

	(void)state;
	buf_init(&buf, 8, NULL);
	buf_cut(&buf, 0);
	assert_string_equal(buf.at, "");
	buf_puts(&buf, "abcdef");
	assert_int_equal(buf_puts(&buf, "ghi"), -1);
	buf_cut(&buf, 3);
	assert_string_equal(buf.at, "abc");
	assert_false(buf.failed);
	buf_cut(&buf, 9);
	assert_int_equal(buf.length, 3);
	buf_release(&buf);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(is_a_string_from_the_start),
		cmocka_unit_test(adds_in_every_way),
		cmocka_unit_test(keeps_what_was_there_at_its_ceiling),
		cmocka_unit_test(lets_a_reader_fill_it),
		cmocka_unit_test(charges_its_budget),
		cmocka_unit_test(takes_back_what_was_added_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
