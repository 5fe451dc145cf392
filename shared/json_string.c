#include "build.h"

#include <stddef.h>
#include <stdint.h>

#include "json_string.h"
#include "plain.h"
#include "utf8.h"

/* What a byte is in an escape, besides a backslash or an 'u'. */
enum escape_byte {
	ESCAPE_SECOND = 1,	/* ends an escape of two bytes */
	ESCAPE_HEX = 2,
};

static const unsigned char	escape_bytes[256] = {
	['"'] = ESCAPE_SECOND, ['/'] = ESCAPE_SECOND,
	['0' ... '9'] = ESCAPE_HEX, ['A' ... 'F'] = ESCAPE_HEX,
	['\\'] = ESCAPE_SECOND, ['a'] = ESCAPE_HEX,
	['b'] = ESCAPE_SECOND | ESCAPE_HEX, ['c' ... 'e'] = ESCAPE_HEX,
	['f'] = ESCAPE_SECOND | ESCAPE_HEX, ['n'] = ESCAPE_SECOND,
	['r'] = ESCAPE_SECOND, ['t'] = ESCAPE_SECOND,
};

/* Whether an escape of two bytes stands at `at`, where two are. */
static inline bool
is_pair(const unsigned char *at)
{
	return at[0] == '\\' && (escape_bytes[at[1]] & ESCAPE_SECOND) != 0;
}

/* Whether a \uXXXX stands at `at`, where six bytes are. */
static inline bool
is_unit(const unsigned char *at)
{
	return at[0] == '\\' && at[1] == 'u' && (escape_bytes[at[2]] &
	    escape_bytes[at[3]] & escape_bytes[at[4]] & escape_bytes[at[5]] &
	    ESCAPE_HEX) != 0;
}

/* Behind what stands here and is neither plain nor a pair; `at`: nothing. */
static __attribute__((noinline)) const unsigned char *
others_end(const unsigned char *at, const unsigned char *end)
{
	if (*at >= 0x80)
		return utf8_run(at, end);
	while (end - at >= 6 && is_unit(at))
		at += 6;
	return at;
}

/*
 * Passes the pairs among the stops of a wide block, and says which stops are
 * left. *last is where the last one looked at stands.
 */
static inline uint64_t
pairs_pass(const unsigned char *at, uint64_t stops, size_t *last)
{
	size_t	i;

	do {
		i = (size_t)__builtin_ctzll(stops);
		if (!is_pair(at + i))
			break;
		stops &= ~UINT64_C(3) << i;
	} while (stops != 0);
	*last = i;
	return stops;
}

/*
 * Passes wide blocks, up to what ends the string or the last bytes of the text:
 * what begins in a block may be looked at as a whole. A pair may reach into the
 * next block, whose first byte then is no stop; behind what reaches farther a
 * new block begins. So the address of a block seldom waits for what was found
 * in the one before it.
 */
static const unsigned char *
wide_pass(const unsigned char *at, const unsigned char *end, bool *escaped)
{
	const unsigned char	*stop, *next;
	uint64_t		 stops, left, pairs = 0, skip = 0;
	size_t			 i = 0, over;

	for (; end - at >= PLAIN_WIDE + UTF8_MAX; at += PLAIN_WIDE) {
		stops = plain_stops_wide(at) & ~skip;
		skip = 0;
		while (stops != 0) {
			left = pairs_pass(at, stops, &i);
			pairs |= stops ^ left;
			if (left == 0) {
				skip = (i + 1) / PLAIN_WIDE;
				break;
			}
			stop = at + i;
			if (utf8_is_three(stop) && stop[3] < 0x80)
				next = stop + 3;
			else
				next = others_end(stop, end);
			if (next == stop) {
				*escaped |= pairs != 0;
				return stop;
			}
			pairs |= *stop == '\\';
			over = (size_t)(next - at);
			if (over >= PLAIN_WIDE) {
				at = next - PLAIN_WIDE;
				break;
			}
			stops = left & ~UINT64_C(0) << over;
		}
	}
	*escaped |= pairs != 0;
	return at + skip;
}

const unsigned char *
json_string_end(const unsigned char *at, const unsigned char *end,
    bool *escaped)
{
	const unsigned char	*stop;

	at = wide_pass(at, end, escaped);
	while (at < end && *at != '"') {
		stop = plain_end(at, end);
		if (stop == end)
			return end;
		at = end - stop > 1 && is_pair(stop) ? stop + 2 :
		    others_end(stop, end);
		if (at == stop)
			break;
		if (*stop == '\\')
			*escaped = true;
	}
	return at;
}
