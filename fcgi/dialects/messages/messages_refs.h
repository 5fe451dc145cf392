#ifndef MESSAGES_REFS_H
#define MESSAGES_REFS_H

#include "json.h"

/*
 * The `$ref`s of a schema, of which structured output takes those alone that
 * don't lead back to where they stand.
 */
#define MESSAGES_REFS_MAX	256

struct ref {
	const char	*at;		/* where its text stands in the JSON */
	struct text	 target;	/* the schema it means, empty if unknown */
	enum { REF_NEW, REF_ENTERED, REF_LEFT, REF_CLOSING } state;
};

/* Borrows from the schema's document. */
struct refs {
	struct ref	refs[MESSAGES_REFS_MAX];
	size_t		count;
	bool		full;		/* there are others */
};

/* Those that mean a part of the schema itself, by "#" and a JSON pointer. */
void	messages_refs_find(struct refs *, struct json_value schema);

/* Whether one means that part of the schema, or something in it; it may. */
bool	messages_refs_enter(const struct refs *, struct json_value part);

/*
 * Whether this one closes a circle: without all such there is none left. So does
 * each that is one too many, and all of a schema too long to look into, 1 MiB.
 */
bool	messages_ref_recurs(const struct refs *, struct json_value ref);

#endif
