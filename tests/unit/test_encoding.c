#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "encoding.h"

static void
hexadecimal_digits_are_in_either_case(void **state)
{
	(void)state;
	assert_int_equal(hex_digit('0'), 0);
	assert_int_equal(hex_digit('9'), 9);
	assert_int_equal(hex_digit('a'), 10);
	assert_int_equal(hex_digit('F'), 15);
	assert_int_equal(hex_digit('g'), -1);
	assert_int_equal(hex_digit('G'), -1);
	assert_int_equal(hex_digit('@'), -1);
	assert_int_equal(hex_digit('\x10'), -1);
	assert_int_equal(hex_digit('\0'), -1);
	assert_int_equal(hex_digit(':'), -1);
}

static void
a_percent_sign_needs_two_digits(void **state)
{
	(void)state;
	assert_int_equal(percent_byte("%2f", 3), '/');
	assert_int_equal(percent_byte("%fFx", 4), 0xff);
	assert_int_equal(percent_byte("%2", 2), -1);
	assert_int_equal(percent_byte("%2f", 2), -1);
	assert_int_equal(percent_byte("%2g", 3), -1);
	assert_int_equal(percent_byte("2f0", 3), -1);
}

static void
all_but_unreserved_is_percent_encoded(void **state)
{
	struct buf	buf;

	(void)state;
	buf_init(&buf, 1024, NULL);
	percent_add(&buf, "aZ09-._~ /:@\xc3\xa9%", "");
	assert_string_equal(buf.at, "aZ09-._~%20%2F%3A%40%C3%A9%25");
	buf_clear(&buf);
	percent_add(&buf, "a:b@c/d", ":@");
	assert_string_equal(buf.at, "a:b@c%2Fd");
	buf_release(&buf);
}

static void
base64url_goes_there_and_back(void **state)
{
	static const char *const	texts[] = { "", "Zg", "Zm8", "Zm9v",
	    "Zm9vYg", "Zm9vYmE", "Zm9vYmFy" };
	static const char *const	bad[] = { "Z", "Zm9vY", "Zg==", "Zm 8",
	    "Zm+8", "Zm/8" };
	struct buf			buf;
	char				out[16];
	size_t				i;

	(void)state;
	for (i = 0; i < 7; i++) {
		buf_init(&buf, 1024, NULL);
		base64url_add(&buf, "foobar", i);
		assert_string_equal(buf.at, texts[i]);
		assert_int_equal(base64url_decode(out, buf.at, buf.length),
		    (int)i);
		assert_memory_equal(out, "foobar", i);
		buf_release(&buf);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(base64url_decode(out, bad[i],
		    strlen(bad[i])), -1);
	buf_init(&buf, 1024, NULL);
	base64url_add(&buf, "\xff\xfe\xfb\xf0", 4);
	assert_string_equal(buf.at, "__778A");
	buf_release(&buf);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(hexadecimal_digits_are_in_either_case),
		cmocka_unit_test(a_percent_sign_needs_two_digits),
		cmocka_unit_test(all_but_unreserved_is_percent_encoded),
		cmocka_unit_test(base64url_goes_there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
