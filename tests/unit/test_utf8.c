/* Characters written and read; the scanner's tests see what is none. */
#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "utf8.h"

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
		cmocka_unit_test(writes_what_it_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
