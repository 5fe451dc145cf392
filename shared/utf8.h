#ifndef UTF8_H
#define UTF8_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/*
 * The byte loops under the JSON scanner and the text functions; inline because
 * they are where the time goes.
 */

#define UTF8_MAX		4		/* bytes of one character */
#define UTF8_REPLACEMENT	0xfffd		/* for what is no character */

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
	if (room < 2 || (at[1] & 0xc0) != 0x80 || at[0] < 0xc2)
		return 0;
	if (at[0] < 0xe0)
		return 2;
	if (room < 3 || (at[2] & 0xc0) != 0x80)
		return 0;
	if (at[0] < 0xf0) {
		if ((at[0] == 0xe0 && at[1] < 0xa0) ||
		    (at[0] == 0xed && at[1] > 0x9f))
			return 0;
		return 3;
	}
	if (room < 4 || (at[3] & 0xc0) != 0x80 || at[0] > 0xf4 ||
	    (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
		return 0;
	return 4;
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

/* Whether a byte is printable ASCII or DEL and neither '"' nor '\\'. */
static inline int
utf8_is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* The first byte that is not plain, `end` if all are. */
static inline const unsigned char *
utf8_plain(const unsigned char *at, const unsigned char *end)
{
#ifdef __SSE2__
	const __m128i	quote = _mm_set1_epi8('"');
	const __m128i	backslash = _mm_set1_epi8('\\');
	const __m128i	space = _mm_set1_epi8(' ');
	__m128i		bytes, odd;
	int		mask;

	/* As signed bytes what is not ASCII is negative: below the space. */
	for (; end - at >= 16; at += 16) {
		bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
		odd = _mm_or_si128(_mm_cmplt_epi8(bytes, space),
		    _mm_or_si128(_mm_cmpeq_epi8(bytes, quote),
		    _mm_cmpeq_epi8(bytes, backslash)));
		mask = _mm_movemask_epi8(odd);
		if (mask != 0)
			return at + __builtin_ctz((unsigned int)mask);
	}
#else
	const uint64_t	ones = UINT64_C(0x0101010101010101);
	uint64_t	word, quote, backslash;

	/* A byte minus one borrows its top bit only if it was zero. */
	for (; end - at >= 8; at += 8) {
		memcpy(&word, at, sizeof(word));
		quote = word ^ ones * '"';
		backslash = word ^ ones * '\\';
		if (((word | (word - ones * ' ') | (quote - ones) |
		    (backslash - ones)) & ones * 0x80) != 0)
			break;
	}
#endif
	while (at < end && utf8_is_plain(*at))
		at++;
	return at;
}

#endif
