/* The portable loop of utf8_plain(); the scanner's tests see the other one. */
#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#undef __SSE2__
#include "utf8.h"

static void
finds_the_first_byte_that_is_not_plain(void **state)
{
	unsigned char		bytes[40];
	const unsigned char	*end = bytes + sizeof(bytes);
	size_t			start, odd, length;
	int			c;

	(void)state;
	for (start = 0; start < 9; start++)
		for (odd = start; odd < sizeof(bytes); odd++)
			for (c = 0; c < 256; c++) {
				memset(bytes, c % 2 ? ' ' : '\x7f',
				    sizeof(bytes));
				bytes[odd] = (unsigned char)c;
				length = utf8_is_plain(bytes[odd]) ?
				    sizeof(bytes) : odd;
				assert_ptr_equal(utf8_plain(bytes + start, end),
				    bytes + length);
			}
}

static void
writes_what_it_reads(void **state)
{
	char		bytes[UTF8_MAX];
	uint32_t	code;
	size_t		length;

	(void)state;
	for (code = 0; code <= 0x10ffff; code++) {
		length = utf8_put(bytes, code);
		if (code >= 0xd800 && code <= 0xdfff)
			assert_int_equal(utf8_sequence(
			    (unsigned char *)bytes,
			    (unsigned char *)bytes + length), 0);
		else if (utf8_sequence((unsigned char *)bytes,
		    (unsigned char *)bytes + length) != length)
			fail_msg("U+%04X", (unsigned int)code);
	}
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(finds_the_first_byte_that_is_not_plain),
		cmocka_unit_test(writes_what_it_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
