#ifndef OPENAI_H
#define OPENAI_H

#include "dialects/dialect.h"
#include "json_write.h"
#include "neutral/embedding.h"
#include "problem.h"

/*
 * What the two APIs of OpenAI have in common: headers, the error object, and
 * models. Belongs to neither dialect.
 */
extern const struct dialect_header	openai_plain_headers[],
					openai_reply_headers[];

/* openai_embedding.c */
extern const struct embedder		openai_embedder;

/* What is neither dialect's but its family's (openai_operations.c). */
extern const struct operation		openai_operations[];

/*
 * Editors send conversations in the words of one of the two APIs on the other's
 * path. That other dialect, or DIALECT_KINDS: it is the path's own, or neither.
 */
enum dialect_kind openai_written_in(struct json_value body,
	    enum dialect_kind path);

/* `code` of the problem, its kind's where that is what programs act by, or NULL. */
const char *openai_code(const struct problem *);

/* A whole error body: {error: {message, type, param, code}}. */
void	openai_write_problem(struct json_write *, const struct problem *,
	    const char *request_id);

/* A model object, and a list of them. */
void	openai_write_model(struct json_write *, const struct named_model *);
void	openai_write_models(struct json_write *,
	    const struct model_list *);

#endif
