#ifndef ANSWER_H
#define ANSWER_H

#include <stdatomic.h>

#include "arena.h"
#include "client/client.h"
#include "client/headers.h"
#include "dialects/dialect.h"
#include "neutral/lost.h"
#include "neutral/watch.h"
#include "problem.h"

/*
 * The answer that a client gets: one head, one body, and how far it is. All that
 * goes to a client goes through here, so that nobody else has to remember what
 * was sent already:
 *
 *	NOTHING -> WHOLE			a body with its length
 *	NOTHING -> TOLD				a problem with its status
 *	NOTHING -> FLOWING -> WHOLE		a stream
 *		   FLOWING -> TOLD		... whose last event is a problem
 *		   FLOWING -> CUT		... where none could stand
 *
 * What sends returns 0 or CLIENT_GONE; the client remembers that it is gone.
 *
 * While it is held nothing of a stream leaves: it may still be dropped, as if
 * its upstream had said nothing, and another one asked.
 */
enum answer_state {
	ANSWER_NOTHING,
	ANSWER_FLOWING,		/* the head is sent, the body not at its end */
	ANSWER_WHOLE,
	ANSWER_TOLD,
	ANSWER_CUT,		/* the connection must end with it */
};

struct answer {
	/* Borrowed. */
	struct client		*client;
	struct arena		*arena;		/* the reply's */
	const struct dialect	*dialect;	/* the client's */
	const char		*id;		/* the exchange's */
	const struct losses	*losses;	/* of the request, or NULL */
	struct losses		 lost;		/* of the reply, so far */

	struct headers		 fields;	/* of every answer to this client */

	/* What the upstream's head said; 0 and empty before there is one. */
	int			 upstream_status;
	struct headers		 upstream_headers;
	bool			 own_credential;	/* the client's was used */

	/* The shortest Retry-After of upstreams that were asked before; or 0. */
	int			 retry_after_s;

	/*
	 * Called once, before the bytes leave that end the answer, so that
	 * what it writes down is there when the client knows; `more` bytes of
	 * the body follow. May be NULL.
	 */
	void			(*ending)(void *of, bool failed, size_t more);
	void			*ending_of;
	atomic_uint_least64_t	*progress;	/* bytes so far; or NULL */
	struct buf		*shown;		/* dev_mode: what was written,
						 * its beginning; or NULL */

	int64_t			 written_ms;	/* when the client last got bytes */
	enum answer_state	 state;
	int			 status;	/* what the client got, or 0 */
	bool			 events;	/* a stream of them is waited for */
	bool			 early;		/* ... and may begin before its
						 * upstream says anything */
	bool			 held;
	enum answer_state	 state_before;	/* it was held, */
	struct watch		 watch_before;	/* ... both of them */
	struct headers		 held_headers;
	struct buf		 held_body;
	struct watch		 watch;		/* of what it got, or will */
};

void	answer_init(struct answer *, struct client *, struct arena *,
	    const char *id);

/* What the client is not told, of its request and, so far, of the reply. */
struct losses	answer_losses(const struct answer *);

/* Nothing of a stream leaves from now on. Not for longer than 1 MiB of it. */
void	answer_hold(struct answer *);

/* What was held leaves; nothing is held any more. */
int	answer_release(struct answer *);

/* What was held is forgotten. */
void	answer_drop(struct answer *);

/*
 * A whole body. With a `type` the body is ours; NULL: it is the upstream's, with
 * its type and encoding.
 */
int	answer_body(struct answer *, int status, const char *type,
	    struct text body);

/* The same of a JSON text of ours. */
int	answer_json(struct answer *, int status, const struct buf *);

/*
 * The head of a stream, sent at once: events when `type` is NULL, which are the
 * upstream's own, encoding and all, if `passed`.
 */
int	answer_start(struct answer *, const char *type, bool passed);

/* Keeps what fits of it, to be shown in dev_mode. `shown` may be NULL. */
void	answer_show(struct buf *shown, struct text);

/* More of a stream's body; and all there is now leaves. */
int	answer_write(struct answer *, struct text);
int	answer_flush(struct answer *);

/* The next bytes of a stream, so many, are its last. Once more does nothing. */
void	answer_ending(struct answer *, size_t more);

/* The stream is at its end: WHOLE. */
int	answer_finish(struct answer *);

/* Whether the client has got nothing for so many seconds; 0: never. */
bool	answer_is_silent(const struct answer *, int for_s);

/*
 * An event that keeps a silent stream open, behind the last event that was
 * written. Starts a stream of events if nothing was sent yet.
 */
int	answer_keep_alive(struct answer *);

/*
 * The problem, in whatever form the client can still be told: as the answer, or
 * as a stream's last event. Nothing when the answer is over.
 */
int	answer_fail(struct answer *, const struct problem *);

/* Whether the client reads of that problem in an event alone: see answer_fail(). */
bool	answer_is_event(const struct answer *, const struct problem *);

/* Whether the answer is a failure: told to the client, also as its upstream did; cut. */
bool	answer_failed(const struct answer *);

#define ANSWER_JSON	"application/json; charset=utf-8"

#endif
