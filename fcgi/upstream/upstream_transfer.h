#ifndef UPSTREAM_TRANSFER_H
#define UPSTREAM_TRANSFER_H

#include <curl/curl.h>

#include "buf.h"
#include "problem.h"
#include "upstream_request.h"
#include "upstream_share.h"

/*
 * A transfer as upstream.c runs it, upstream_options.c prepares it,
 * upstream_settle.c slims it, and upstream_problem.c explains its failure. For
 * these four.
 */
#define UPSTREAM_ORIGIN_MAX	300	/* bytes */

/*
 * The way that a handle is set for. It is kept from one request to the next only
 * where nothing but the request differs, and where libcurl keeps no state of its
 * own: over a connection of HTTP/1 that was there, without a proxy.
 */
struct upstream_way {
	bool			 kept;		/* the handle is set for it */
	char			*url;
	int			 connect_timeout_s;
	CURLU			*parsed;	/* the URL; NULL if it is none */
};

struct upstream {
	struct upstream_share	*share;		/* borrowed */
	CURLM			*multi;
	CURL			*easy;
	struct curl_slist	*fields;	/* the request's head, one block */
	struct upstream_request	 request;	/* see there what of it lives */
	struct edits_reader	 reader;	/* of the request's body */
	/* "https://api.example.com:8443": what of the URL may be shown. */
	char			 origin[UPSTREAM_ORIGIN_MAX];
	struct upstream_way	 way;

	struct buf		 head;		/* lines, without the status */
	int			 status;
	bool			 head_done;
	bool			 head_too_large;
	struct buf		 body;		/* arrived, not handed out */
	bool			 handed_out;	/* ... it was: drop it first */
	bool			 paused;	/* the body's buffer was full */
	bool			 settled;

	bool			 large_body;
	bool			 active;	/* between send and finish */
	bool			 due;		/* libcurl may have something to do */
	bool			 arrived;	/* ... and was sent something */
	bool			 done;		/* `code` is known */
	CURLcode		 code;
	int64_t			 sent_us, heard_us;	/* monotonic */
	int64_t			 asked_us;	/* on a connection; 0: not yet */
	bool			 worked;	/* it must have had the request */
	uint64_t		 first_byte_us;
};

/* The least that libcurl takes; it allocates that anew where it sends. */
#define UPSTREAM_WRITE_BUFFER	16384L

/* The ceiling of a reply's head. */
#define UPSTREAM_HEAD_MAX	((size_t)256 * 1024)

/*
 * Sets all options that are not set yet and the head of the request, whose
 * answer goes to these two. 0, or -1: no memory.
 */
int	upstream_set_options(struct upstream *, curl_write_callback head,
	    curl_write_callback body);

/* After a transfer, before it is forgotten: whether the way may be kept. */
void	upstream_keep_way(struct upstream *);
void	upstream_forget_way(struct upstream *);

/* A stream has begun, and may last: gives back what only beginning needed. */
void	upstream_settle(struct upstream *);

/* Why the transfer ended with u->code. Returns -1. */
int	upstream_explain(const struct upstream *, struct problem *);

/* The time-outs that curl does not know: 0 is none. Returns -1. */
int	upstream_explain_silence(const struct upstream *, struct problem *);

#endif
