#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "problem.h"

/*
 * A small HTTP client for whole answers: one request, one new connection, one
 * answer of a known size at most. For tokend's few calls; what streams is
 * upstream.h's.
 *
 * http and https only, certificates are verified, redirects are not followed,
 * and the environment's proxy variables mean nothing.
 */
struct http_request {
	const char	*url;
	const char	*form;		/* POST this urlencoded form; NULL: GET */
	const char	*bearer;	/* Authorization; NULL: none */
	const char	*proxy;		/* URL; NULL: a direct connection */
	const char	*ca_file;	/* NULL: the system's */
	const char	*user_agent;
	const char	*headers[3];	/* "name: value"; NULL: no more */
	int		 connect_timeout_ms, timeout_ms;
	/*
	 * Once this descriptor is readable the call ends within
	 * `stop_grace_ms`, with or without its answer. -1: none.
	 */
	int		 stop_fd;
	int		 stop_grace_ms;
};

struct http_reply {
	int		 status;
	struct buf	 body;		/* its max, set before, is the ceiling */
	int		 retry_after_s;	/* 0: none, or a date */
	int64_t		 date_s;	/* the server's clock; 0: not told */
	bool		 sent;		/* the peer may have seen the request */
	bool		 stopped;	/* given up because of stop_fd */
	bool		 proxy_failed;	/* the proxy could not be reached */
};

/* Once per process, before any thread. 0 or -1. */
int	http_init(void);

/* An empty reply; http_reply_release() wipes the body, which may be secret. */
void	http_reply_init(struct http_reply *, size_t body_max);
void	http_reply_release(struct http_reply *);

/*
 * Sends and waits. 0 with any status, or -1 with the reason (PROBLEM_TIMEOUT,
 * PROBLEM_UPSTREAM, PROBLEM_TOO_LARGE); the reason holds no secret. The reply
 * must be fresh.
 */
int	http_send(const struct http_request *, struct http_reply *,
	    struct problem *);

/* Appends "name=value" percent-encoded, behind an & unless it is the first. */
int	http_form_add(struct buf *, const char *name, const char *value);

#endif
