#ifndef EDITS_H
#define EDITS_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "buf.h"
#include "json.h"

/*
 * The edit lane: the client's body with a few spans replaced, everything else
 * byte for byte. The body is never copied as a whole; the edits are applied
 * while it is sent.
 *
 *	edits_start(&edits, &document, arena);
 *	edits_set_member(&edits, root, "model", text_of("\"gpt\""));
 *	if (edits_finish(&edits) == -1) ...
 *	edits_rewind(&reader, &edits);
 *	while ((length = edits_read(&reader, at, sizeof(at))) > 0) ...
 *
 * Whatever is asked for, in whatever order, the result is valid JSON as long as
 * the texts given are: commas are placed at the end, when it is known what is
 * left of a container. Where edits meet, the outer one wins: what is asked for
 * inside a value that is replaced or deleted vanishes; deleting wins over
 * replacing, a later replacement over an earlier one.
 *
 * Texts to put in are borrowed, JSON unless said otherwise, and must live as
 * long as the edits; in the arena, or static. The body must too. The tokens are
 * not needed once edits_finish() returned 0. Values that are missing, or of
 * another kind than an operation is for, are left alone.
 */
struct edit;
struct splice;

struct edits {
	const struct json_document	*document;	/* until finished */
	struct arena			*arena;		/* for texts to put in */
	struct text			 body;		/* borrowed */
	struct edit			*newest;
	size_t				 asked;		/* edits in the list */
	bool				 failed;
	struct splice			*splices;	/* in order, apart */
	size_t				 count;		/* of splices */
	size_t				 length;	/* of the result, exact */
};

void	edits_start(struct edits *, const struct json_document *,
	    struct arena *);

/* A body to be sent as it is; these edits are finished. */
void	edits_plain(struct edits *, struct text body);

/* The same with one span of it replaced. 0, or -1: no memory. */
int	edits_plain_but(struct edits *, struct text body, struct text span,
	    struct text with, struct arena *);

/* One value. */
void	edits_replace(struct edits *, struct json_value, struct text json);

/*
 * The values of all members with that (decoded) key, duplicates too; returns
 * how many there are. edits_set_member() inserts the member if there is none;
 * its key must be plain ASCII.
 */
size_t	edits_replace_member(struct edits *, struct json_value object,
	    const char *key, struct text json);
size_t	edits_delete_member(struct edits *, struct json_value object,
	    const char *key);
void	edits_set_member(struct edits *, struct json_value object,
	    const char *key, struct text json);

/* One element; `element` must be one of `array`. */
void	edits_delete_element(struct edits *, struct json_value array,
	    struct json_value element);

/* The last element that no edit deletes; JSON_NOTHING: none, or no memory. */
struct json_value	edits_last_element(struct edits *,
	    struct json_value array);

/*
 * Right after the container's bracket, edits_append_element() right before the
 * other one; several calls for one container keep their order. The container may
 * be a closed box of the scan. The key must be plain ASCII; `json` of an element
 * may be several with commas between.
 */
void	edits_insert_member(struct edits *, struct json_value object,
	    const char *key, struct text json);
void	edits_insert_element(struct edits *, struct json_value array,
	    struct text json);
void	edits_append_element(struct edits *, struct json_value array,
	    struct text json);

/* Another element right before one that no edit deletes. */
void	edits_insert_before(struct edits *, struct json_value element,
	    struct text json);

/* Text in front of a string's own; several calls keep their order. */
void	edits_insert_text(struct edits *, struct json_value string,
	    struct escaped);

/*
 * Puts the edits in order and computes edits->length; no operation may follow.
 * Returns 0, or -1 when the arena was full, now or before.
 */
int	edits_finish(struct edits *);

/* Whether anything changes; for finished edits. */
bool	edits_change(const struct edits *);

/* Reads the result; any number of readers of finished edits may exist. */
struct edits_reader {
	const struct edits	*edits;
	size_t			 offset;	/* in the body */
	size_t			 splice;	/* the next one, */
	size_t			 within;	/* bytes of its text read */
};

/* To the start, at first and again. */
void	edits_rewind(struct edits_reader *, const struct edits *);

/* Up to `length` bytes into `to`; returns how many, 0 only at the end. */
size_t	edits_read(struct edits_reader *, char *to, size_t length);

/* Appends the whole result: 0, or -1 when it does not fit. */
int	edits_render(const struct edits *, struct buf *);

#endif
