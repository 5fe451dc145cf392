#ifndef TURNING_H
#define TURNING_H

#include "dialects/convert.h"
#include "neutral/request.h"

/*
 * One request or reply on its way through the convert lane, for tests that
 * read, write and read again.
 */
#define FILE_MAX	((size_t)64 * 1024 * 1024)

extern const struct policy	testing_policy;	/* allows everything */

/* Appends a file's bytes; false when it can't be opened. */
bool	testing_read(struct buf *, const char *path);

/* Whether both halves of a dialect are there. */
bool	dialect_is_ready(enum dialect_kind);

struct reading {
	struct arena		arena;
	struct tool_names	names;
	struct json_document	document;
	struct request		request;
	struct problem		problem;
};

/* To be released even after -1. The body must live as long. */
int	reading_read(struct reading *, enum dialect_kind, const struct buf *body);
int	reading_write(struct reading *, enum dialect_kind, struct buf *out);
void	reading_release(struct reading *);

struct turning {
	struct arena		arena;
	struct convert		convert;
	struct convert_reply	reply;
	struct buf		client;		/* all bytes for the client */
};

void	turning_init(struct turning *, enum dialect_kind from,
	    enum dialect_kind to, bool stream);
void	turning_feed(struct turning *, const char *, size_t);
void	turning_end(struct turning *);
void	turning_show(struct buf *out, struct turning *);
void	turning_release(struct turning *);

#endif
