#ifndef JSON_MEND_H
#define JSON_MEND_H

#include "buf.h"

/*
 * JSON out of what servers write for it though the grammar has no such thing,
 * where a reader can only mean one thing: bytes that are no UTF-8 become U+FFFD,
 * bare control characters in strings are escaped, the backslash of an unknown
 * escape is doubled, and NaN and Infinity are null. Added to `out`; what else is
 * wrong stays wrong: json_scan() tells. 0 or -1 (out is full).
 */
int	json_mend(struct buf *out, const char *, size_t length);

#endif
