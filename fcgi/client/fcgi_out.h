#ifndef FCGI_OUT_H
#define FCGI_OUT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A request's answer as records. Small pieces are gathered; what does not fit is
 * written from where it stands, with what was gathered, by one system call for a
 * megabyte.
 *
 * After a failure nothing more is written, and each call says so again.
 */
struct fcgi_out {
	int	 fd;		/* borrowed */
	int	 id;		/* of the request */
	char	*at;		/* FCGI_OUT_SIZE bytes, or NULL: nothing yet */
	size_t	 used;		/* gathered, behind room for a record's head */
	bool	 failed;
};

#define FCGI_OUT_SIZE	((size_t)4 * 1024)

/* For a request's begin, and for its end. */
void	fcgi_out_init(struct fcgi_out *, int fd, int id);
void	fcgi_out_release(struct fcgi_out *);

/* Each returns 0, or -1: the web server is gone, or takes nothing for long. */
int	fcgi_out_write(struct fcgi_out *, const char *, size_t);
int	fcgi_out_flush(struct fcgi_out *);

/* What was gathered, and the request's end. */
int	fcgi_out_end(struct fcgi_out *);

/*
 * Before a connection is closed in the middle of the answer: returns when what was
 * sent has been taken, and a moment later. lighttpd, when it finds a part and its
 * end at once, gives the part its length, and it looks whole.
 */
void	fcgi_out_cut(struct fcgi_out *);

/* A whole record about something else, behind what was gathered. */
int	fcgi_out_record(struct fcgi_out *, const void *record, size_t length);

#endif
