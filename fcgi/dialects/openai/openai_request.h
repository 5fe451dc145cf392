#ifndef OPENAI_REQUEST_H
#define OPENAI_REQUEST_H

#include "neutral/request.h"

/*
 * What the requests of OpenAI's two APIs have in common: a body is an object
 * whose fields are read one by one, by a table. Belongs to neither dialect.
 */

struct openai_field {
	const char	*name;		/* NULL in the last entry */
	int		(*read)(struct request *, struct json_value,
			    const struct openai_field *, struct problem *);
	size_t		 offset;	/* in struct request, for some */
	enum lost	 lost;		/* for openai_read_lost */
};

#define OPENAI_IN(member)	offsetof(struct request, member)

/*
 * Reads each field of `body` that isn't null, in the client's order: of several
 * that say the same the last one wins. By the dialect's own table, then by that
 * of the fields that both APIs have; what is in neither is lost. 0 or -1 with
 * the problem.
 */
int	openai_read_fields(struct request *, struct json_value body,
	    const struct openai_field *own, struct problem *);

/* The problem of a field that must be something else: -1. */
int	openai_wrong(const struct openai_field *, struct problem *,
	    const char *must);

/* Read elsewhere, or means nothing to anybody else. */
int	openai_read_nothing(struct request *, struct json_value,
	    const struct openai_field *, struct problem *);
int	openai_read_lost(struct request *, struct json_value,
	    const struct openai_field *, struct problem *);

/* To the place at `offset`: struct text, struct json_value. */
int	openai_read_number(struct request *, struct json_value,
	    const struct openai_field *, struct problem *);
int	openai_read_object(struct request *, struct json_value,
	    const struct openai_field *, struct problem *);

/* max_tokens, by each of its names. */
int	openai_read_max_tokens(struct request *, struct json_value,
	    const struct openai_field *, struct problem *);

/* How many of the likeliest tokens, 0 to 20; -1 with the problem. */
int	openai_top_logprobs(struct json_value, const struct openai_field *,
	    struct problem *);

/* A schema for the answer: {name, description, schema, strict}. */
void	openai_read_schema(struct request *, struct json_value);

/* `strict` as a tri-state: 0, 1, or what it was when it isn't said. */
void	openai_read_strict(int *, struct json_value holder);

/* "none", "auto", "required"; 0 or -1. */
int	openai_read_mode(struct choice *, struct json_value);

#endif
