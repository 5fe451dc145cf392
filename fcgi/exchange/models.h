#ifndef MODELS_H
#define MODELS_H

#include "client/client.h"
#include "config.h"
#include "json_write.h"
#include "route.h"

/*
 * The answers to GET /v1/models and GET /v1/models/NAME, in the shape of the
 * API that asks: Anthropic's when the request carries anthropic-version,
 * Google's under /v1beta, else OpenAI's. Names of redirects are models too;
 * wildcard entries are not listed, but a name that one matches is found.
 */
enum models_shape {
	MODELS_OPENAI,
	MODELS_ANTHROPIC,
	MODELS_GOOGLE,
};

enum models_shape models_shape(const struct client *, const struct route *);

void	models_write_list(struct json_write *, const struct config *,
	    enum models_shape);

/* 0, or -1 with PROBLEM_MISSING. */
int	models_write_one(struct json_write *, const struct config *,
	    enum models_shape, const char *name, struct problem *);

/*
 * The entry that serves a name: its redirect followed once, then the first
 * entry that matches. *id is the name that goes upstream. NULL with the problem
 * set when there is none.
 */
const struct model *models_find(const struct config *, const char *name,
	    const char **id, struct problem *);

#endif
