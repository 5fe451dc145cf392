#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sha256.h"

static void
assert_digest(const struct text *texts, size_t count, const char *wanted)
{
	uint8_t	digest[SHA256_SIZE];
	char	hex[2 * SHA256_SIZE + 1];
	size_t	i;

	sha256(digest, texts, count);
	for (i = 0; i < SHA256_SIZE; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	assert_string_equal(hex, wanted);
}

/* FIPS 180-2, appendix B. */
static void
hashes_texts_one_behind_the_other(void **state)
{
	static const struct text	whole = TEXT_OF("abc");
	static const struct text	parts[] = { TEXT_OF("a"), TEXT_OF(""),
					    TEXT_OF("bc") };
	static const char		wanted[] = "ba7816bf8f01cfea414140de"
					    "5dae2223b00361a396177a9cb410ff61"
					    "f20015ad";

	(void)state;
	assert_digest(&whole, 1, wanted);
	assert_digest(parts, 3, wanted);
	assert_digest(NULL, 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4"
	    "649b934ca495991b7852b855");
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(hashes_texts_one_behind_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
