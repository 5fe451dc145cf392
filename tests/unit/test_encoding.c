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

static void
base64_is_read_in_either_alphabet(void **state)
{
	static const char *const	texts[] = { "//77wA==", "__77wA",
	    "__77wA==", "//77wA" };
	static const char *const	bad[] = { "Z", "Zg===", "Zm 8", "Zg=a" };
	char				out[16];
	size_t				i;

	(void)state;
	for (i = 0; i < 4; i++) {
		assert_int_equal(base64_decode(out, texts[i],
		    strlen(texts[i])), 4);
		assert_memory_equal(out, "\xff\xfe\xfb\xc0", 4);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(base64_decode(out, bad[i], strlen(bad[i])), -1);
}

static void
a_quad_is_written_over_its_bytes(void **state)
{
	char	at[5] = "\xff\xfe\xfb";

	(void)state;
	base64_quad(at, (const unsigned char *)at, 3);
	assert_string_equal(at, "//77");
	base64_quad(at, (const unsigned char *)"\xc0", 1);
	assert_string_equal(at, "wA==");
	base64_quad(at, (const unsigned char *)"\xc0\xff", 2);
	assert_string_equal(at, "wP8=");
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(hexadecimal_digits_are_in_either_case),
		cmocka_unit_test(a_percent_sign_needs_two_digits),
		cmocka_unit_test(all_but_unreserved_is_percent_encoded),
		cmocka_unit_test(base64url_goes_there_and_back),
		cmocka_unit_test(base64_is_read_in_either_alphabet),
		cmocka_unit_test(a_quad_is_written_over_its_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
