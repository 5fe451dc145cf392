#ifndef MEDIA_H
#define MEDIA_H

#include "arena.h"
#include "json_write.h"
#include "problem.h"
#include "request.h"

/*
 * Where images and files stand as URLs (chat, responses): "data:image/png;
 * base64,..." (RFC 2397), or a URL proper; and where they stand as a `source`
 * (messages, and editors that leave its blocks in other APIs' bodies).
 */

/*
 * Takes a URL apart. `field` names it in the problem. 0, or -1 with
 * PROBLEM_INVALID: not a string, or a data URL that isn't base64.
 */
int	media_read_url(struct media *, struct arena *, struct json_value url,
	    const char *field, struct problem *);

/* A source's data, URL or file id. NULL, or why it can't be read. */
const char *media_read_source(struct media *, struct arena *,
	    struct json_value source);

/*
 * What clients say beside the documents: a data URL where data or a link is
 * wanted, data where a link is, base64 in lines or of the URL's alphabet, a type
 * that is missing, in capitals or not the file's. Then the data is base64 and
 * nothing else, and the type that of the file as far as its beginning or its name
 * tells.
 */
void	media_settle(struct media *, struct arena *);

/* Whether a type is of that family: "image/". */
bool	media_type_is(struct text type, const char *family);

/* Whether the file is text, by its type. */
bool	media_is_text(const struct media *);

/* The text that the data of such a file is; of other bytes an empty one. */
struct escaped	media_text(const struct media *, struct arena *);

/* The media as one string value. Plain text and file ids have none. */
void	media_put_url(struct json_write *, const struct media *);

/* What a name's or URL's ending says of the file; empty: nothing. */
struct text	media_type_of_name(struct text);

#endif
