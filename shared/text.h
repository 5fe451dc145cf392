#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>

/*
 * Two spans of text that must not be confused: the inside of a JSON string as
 * it stands in the document, backslashes and all, and text after decoding.
 * Compare, hash, measure, split and build headers only from decoded text.
 * Neither is NUL-terminated unless it says so; all zeros is an empty one.
 */
struct escaped {
	const char	*at;
	size_t		 length;
};
struct text {
	const char	*at;
	size_t		 length;
};
#define TEXT_OF(literal)	{ literal, sizeof(literal) - 1 }

#endif
