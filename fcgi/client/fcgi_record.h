#ifndef FCGI_RECORD_H
#define FCGI_RECORD_H

#include <stddef.h>

#include <fastcgi.h>

#include "buf.h"
#include "json.h"

/*
 * FastCGI's records (specification 1.0): what a record's head says, what the
 * content of some holds, and the few that are answered. Sockets are fcgi_in.h's
 * and fcgi_out.h's. Every length is checked before it is used; what is not as it
 * should be makes a function say -1 and is never guessed at.
 */
struct fcgi_record {
	int	type;		/* FCGI_STDIN ..., or one that nobody knows */
	int	id;		/* of the request; 0: about the connection */
	size_t	length;		/* of the content, below 65536 */
	size_t	padding;	/* bytes behind it */
};

/* The most that we put into one record: a multiple of 8 needs no padding. */
#define FCGI_CONTENT_MAX	((size_t)65528)

/* 0, or -1: of another version. */
int	fcgi_record_read(struct fcgi_record *,
	    const unsigned char at[FCGI_HEADER_LEN]);
void	fcgi_record_write(unsigned char at[FCGI_HEADER_LEN], int type, int id,
	    size_t length);

/* The whole record that ends a request: FCGI_REQUEST_COMPLETE ... */
#define FCGI_END_LENGTH		16
void	fcgi_end_write(unsigned char at[FCGI_END_LENGTH], int id, int status);

/* The whole record that tells of a type that is not known here. */
#define FCGI_UNKNOWN_LENGTH	16
void	fcgi_unknown_write(unsigned char at[FCGI_UNKNOWN_LENGTH], int type);

/*
 * The whole record that answers FCGI_GET_VALUES, whose content is `asked`: of
 * requests, and of connections, `requests_max` at a time, one on a connection.
 * Its length, or -1: that is no list of names and values.
 */
#define FCGI_VALUES_LENGTH	128
int	fcgi_values_write(unsigned char at[FCGI_VALUES_LENGTH],
	    struct text asked, int requests_max);

/*
 * All content of FCGI_PARAMS, turned in place into strings "NAME=VALUE" with
 * NULL behind the last. The list is to be freed, before the buf. NULL: with
 * errno EPROTO, these are no such pairs (a name is not empty and without '=', NUL
 * is in neither), or there is no memory.
 */
char	**fcgi_params_read(struct buf *);

#endif
