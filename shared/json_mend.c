#include "build.h"

#include <stdbool.h>
#include <string.h>

#include "json_mend.h"
#include "json_text.h"

#define REPLACEMENT	"\xef\xbf\xbd"	/* U+FFFD */

/* Python's numbers that are none. */
static const char *const no_numbers[] = { "NaN", "-Infinity", "Infinity" };

/* In a string, from `at` on: how many bytes it takes. */
static size_t
mend_character(struct buf *out, const char *at, size_t length)
{
	size_t	valid;

	if ((unsigned char)*at < ' ') {
		buf_printf(out, "\\u%04x", (unsigned char)*at);
		return 1;
	}
	if (*at == '\\') {
		buf_putc(out, '\\');
		if (length == 1 || strchr("\"\\/bfnrtu", at[1]) == NULL ||
		    at[1] == '\0') {
			buf_putc(out, '\\');
			return 1;
		}
		buf_putc(out, at[1]);
		return 2;
	}
	for (valid = 1; valid < 4 && valid < length &&
	    (at[valid] & 0xc0) == 0x80; valid++)
		continue;
	if (utf8_valid(at, valid) == valid) {
		buf_add(out, at, valid);
		return valid;
	}
	buf_puts(out, REPLACEMENT);
	return 1;
}

/* Between strings. */
static size_t
mend_token(struct buf *out, const char *at, size_t length)
{
	size_t	i, word;

	for (i = 0; i < sizeof(no_numbers) / sizeof(no_numbers[0]); i++) {
		word = strlen(no_numbers[i]);
		if (length >= word && memcmp(at, no_numbers[i], word) == 0) {
			buf_puts(out, "null");
			return word;
		}
	}
	buf_putc(out, *at);
	return 1;
}

int
json_mend(struct buf *out, const char *at, size_t length)
{
	bool	string = false;
	size_t	i = 0;

	while (i < length && !out->failed) {
		if (at[i] == '"') {
			string = !string;
			buf_putc(out, '"');
			i++;
		} else if (string) {
			i += mend_character(out, at + i, length - i);
		} else {
			i += mend_token(out, at + i, length - i);
		}
	}
	return out->failed ? -1 : 0;
}
