#ifndef CONVERT_H
#define CONVERT_H

#include "arena.h"
#include "framing/frame_read.h"
#include "neutral/blocks.h"
#include "neutral/lost.h"
#include "neutral/policy.h"
#include "neutral/reply.h"
#include "neutral/stops.h"
#include "neutral/stream.h"
#include "neutral/tool_names.h"
#include "neutral/watch.h"
#include "passed.h"
#include "secrets.h"

/*
 * The convert lane: client and upstream speak different dialects. Bytes in,
 * bytes out; it knows nothing of FastCGI and libcurl.
 *
 * convert_request() says the client's request in the upstream's dialect.
 * A `struct convert_reply` is then pushed the bytes of the upstream's 2xx reply,
 * however they are cut, and leaves in `out` what the client gets. It tells by
 * looking whether the upstream sent events or one JSON text, and gives the
 * client what it asked for in either case. Errors with another status are the
 * exchange's: problem_read_body(), and the client's dialect's write_problem().
 */
struct convert {
	/* In. */
	enum dialect_kind	 client, upstream;
	const struct dialect	*written_in;	/* the request is; NULL: client's */
	const struct policy	*policy;	/* names the model to ask for */
	struct text		 model;		/* for the client's eyes, decoded */
	bool			 stream;	/* the client wants events */
	bool			 array;		/* generate: without alt=sse */
	bool			 strict;	/* losses are refused */
	bool			 compact;	/* a summary alone is wanted */
	struct tool_names	 names;		/* initialised, in the reply's
						 * arena, which must outlive
						 * the reply */
	/* Out. */
	bool			 usage_wanted;	/* chat: include_usage */
	bool			 summarize;	/* what is said is a summary */
	char			 temperature[24], top_p[24]; /* as asked, or "" */
	struct losses		 losses;	/* of the request */
	struct stops_wanted	 stops;		/* that the upstream isn't told */
};

/*
 * Writes the request for the upstream into `out`. What lies between is in
 * `arena`, which may be released afterwards. 0, or -1 with the problem set.
 */
int	convert_request(struct convert *, struct arena *, struct json_value body,
	    struct buf *out, struct problem *);

/* What a reply may use, and what it is called. */
struct convert_limits {
	struct arena	*arena;		/* the reply's */
	struct budget	*budget;
	size_t		 reply_max;	/* bytes: whole reply, or one event */
	const char	*request_id;	/* ours, for errors; may be NULL */
	bool		 listen;	/* nothing is written: only to know
					 * whether it spoke or failed */
	const struct secrets *secrets;	/* not to be in errors; or NULL */
};

struct convert_reply {
	/*
	 * For the client: send it and buf_clear() it after each call. Of a whole
	 * reply nothing is there before the end.
	 */
	struct buf		 out;
	bool			 began;		/* something was put there */
	bool			 finished;	/* the answer is complete */
	bool			 failed;	/* it ends in an error: */
	bool			 cut;		/* ... that can't be told */
	struct problem		 problem;
	struct watch		 watch;		/* of what the client got; usage */
	uint64_t		 content;	/* changes when some came */
	bool			 spoke;		/* what a person would miss came */
	struct losses		 lost;		/* what the client can't be told */

	/* Private. */
	const struct convert	*convert;
	struct convert_limits	 limits;
	const struct dialect	*from, *to;
	struct blocks		 blocks;
	struct reply		 reply;
	struct stream		 stream;
	struct passed		 passed;
	struct stops		 stops;
	struct frame_reader	 in;
	struct json_document	 document;
	struct buf		 mended;	/* of a frame (json_mend.h) */
	bool			 ending;	/* what comes now may be cut */
	bool			 summed;	/* a summary's block is open */
	bool			 said;		/* a stop, before this frame */
	bool			 doubtful;	/* there was more behind a stop */
};

/* `convert` is borrowed for the reply's life. */
void	convert_reply_init(struct convert_reply *, const struct convert *,
	    const struct convert_limits *);
void	convert_reply_release(struct convert_reply *);

/*
 * Bytes of the upstream's reply. 0: go on. 1: finished, nothing that may still
 * come matters. -1: failed; when `began`, the client's own form of the error is
 * in `out` behind what is already there, else `out` is empty and the exchange
 * answers the problem with its status.
 */
int	convert_reply_feed(struct convert_reply *, const char *, size_t);

/*
 * The transfer is over: `why` is NULL for a clean end of the bytes, else what
 * went wrong (a cut, a time-out, our own end), which matters only if something
 * was still to come. Returns 1 or -1, as above.
 */
int	convert_reply_end(struct convert_reply *, const struct problem *why);

/*
 * Whether the upstream said how its answer ends, so that nothing of it is missing
 * though the transfer goes on or is cut.
 */
bool	convert_reply_is_said(const struct convert_reply *);

/*
 * The upstream has been silent: puts a keep-alive in `out` where the client's
 * dialect bears one now. Of a whole reply: nothing. 0 or -1 (no memory).
 */
int	convert_reply_keep_alive(struct convert_reply *);

#endif
