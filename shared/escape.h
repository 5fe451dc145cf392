#ifndef ESCAPE_H
#define ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Decodes the escape at `at`, which points to a backslash with `length` > 0
 * bytes from there: a pair of surrogates counts as one. Puts 1 to UTF8_MAX bytes
 * into `out` and their number into *written. Returns how many bytes the escape
 * took, at least 1.
 *
 * A lone surrogate becomes U+FFFD and sets *lone (may be NULL). What is no
 * escape, which a scanned document cannot hold, becomes U+FFFD too.
 */
size_t	escape_decode(const char *at, size_t length, char *out,
	    size_t *written, bool *lone);

#endif
