#ifndef UTF8_H
#define UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * The characters under the JSON scanner and the text functions; inline because
 * they are where the time goes.
 */

#define UTF8_MAX		4		/* bytes of one character */
#define UTF8_REPLACEMENT	0xfffd		/* for what is no character */

/* Whether a byte is one of a sequence, but not its first. */
static inline int
utf8_follows(unsigned char c)
{
	return (int8_t)c < -64;		/* 0x80 to 0xbf */
}

/*
 * Length of the well-formed sequence that begins at `at` (RFC 3629 section 4:
 * no overlong forms, no surrogates, nothing above U+10FFFF); 0 if there is none.
 */
static inline size_t
utf8_sequence(const unsigned char *at, const unsigned char *end)
{
	size_t	room = (size_t)(end - at);

	if (room == 0)
		return 0;
	if (at[0] < 0x80)
		return 1;
	if (room < 2 || !utf8_follows(at[1]) || at[0] < 0xc2)
		return 0;
	if (at[0] < 0xe0)
		return 2;
	if (room < 3 || !utf8_follows(at[2]))
		return 0;
	if (at[0] < 0xf0) {
		if ((at[0] == 0xe0 && at[1] < 0xa0) ||
		    (at[0] == 0xed && at[1] > 0x9f))
			return 0;
		return 3;
	}
	if (room < 4 || !utf8_follows(at[3]) || at[0] > 0xf4 ||
	    (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
		return 0;
	return 4;
}

/* Whether one stands here of two or three bytes, of those that most are of. */
static inline int
utf8_is_two(const unsigned char *at)
{
	return (unsigned char)(at[0] - 0xc2) <= 0xdf - 0xc2 &&
	    utf8_follows(at[1]);
}
static inline int
utf8_is_three(const unsigned char *at)
{
	return (unsigned char)(at[0] - 0xe1) <= 0xec - 0xe1 &&
	    utf8_follows(at[1]) && utf8_follows(at[2]);
}

/*
 * Behind the well-formed sequences that are not ASCII and begin at `at`, one
 * after the other; `at` if none does.
 */
static inline const unsigned char *
utf8_run(const unsigned char *at, const unsigned char *end)
{
	const unsigned char	*last = at;	/* of those quickly read */
	size_t			 length;

	if (end - at > UTF8_MAX)
		last = end - UTF8_MAX;
	do {
		while (at < last && utf8_is_two(at))
			at += 2;
		while (at < last && utf8_is_three(at))
			at += 3;
		length = at < end && *at >= 0x80 ? utf8_sequence(at, end) : 0;
		at += length;
	} while (length > 0);
	return at;
}

/* Writes a code point, which must not be a surrogate; returns its length. */
static inline size_t
utf8_put(char *out, uint32_t code)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

#endif
