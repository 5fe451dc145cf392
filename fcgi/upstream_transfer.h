#ifndef UPSTREAM_TRANSFER_H
#define UPSTREAM_TRANSFER_H

#include <curl/curl.h>

#include "buf.h"
#include "upstream.h"

/*
 * A transfer as upstream.c runs it, upstream_options.c prepares it, and
 * upstream_problem.c explains its failure. For these three.
 */
#define UPSTREAM_ORIGIN_MAX	300	/* bytes */

struct upstream {
	CURLM			*multi;
	CURL			*easy;
	struct curl_slist	*fields;	/* the request's head */
	struct upstream_request	 request;	/* see there what of it lives */
	struct edits_reader	 reader;	/* of the request's body */
	/* "https://api.example.com:8443": what of the URL may be shown. */
	char			 origin[UPSTREAM_ORIGIN_MAX];

	struct buf		 head;		/* lines, without the status */
	int			 status;
	bool			 head_done;
	bool			 head_too_large;
	struct buf		 body;		/* arrived, not handed out */
	bool			 handed_out;	/* ... it was: drop it first */
	bool			 paused;	/* the body's buffer was full */

	bool			 large_buffer;	/* libcurl holds one to send */
	bool			 active;	/* between send and finish */
	bool			 done;		/* `code` is known */
	CURLcode		 code;
	int64_t			 sent_us, heard_us;	/* monotonic */
	uint64_t		 first_byte_us;
};

/* The ceiling of a reply's head. */
#define UPSTREAM_HEAD_MAX	((size_t)256 * 1024)

/* Sets all options and the head of the request. 0, or -1: no memory. */
int	upstream_set_options(struct upstream *);

/* A body is sent: the buffer that was large for it is not held any longer. */
void	upstream_shrink_buffer(struct upstream *);

/* What all upstreams share: names and TLS sessions. 0 or -1. */
int	upstream_share_open(void);
void	upstream_share_close(void);

/* Why the transfer ended with u->code. Returns -1. */
int	upstream_explain(const struct upstream *, struct problem *);

/* The time-outs that curl does not know: 0 is none. Returns -1. */
int	upstream_explain_silence(const struct upstream *, struct problem *);


#endif
