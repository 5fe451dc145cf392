#ifndef PROBLEM_WORD_H
#define PROBLEM_WORD_H

#include "problem.h"

/* A kind of problem, for what tests show and expect. */
static inline const char *
problem_word(enum problem_kind kind)
{
	static const char *const	words[PROBLEM_KINDS] = {
		[PROBLEM_NONE] =		"none",
		[PROBLEM_INVALID] =		"invalid",
		[PROBLEM_CONTEXT_EXCEEDED] =	"context_exceeded",
		[PROBLEM_UNAUTHORIZED] =	"unauthorized",
		[PROBLEM_PAYMENT] =		"payment",
		[PROBLEM_FORBIDDEN] =		"forbidden",
		[PROBLEM_MISSING] =		"missing",
		[PROBLEM_METHOD] =		"method",
		[PROBLEM_CLIENT_TIMEOUT] =	"client_timeout",
		[PROBLEM_TOO_LARGE] =		"too_large",
		[PROBLEM_MEDIA_TYPE] =		"media_type",
		[PROBLEM_UPGRADE] =		"upgrade",
		[PROBLEM_RATE] =		"rate",
		[PROBLEM_SERVER] =		"server",
		[PROBLEM_NOT_IMPLEMENTED] =	"not_implemented",
		[PROBLEM_UPSTREAM] =		"upstream",
		[PROBLEM_OVERLOADED] =		"overloaded",
		[PROBLEM_TIMEOUT] =		"timeout",
	};

	return words[kind];
}

#endif
