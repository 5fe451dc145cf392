#ifndef JSON_STRING_H
#define JSON_STRING_H

#include <stdbool.h>

/*
 * The inside of a JSON string (RFC 8259 section 7), where the scan of a request
 * spends its time.
 *
 * `at` is behind the opening quote. Passes what may stand in a string: plain
 * bytes (plain.h), well-formed UTF-8, whole escapes; returns the first byte that
 * is not such: the closing quote, a control character, a byte that begins no
 * character, a backslash that begins no escape; `end` when there is none.
 * Sets *escaped when a backslash was passed, and else leaves it alone.
 */
const unsigned char	*json_string_end(const unsigned char *at,
			    const unsigned char *end, bool *escaped);

#endif
