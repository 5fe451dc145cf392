#ifndef OPENAI_H
#define OPENAI_H

#include "dialects/dialect.h"
#include "json_write.h"
#include "problem.h"

/*
 * What the two APIs of OpenAI have in common: headers, the error object, and
 * models. Belongs to neither dialect.
 */
extern const struct dialect_header	openai_plain_headers[],
					openai_reply_headers[];

/* What is neither dialect's but its family's (openai_operations.c). */
extern const struct operation		openai_operations[];

/* 402 is unknown there: 429; so is 529: 503. */
int	openai_status(const struct problem *);

/* `code` of the problem, its kind's, or NULL. */
const char *openai_code(const struct problem *);

/* The error object {message, type, param, code}, as a value. */
void	openai_put_error(struct json_write *, const struct problem *);

/* A whole error body. */
void	openai_write_problem(struct json_write *, const struct problem *,
	    const char *request_id);

/* A model object, and a list of them. */
void	openai_write_model(struct json_write *, const struct named_model *);
void	openai_write_models(struct json_write *, const struct named_model *,
	    size_t count);

#endif
