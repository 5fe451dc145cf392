#ifndef PATTERN_H
#define PATTERN_H

#include <stdbool.h>

#include "text.h"

/*
 * Regular expressions in schemas. They are written for JavaScript, as JSON Schema
 * has it; OpenAI compiles them as Python's and refuses the request over one that
 * it can't.
 */

/*
 * Whether OpenAI takes it: no look to either side, no names of groups but
 * Python's, no escape that Python doesn't know (\p{L}, \u{1f600}, \cA). Of what
 * else may be wrong with it, only a class that doesn't end is seen.
 */
bool	pattern_is_portable(struct text);

/* The same of a string as it stands in its JSON. */
bool	pattern_escaped_is_portable(struct escaped);

#endif
