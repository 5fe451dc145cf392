#ifndef EMBEDDING_H
#define EMBEDDING_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "json.h"
#include "json_write.h"
#include "lost.h"
#include "problem.h"

/*
 * A question for embeddings and its answer, in no API's words: a vector for each
 * text, in their order. An API's row of the table of operations (operation.h)
 * has an embedder, which reads and writes both.
 */
struct embedding {
	struct arena		*arena;
	const char		*model;		/* decoded */
	struct losses		*losses;	/* of the question */

	/* The question; its texts are of no use once it is written. */
	struct escaped		*texts;
	size_t			 count;
	int64_t			 dimensions;	/* 0: the model's own */
	bool			 base64;	/* vectors as bytes, not numbers */

	/* The answer: `count` arrays of numbers. */
	struct json_value	*vectors;
	int64_t			 tokens;	/* of all texts; 0: not said */
};

struct embedder {
	/* 0, or -1 with the problem set. */
	int	(*read_request)(struct embedding *, struct json_value body,
		    struct problem *);
	void	(*write_request)(struct json_write *,
		    const struct embedding *);
	/* Sets vectors, of which there is room for `count`: how many came. */
	size_t	(*read_reply)(struct embedding *, struct json_value reply);
	void	(*write_reply)(struct json_write *, const struct embedding *);
};

/* Room for so many texts: 0, or -1 with the problem set. */
int	embedding_make_room(struct embedding *, size_t count,
	    struct problem *);

/* A vector as a string: its numbers as little-endian float32, in base64. */
void	embedding_write_base64(struct json_write *, struct json_value vector);

/*
 * The question in another API's words, and the answer back in the client's own;
 * `body` and `reply` are what came. 0, or -1 with the problem set.
 */
int	embedding_ask(struct embedding *, const struct embedder *client,
	    const struct embedder *upstream, struct json_value body,
	    struct buf *out, struct problem *);
int	embedding_answer(struct embedding *, const struct embedder *client,
	    const struct embedder *upstream, struct json_value reply,
	    struct buf *out, struct problem *);

#endif
