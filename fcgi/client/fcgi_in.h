#ifndef FCGI_IN_H
#define FCGI_IN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "fcgi_record.h"

/*
 * A connection's records as they come, one at hand at a time. What is read waits
 * in a small buffer that is there only while it holds something; large contents
 * go past it to where they are wanted, a record with each read.
 *
 * Nothing here blocks for longer than it is told. Where a read fails with EAGAIN
 * nothing is lost: the same call goes on later.
 */
struct fcgi_in {
	int			 fd;		/* borrowed */
	int			 patience_ms;	/* for more bytes; 0: never wait */
	int64_t			 until_ms;	/* monotonic: for all; 0: no end */
	char			*at;		/* FCGI_IN_SIZE bytes, or NULL */
	size_t			 first, last;	/* what is read and not taken */
	struct fcgi_record	 record;	/* at hand */
	size_t			 content, padding;	/* of it, not yet taken */
};

#define FCGI_IN_SIZE	((size_t)8 * 1024)

/* For a connection's begin. */
void	fcgi_in_init(struct fcgi_in *, int fd);
void	fcgi_in_release(struct fcgi_in *);

/* What is read from now on may take so long in all; 0: no limit. */
void	fcgi_in_limit(struct fcgi_in *, int ms);

/*
 * Drops what is left of the record at hand. 1, 0: the web server has closed, or
 * -1 with errno: EAGAIN: no more came, or what read() says.
 */
int	fcgi_in_pass(struct fcgi_in *);

/*
 * The same, and goes to the next. Of records that say something by themselves
 * (FCGI_BEGIN_REQUEST, FCGI_GET_VALUES) all content is there: fcgi_in_content().
 * EPROTO: it is no FastCGI.
 */
int	fcgi_in_next(struct fcgi_in *);
struct text fcgi_in_content(const struct fcgi_in *);

/* The record at hand, which has its content, is the next one again. */
void	fcgi_in_back(struct fcgi_in *);

/*
 * Takes of the content of the record at hand, which is not empty: how many
 * bytes, or -1 with errno (EPROTO when the web server has closed).
 */
ssize_t	fcgi_in_take(struct fcgi_in *, char *to, size_t max);

/* Reads and forgets, until the web server closes or time is over. */
void	fcgi_in_drain(struct fcgi_in *);

/* Between two records, and nothing of the next was read. */
bool	fcgi_in_between(const struct fcgi_in *);

/* Gives the buffer back, if it is empty. */
void	fcgi_in_rest(struct fcgi_in *);

#endif
