#ifndef OPERATION_H
#define OPERATION_H

#include <stdbool.h>

#include "arena.h"
#include "config.h"
#include "json.h"

/*
 * What a client can ask for, as one table: a row says which path and methods
 * ask for it, where its model is named, how it is served, and where an endpoint
 * has it. A dialect gives the rows of its API (dialect.h), own_operations.c those
 * that belong to none. Whoever treats two operations differently asks the row for
 * a fact, and never which row it is.
 *
 * `path` is what stands behind the version ("/v1/"), in any case. {model} in it
 * is a model's name, with slashes or not; {id} is one segment of letters,
 * digits, '-', '_', '.' and '~' alone; a slash and a star at its end are
 * whatever follows, and nothing.
 */
#define ALLOWS_GET	1u		/* and HEAD */
#define ALLOWS_POST	2u
#define ALLOWS_DELETE	4u
#define ALLOWS_PATCH	8u
#define ALLOWS_ALL	(~0u)

/* Those that rows allow: as Allow has them, and the one to use; NULL ends. */
struct operation_method {
	unsigned	 bit;
	const char	*allow, *word;
};
extern const struct operation_method	operation_methods[];

#define OPERATION_MODEL	"{model}"
#define OPERATION_ID	"{id}"
#define OPERATION_NAMES	2u		/* {id}s of a path, or its {model} */

enum serving {
	SERVED_CONVERTED,	/* by any endpoint, translated where it must */
	SERVED_PASSED,		/* by one of the same dialect, or family,
				 * that has it: bytes, but for the model */
	SERVED_LOCALLY,		/* by the gateway: `own` says with what */
	SERVED_NOT,		/* the API has it, the gateway does not: 501 */
};

enum model_place {
	MODEL_IN_BODY,		/* its member `model`; `stream` is there, too */
	MODEL_IN_PATH,
	MODEL_NONE,		/* what an endpoint keeps, files and the like:
				 * it goes to the one that is the default */
};

/* What the gateway answers by itself (exchange/local.c). */
enum own_answer {
	OWN_NONE,
	OWN_PREFLIGHT,		/* headers alone */
	OWN_MODELS,
	OWN_MODEL,
	OWN_HEALTH,
	OWN_STATUS,
	OWN_METRICS,
	OWN_USAGE,
	OWN_LAST,		/* exchanges */
	OWN_ABOUT,		/* what there is; to people, the page */
	OWN_ANSWERS
};

enum body_form {
	BODY_JSON,		/* an object */
	BODY_FORM,		/* the same, or multipart/form-data */
	BODY_BYTES,		/* anything, or nothing: never looked into */
};

struct edits;
struct embedder;
struct policy;

struct operation {
	const char		*path;		/* NULL ends a list */
	unsigned		 methods;
	enum serving		 serving;
	enum operation_kind	 kind;		/* unless served locally or not */
	enum model_place	 model;
	enum body_form		 body;
	bool			 stream;	/* the path asks for a stream: an
						 * array, or events by alt=sse */
	bool			 websocket;	/* clients try GET with Upgrade */

	/*
	 * Where the API has it. "/v1/messages/count_tokens" takes the place of
	 * what conversations have here ("/v1/messages") at the end of the path
	 * of an endpoint's base_url; ":countTokens" is a method behind {model}
	 * there, followed by upstream_query. Without a model it stands behind
	 * what is in front of conversations there, and upstream_front in front
	 * of all. NULL: an endpoint is never asked by this row.
	 */
	const char		*upstream;
	const char		*upstream_query;	/* "alt=sse", or NULL */
	const char		*upstream_front;	/* "/upload", or NULL */

	/*
	 * Where the answer names a URL of the upstream's to go on with, which
	 * becomes ours: header fields, whose URL's query says it; a member of
	 * its object or of those in its `data`, whose path does. Or NULL.
	 */
	const char *const	*link_headers;
	const char		*link_key;	/* the parameter that names what
						 * such a header's URL is of */
	const char		*link_member;

	/*
	 * It counts tokens, and this member of the answer holds them: where no
	 * endpoint counts, the gateway estimates. NULL: it does not count.
	 */
	const char		*count_member;

	/*
	 * A summary of the conversation in the body is wanted: where the
	 * endpoint doesn't have the row, its model is asked to write one.
	 */
	bool			 summary;

	/*
	 * Passed JSON: puts the model's name in its place, and changes what the
	 * upstream can't take; NULL: the name is the member `model`, and nothing
	 * else changes. And where it is for embeddings, how the API says them:
	 * then an endpoint of another one, which has them too, will do.
	 */
	void			(*edit)(struct edits *, struct json_value body,
				    const struct policy *);
	const struct embedder	*embedder;

	enum own_answer		 own;		/* of what is served locally */
};

/* A row of what an endpoint keeps: its methods, and its path there. */
#define OPERATION_KEPT(word, which, there)				\
	.path = word, .methods = which, .serving = SERVED_PASSED,	\
	.kind = OPERATION_STORED, .model = MODEL_NONE,			\
	.body = BODY_BYTES, .upstream = there word

/* Whether the body is a conversation, to be answered or counted. */
bool	operation_is_conversation(const struct operation *);

/* Whether it is one of that list, which may be NULL. */
bool	operation_is_of(const struct operation *, const struct operation *list);

/*
 * Whether the row is for this path; `names` is what stands for {model} in it, or
 * for its {id}s.
 */
bool	operation_fits(const struct operation *, struct text path,
	    struct text names[OPERATION_NAMES]);

#endif
