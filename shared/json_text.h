#ifndef JSON_TEXT_H
#define JSON_TEXT_H

#include "arena.h"
#include "buf.h"
#include "json.h"

/*
 * Between the two spellings of text: escaped (inside a JSON string, RFC 8259
 * section 7) and decoded (UTF-8).
 */

/*
 * Decodes. Borrows the span itself when it holds no backslash, else allocates
 * from the arena. Lone surrogates become U+FFFD and set *lone (which may be
 * NULL, and is never cleared). A NUL (\u0000) is kept: look at the length.
 * On a full arena the result is empty and arena->failed is set.
 */
struct text	text_decode(struct arena *, struct escaped, bool *lone);

/* The same as a NUL-terminated copy; NULL on a full arena or a NUL inside. */
char		*text_decode_string(struct arena *, struct escaped);

/*
 * Appends text in escaped form, without quotes: ", \ and controls only. Bytes
 * that are not valid UTF-8 become U+FFFD, so that the result always is JSON.
 * Returns 0 or -1 (buf is full).
 */
int		text_encode(struct buf *, struct text);

/*
 * The escaped form of text, as text_encode() writes it; borrows the text when
 * nothing needs escaping. Empty on a full arena, with arena->failed set.
 */
struct escaped	text_escape(struct arena *, struct text);

/*
 * Appends what an escaped span decodes to, in pieces and without an arena.
 * For a tool call's arguments, which are JSON inside a JSON string. The span
 * may be cut anywhere between escapes, but a pair of surrogates cut in two is
 * two lone ones. Returns 0 or -1 (buf is full).
 */
int		text_decode_into(struct buf *, struct escaped, bool *lone);

/* A literal C string as either. */
struct text	text_of(const char *);
struct escaped	escaped_of(const char *); /* must need no escaping */

bool		text_equals(struct text, const char *);
bool		text_same(struct text, struct text);
bool		text_is_blank(struct text); /* empty or ASCII white space */

/* The same of the decoded text, without decoding it as a whole. */
bool		escaped_is_blank(struct escaped);

/*
 * Whether the decoded text begins with `prefix`; for the system prompt that
 * must not be injected twice.
 */
bool		escaped_starts_with(struct escaped, struct text prefix);
/* Whether it ends so as it stands, without an escape. */
bool		escaped_ends_with(struct escaped, struct text);

/* Bytes that are valid UTF-8 from the start; length when all are. */
size_t		utf8_valid(const char *, size_t length);

#endif
