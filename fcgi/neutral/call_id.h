#ifndef CALL_ID_H
#define CALL_ID_H

#include "tool_names.h"

/*
 * Ids of calls. An upstream wants to see its own again as they were, but not
 * every API takes every character: there an id is packed, and comes back as it
 * was. All of these are pure, or prefixes would change from turn to turn.
 */

/* Longest id that is not packed or fitted, whatever it is made of. */
#define CALL_ID_MAX	128

/*
 * For APIs that take letters, digits, '_' and '-' alone: itself when it is made
 * of these, else packed; one longer than `max` is cut, with a hash.
 */
struct text	call_id_pack(struct arena *, struct text id, size_t max);

/* What was packed; what was not stays. */
struct text	call_id_unpack(struct arena *, struct text id);

/* For the others: itself, unless it is too long or not printable. */
struct text	call_id_fit(struct arena *, struct text id, size_t max);

/* For Mistral's: itself when it is of nine letters and digits, else such a hash. */
struct text	call_id_nine(struct arena *, struct text id);

/* Another in place of one that is taken; `again` is 1, 2, 3 ... */
struct text	call_id_again(struct arena *, struct text id, uint64_t again);

#endif
