#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "arena.h"
#include "buf.h"
#include "headers.h"
#include "problem.h"

/*
 * The client's end of an exchange: what the web server hands over by FastCGI or
 * CGI, and the answer that goes back. Nothing else in the gateway knows which
 * of the two it is.
 *
 * A client that hung up is a value, not an error: CLIENT_GONE, remembered in
 * client->gone, after which every emit does nothing and says CLIENT_GONE again.
 *
 * Parameters are looked up by scanning the list, because nginx repeats the
 * names of repeated headers. HTTP_CONTENT_LENGTH and other look-alikes that a
 * client can forge through lighttpd ("Content_Length:") are never used.
 */
enum method {
	METHOD_GET,
	METHOD_HEAD,
	METHOD_POST,
	METHOD_PATCH,
	METHOD_DELETE,
	METHOD_OPTIONS,
	METHOD_OTHER,
};

#define CLIENT_GONE	(-2)

/* What FastCGI and CGI do differently. `handle` is the transport's own. */
struct client;
struct client_transport {
	/* Bytes read, 0 at the end, -1 when the upload was cut (errno not
	 * ETIMEDOUT) or did not go on in patience_ms (errno ETIMEDOUT). */
	ssize_t	(*read)(struct client *, char *to, size_t max);
	/* 0, or -1 when the peer is gone. */
	int	(*write)(struct client *, const char *, size_t);
	int	(*flush)(struct client *);
	/* The same at the answer's end; NULL: a flush is enough. */
	int	(*finish)(struct client *);
	/* What has come since the body's end: 0, or -1 when the client is
	 * gone. NULL: that anything has. */
	int	(*look)(struct client *);
};

struct client {
	const struct client_transport	*transport;
	void				*handle;
	char				**params;	/* "NAME=VALUE", NULL last */
	int				 fd;		/* watched for hang-up; -1 */
	short				 fd_events;	/* of poll(), that may mean it */
	int				 patience_ms;	/* of reads */
	enum method			 method;
	const char			*method_word;	/* as sent, checked token */
	const char			*target;	/* REQUEST_URI, raw */
	const char			*peer;		/* REMOTE_ADDR or "" */
	bool				 gone;
	bool				 body_read;	/* to its end */
	uint64_t			 bytes_in, bytes_out;	/* of bodies */
};

/* Reads method, target and peer out of `params`. 0 or -1 (no CGI request). */
int	client_init(struct client *, const struct client_transport *,
	    void *handle, char **params, int fd);

/* A CGI variable, "" when it is not there. */
const char *client_param(const struct client *, const char *name);

/*
 * A request header by its lower-case name: the first one, or NULL. Authorization
 * is also looked for where Apache's rewriting puts it
 * (REDIRECT_HTTP_AUTHORIZATION); it, content-type and content-length count as
 * not there when they are empty.
 */
const char *client_header(const struct client *, const char *name);

/* How many have that name: where CGI writes '-', '_' may have stood. */
size_t	client_header_count(const struct client *, const char *name);

/* All of that name joined by ", "; NULL if none, or no memory. */
const char *client_header_joined(const struct client *, const char *name,
	    struct arena *);

/*
 * Calls `each` for all request headers, name in lower case with '-'. The name is
 * borrowed until `each` returns, the value as long as the client.
 */
void	client_headers(const struct client *,
	    void (*each)(void *context, const char *name, const char *value),
	    void *context);

/*
 * Reads the whole body to its end into `body`, whose ceiling is the limit;
 * CONTENT_LENGTH is only a hint (absent, "" and "0" occur). gzip (RFC 1952),
 * and zstd if built in, are inflated under the same ceiling. 0, or -1 with
 * PROBLEM_TOO_LARGE, _MEDIA_TYPE, _CLIENT_TIMEOUT, _INVALID or _OVERLOADED (the
 * budget is empty). After -1 the rest is drained as far as that is cheap.
 */
int	client_read_body(struct client *, struct buf *body, struct problem *);

/*
 * Reads to the end and forgets: before an answer that needs no body. Gives up
 * on a body that is very long or slow.
 */
void	client_skip_body(struct client *);

/* Status line and headers, once: answer.h knows. 0 or CLIENT_GONE. Not flushed. */
int	client_start(struct client *, int status, const struct headers *);

/* Bytes of the body; a HEAD request's are counted and dropped. */
int	client_write(struct client *, const void *, size_t);
int	client_flush(struct client *);

/* Flushes the answer's end, so that it leaves in one piece. Write no more. */
int	client_finish(struct client *);

/*
 * Looks, without waiting, whether the web server closed the connection. Only
 * after the body was read to its end (webserver's EOF looks alike before).
 */
bool	client_look(struct client *);

#endif
