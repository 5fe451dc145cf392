#ifndef PROBLEM_READ_H
#define PROBLEM_READ_H

#include <stdbool.h>

#include "arena.h"
#include "json.h"
#include "problem.h"

/*
 * What an upstream's error body means, whatever its shape: an `error` object or
 * string of OpenAI, Anthropic or Google, an array around it, the shapes of
 * servers that imitate them, plain text, HTML.
 *
 * Sets kind, message, and where the body says so parameter, code and
 * retry_after_s. The status stays the upstream's where it agrees with the kind.
 * A retry_after_s that the problem already has (of the header) is kept: begin
 * with problem_clear(). The kind is never PROBLEM_NONE afterwards, nor the message
 * empty.
 */
void	problem_read(struct problem *, int status, struct arena *,
	    struct json_value body);

/*
 * Whether a reply with a status of success, or an event of it, is none but tells
 * of a failure, in whatever spelling. An empty `error` beside an answer does not.
 */
bool	problem_is_said(struct json_value body);

/* The same of an `error` alone. */
bool	problem_is_error(struct json_value error);

/*
 * An answer that ended with a word for a failure ("network_error"), and what was
 * said of it, if anything: text, or an object that has one.
 */
void	problem_of_end(struct problem *, struct arena *,
	    struct json_value word, struct json_value sentence);

/* The same of a body that json_scan() was given, whether it is JSON or not. */
void	problem_read_body(struct problem *, int status, struct arena *,
	    const struct json_document *body);

/*
 * The same of an answer with a status of success that is no JSON: cut, or not the
 * API's, but a page of something that stands before it.
 */
void	problem_of_no_json(struct problem *, struct text body);

/* The same of a body that isn't JSON. */
void	problem_read_text(struct problem *, int status, struct text body);

#endif
