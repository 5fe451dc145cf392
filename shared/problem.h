#ifndef PROBLEM_H
#define PROBLEM_H

#include <stdarg.h>
#include <stdbool.h>

/*
 * Why something failed, said once by the deepest function that knows, in a
 * sentence for a person:
 *
 *	return problem_set(p, PROBLEM_INVALID, "messages[%zu] has no role", i);
 *
 * Callers pass it on. Status and wording of each dialect are made from the kind
 * when it is shown, in fcgi/dialects/.
 */
enum problem_kind {
	PROBLEM_NONE,
	PROBLEM_INVALID,		/* 400 */
	PROBLEM_CONTEXT_EXCEEDED,	/* 400: the model's context is too small */
	PROBLEM_UNAUTHORIZED,		/* 401 */
	PROBLEM_PAYMENT,		/* 402: quota, billing */
	PROBLEM_FORBIDDEN,		/* 403 */
	PROBLEM_MISSING,		/* 404: model or route */
	PROBLEM_METHOD,			/* 405, with Allow */
	PROBLEM_CLIENT_TIMEOUT,		/* 408: the body did not arrive */
	PROBLEM_TOO_LARGE,		/* 413 */
	PROBLEM_MEDIA_TYPE,		/* 415 */
	PROBLEM_UPGRADE,		/* 426: no WebSocket here */
	PROBLEM_RATE,			/* 429 */
	PROBLEM_SERVER,			/* 500: our own or the upstream's fault */
	PROBLEM_NOT_IMPLEMENTED,	/* 501 */
	PROBLEM_UPSTREAM,		/* 502: unreachable, cut, or no sense */
	PROBLEM_OVERLOADED,		/* 503 */
	PROBLEM_TIMEOUT,		/* 504 */
	PROBLEM_KINDS
};

struct problem {
	enum problem_kind	 kind;
	int			 status;	/* 0: the kind's own */
	int			 retry_after_s;	/* 0: none */
	bool			 ours;		/* this machine is short of something */
	const char		*parameter;	/* offending field, static or arena */
	const char		*code;		/* OpenAI `code`, overrides the kind's */
	const char		*details;	/* raw JSON for Anthropic error.details */
	const char		*allow;		/* Allow of a 405 */
	char			 message[512];	/* UTF-8, no secrets, cut if longer */
};

void	problem_clear(struct problem *);

/* Sets kind and message, keeps nothing else of before; returns -1. */
int	problem_set(struct problem *, enum problem_kind, const char *format, ...)
	    __attribute__((format(printf, 3, 4)));

/* The same and names the field, which must outlive the problem. */
int	problem_field(struct problem *, enum problem_kind, const char *parameter,
	    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Adds a sentence to the message; what doesn't fit is cut. */
void	problem_add(struct problem *, const char *sentence);

/* An arena or a buffer of the request is at its ceiling; returns -1. */
int	problem_no_memory(struct problem *);

/* The HTTP status to answer: p->status, else the kind's. */
int	problem_status(const struct problem *);

/* The same for clients that know neither 402 nor 529. */
int	problem_plain_status(const struct problem *);

/* What an upstream's HTTP status means when its body says nothing. */
enum problem_kind problem_of_status(int status);

#endif
