#include "build.h"

#include <stdio.h>
#include <string.h>

#include "problem.h"

static const int	statuses[PROBLEM_KINDS] = {
	[PROBLEM_NONE] =		200,
	[PROBLEM_INVALID] =		400,
	[PROBLEM_CONTEXT_EXCEEDED] =	400,
	[PROBLEM_UNAUTHORIZED] =	401,
	[PROBLEM_PAYMENT] =		402,
	[PROBLEM_FORBIDDEN] =		403,
	[PROBLEM_MISSING] =		404,
	[PROBLEM_METHOD] =		405,
	[PROBLEM_CLIENT_TIMEOUT] =	408,
	[PROBLEM_TOO_LARGE] =		413,
	[PROBLEM_MEDIA_TYPE] =		415,
	[PROBLEM_UPGRADE] =		426,
	[PROBLEM_RATE] =		429,
	[PROBLEM_SERVER] =		500,
	[PROBLEM_NOT_IMPLEMENTED] =	501,
	[PROBLEM_UPSTREAM] =		502,
	[PROBLEM_OVERLOADED] =		503,
	[PROBLEM_TIMEOUT] =		504,
};

void
problem_clear(struct problem *p)
{
	memset(p, 0, sizeof(*p));
}

/* Drops a UTF-8 sequence that the end of the message cut in two. */
static void
message_trim(char *message, size_t length)
{
	size_t	start = length;

	while (start > 0 && (message[start - 1] & 0xc0) == 0x80)
		start--;
	if (start > 0 && (message[start - 1] & 0x80) != 0)
		message[start - 1] = '\0';
}

static void __attribute__((format(printf, 4, 0)))
problem_write(struct problem *p, enum problem_kind kind, const char *parameter,
    const char *format, va_list ap)
{
	char	message[sizeof(p->message)];
	int	length;

	/* An argument may point into the message that is replaced. */
	length = vsnprintf(message, sizeof(message), format, ap);
	if (length < 0)
		message[0] = '\0';
	else if ((size_t)length >= sizeof(message))
		message_trim(message, sizeof(message) - 1);
	problem_clear(p);
	p->kind = kind;
	p->parameter = parameter;
	memcpy(p->message, message, strlen(message) + 1);
}

int
problem_set(struct problem *p, enum problem_kind kind, const char *format, ...)
{
	va_list	ap;

	va_start(ap, format);
	problem_write(p, kind, NULL, format, ap);
	va_end(ap);
	return -1;
}

int
problem_field(struct problem *p, enum problem_kind kind, const char *parameter,
    const char *format, ...)
{
	va_list	ap;

	va_start(ap, format);
	problem_write(p, kind, parameter, format, ap);
	va_end(ap);
	return -1;
}

void
problem_add(struct problem *p, const char *sentence)
{
	size_t	length = strlen(p->message);
	int	more;

	more = snprintf(p->message + length, sizeof(p->message) - length,
	    " (%s)", sentence);
	if (more < 0)
		p->message[length] = '\0';
	else if ((size_t)more >= sizeof(p->message) - length)
		message_trim(p->message, sizeof(p->message) - 1);
}

int
problem_no_memory(struct problem *p)
{
	problem_set(p, PROBLEM_OVERLOADED,
	    "the gateway has no memory left for this request");
	p->ours = true;
	return -1;
}

int
problem_status(const struct problem *p)
{
	return p->status != 0 ? p->status : statuses[p->kind];
}

int
problem_plain_status(const struct problem *p)
{
	int	status = problem_status(p);

	if (status == 402)
		return 429;
	return status == 529 ? 503 : status;
}

enum problem_kind
problem_of_status(int status)
{
	unsigned int	kind;

	for (kind = PROBLEM_INVALID; kind < PROBLEM_KINDS; kind++)
		if (statuses[kind] == status)
			return kind;
	if (status == 529)	/* Anthropic's overloaded_error */
		return PROBLEM_OVERLOADED;
	if (status >= 400 && status < 500)
		return PROBLEM_INVALID;
	if (status >= 500 && status < 600)
		return PROBLEM_SERVER;
	return PROBLEM_UPSTREAM;
}
