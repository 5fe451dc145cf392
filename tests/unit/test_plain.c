/* Each way to find the bytes that are not plain, against plain_is(). */
#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plain.h"

static uint64_t
stops_by_byte(const unsigned char *at, size_t length)
{
	uint64_t	stops = 0;
	size_t		i;

	for (i = 0; i < length; i++)
		if (at[i] < 0x20 || at[i] > 0x7f || at[i] == '"' ||
		    at[i] == '\\')
			stops |= UINT64_C(1) << i;
	return stops;
}

static void
check(const unsigned char *at)
{
	uint64_t	wide = stops_by_byte(at, PLAIN_WIDE);

	assert_int_equal(plain_stops(at), wide & 0xffff);
	assert_int_equal(plain_stops_words(at), wide & 0xffff);
	assert_true(plain_stops_wide(at) == wide);
}

static void
sees_every_byte_at_every_place(void **state)
{
	unsigned char	bytes[2 * PLAIN_WIDE];
	size_t		start, place;
	int		c, others;

	(void)state;
	for (others = 0; others < 256; others += 51)
		for (c = 0; c < 256; c++)
			for (place = 0; place < PLAIN_WIDE; place++) {
				start = (size_t)c % PLAIN_BLOCK;
				memset(bytes, others, sizeof(bytes));
				bytes[start + place] = (unsigned char)c;
				check(bytes + start);
			}
}

static void
sees_many_at_once(void **state)
{
	static const unsigned char	corners[] = {
		0, 0x1f, 0x20, 0x21, '"', 0x23, '[', '\\', ']', '^', 0x7e,
		0x7f, 0x80, 0xa2, 0xdc, 0xff,
	};
	unsigned char			bytes[PLAIN_WIDE + PLAIN_BLOCK];
	size_t				round, i;

	(void)state;
	srand(1);
	for (round = 0; round < 100000; round++) {
		for (i = 0; i < sizeof(bytes); i++)
			bytes[i] = corners[rand() % 16];
		check(bytes + round % PLAIN_BLOCK);
	}
}

static void
finds_the_first(void **state)
{
	unsigned char	*bytes;
	size_t		 start, length, place;

	(void)state;
	for (length = 1; length < 70; length++) {
		bytes = malloc(length);
		assert_non_null(bytes);
		for (start = 0; start < length; start++)
			for (place = start; place < length; place++) {
				memset(bytes, 'a', length);
				assert_ptr_equal(plain_end(bytes + start,
				    bytes + length), bytes + length);
				memset(bytes + place, '\n', length - place);
				assert_ptr_equal(plain_end(bytes + start,
				    bytes + length), bytes + place);
			}
		assert_ptr_equal(plain_end(bytes + length, bytes + length),
		    bytes + length);
		free(bytes);
	}
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(sees_every_byte_at_every_place),
		cmocka_unit_test(sees_many_at_once),
		cmocka_unit_test(finds_the_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
