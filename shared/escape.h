#ifndef ESCAPE_H
#define ESCAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "text.h"
#include "utf8.h"

/*
 * Walks what an escaped span decodes to, piece by piece: runs without an escape
 * are borrowed, an escape (a pair of surrogates is one) is decoded in the walk:
 *
 *	struct escape_walk walk = escape_walk(escaped);
 *	while (escape_next(&walk, &piece))
 *		use(piece);
 *
 * No piece is empty, and together they are never longer than the span. A lone
 * surrogate becomes U+FFFD and sets walk.lone. A backslash that begins no
 * escape, which a scanned document cannot hold, stands for itself.
 */
struct escape_walk {
	const char	*at, *end;
	bool		 lone;
	char		 decoded[UTF8_MAX];
};
struct escape_walk	escape_walk(struct escaped);
bool			escape_next(struct escape_walk *, struct text *piece);

/*
 * How many characters (code points) a span decodes to. The second adds them, and
 * the bytes.
 */
int64_t			escape_characters(struct escaped);
void			escape_measure(struct escaped, int64_t *bytes,
			    int64_t *characters);

/*
 * A character beyond the first 65536 is two escapes: whether a span ends with the
 * first of them, or begins with the second, without the other.
 */
#define ESCAPE_UNIT	6		/* \ud83d */
#define ESCAPE_UNKNOWN	"\\ufffd"
bool			escape_ends_high(struct escaped);
bool			escape_begins_low(struct escaped);

/* Whether a span decodes to `text`. */
bool			escape_equals(struct escaped, struct text text);

#endif
