#ifndef OPENAI_H
#define OPENAI_H

#include "json_write.h"
#include "problem.h"

/*
 * What the two APIs of OpenAI have in common: the error object. Belongs to
 * neither dialect.
 */

/* 402 is unknown there: 429; so is 529: 503. */
int	openai_status(const struct problem *);

/* `code` of the problem, its kind's, or NULL. */
const char *openai_code(const struct problem *);

/* The error object {message, type, param, code}, as a value. */
void	openai_put_error(struct json_write *, const struct problem *);

/* A whole error body. */
void	openai_write_problem(struct json_write *, const struct problem *,
	    const char *request_id);

#endif
