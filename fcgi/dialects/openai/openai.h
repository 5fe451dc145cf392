#ifndef OPENAI_H
#define OPENAI_H

#include "json_write.h"
#include "problem.h"

/*
 * What the two APIs of OpenAI have in common: the error object. Belongs to
 * neither dialect.
 */

/* `code` of the problem, its kind's, or NULL. */
const char *openai_code(const struct problem *);

/* A whole error body: {error: {message, type, param, code}}. */
void	openai_write_problem(struct json_write *, const struct problem *,
	    const char *request_id);

#endif
