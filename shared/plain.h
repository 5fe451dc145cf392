#ifndef PLAIN_H
#define PLAIN_H

#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__AARCH64EL__) && defined(__ARM_NEON)
#include <arm_neon.h>
#endif

/*
 * Plain bytes, sixteen at a time. Plain is what stands in a JSON string for
 * itself and needs no look: printable ASCII and DEL, but neither '"' nor '\\'.
 *
 * plain_stops() reads the PLAIN_BLOCK bytes at `at`, aligned or not, and no
 * others: bit i of the result is set if and only if at[i] is not plain, the
 * bits above are zero. How is chosen when this is compiled: SSE2 on x86-64, NEON
 * on little-endian aarch64, elsewhere plain_stops_words(), which keeps the same
 * promise by nothing but C.
 *
 * Their common trick: exchanging the bytes 0x20 and 0x22 (and 0x21 and 0x23) by
 * an exclusive or with 2 puts '"' next to the control characters, so that
 * one comparison finds both; as signed bytes it finds what is not ASCII too.
 */
#define PLAIN_BLOCK	16
#define PLAIN_WIDE	64
#define PLAIN_FLIP	2
#define PLAIN_LEAST	0x21	/* of a flipped plain byte */

static inline int
plain_is(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* The eight bytes at `at` as bits: within a byte no sum carries over. */
static inline uint32_t
plain_stops_word(const unsigned char *at)
{
	const uint64_t	ones = UINT64_C(0x0101010101010101);
	uint64_t	word, low, plain;

	memcpy(&word, at, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	low = (word & ones * 0x7f) ^ ones * PLAIN_FLIP;
	plain = low + ones * (0x80 - PLAIN_LEAST);
	plain &= (low ^ ones * ('\\' ^ PLAIN_FLIP)) + ones * 0x7f;
	/* The top bits, moved next to each other. */
	word = (~plain | word) >> 7 & ones;
	return (uint32_t)(word * UINT64_C(0x0102040810204080) >> 56);
}

static inline uint32_t
plain_stops_words(const unsigned char *at)
{
	return plain_stops_word(at) | plain_stops_word(at + 8) << 8;
}

static inline uint32_t
plain_stops(const unsigned char *at)
{
#if defined(__SSE2__)
	__m128i	bytes, plain;

	bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
	bytes = _mm_xor_si128(bytes, _mm_set1_epi8(PLAIN_FLIP));
	plain = _mm_cmpgt_epi8(bytes, _mm_set1_epi8(PLAIN_LEAST - 1));
	bytes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\' ^ PLAIN_FLIP));
	plain = _mm_andnot_si128(bytes, plain);
	return (uint32_t)_mm_movemask_epi8(plain) ^ 0xffff;
#elif defined(__AARCH64EL__) && defined(__ARM_NEON)
	static const uint8_t	bits[PLAIN_BLOCK] = { 1, 2, 4, 8, 16, 32, 64,
	    128, 1, 2, 4, 8, 16, 32, 64, 128 };
	uint8x16_t		bytes, stops;

	bytes = veorq_u8(vld1q_u8(at), vdupq_n_u8(PLAIN_FLIP));
	stops = vcltq_s8(vreinterpretq_s8_u8(bytes),
	    vdupq_n_s8(PLAIN_LEAST));
	stops = vorrq_u8(stops, vceqq_u8(bytes,
	    vdupq_n_u8('\\' ^ PLAIN_FLIP)));
	stops = vandq_u8(stops, vld1q_u8(bits));
	stops = vpaddq_u8(stops, stops);
	stops = vpaddq_u8(stops, stops);
	stops = vpaddq_u8(stops, stops);
	return vgetq_lane_u16(vreinterpretq_u16_u8(stops), 0);
#else
	return plain_stops_words(at);
#endif
}

/* The same of four blocks, for long texts. */
static inline uint64_t
plain_stops_wide(const unsigned char *at)
{
	uint64_t	low, high;

	low = plain_stops(at) | plain_stops(at + PLAIN_BLOCK) << PLAIN_BLOCK;
	at += 2 * PLAIN_BLOCK;
	high = plain_stops(at) | plain_stops(at + PLAIN_BLOCK) << PLAIN_BLOCK;
	return high << 2 * PLAIN_BLOCK | low;
}

/* The first byte that is not plain, `end` if all are. */
static inline const unsigned char *
plain_end(const unsigned char *at, const unsigned char *end)
{
	uint32_t	stops;

	for (; end - at >= PLAIN_BLOCK; at += PLAIN_BLOCK) {
		stops = plain_stops(at);
		if (stops != 0)
			return at + __builtin_ctz(stops);
	}
	while (at < end && plain_is(*at))
		at++;
	return at;
}

#endif
