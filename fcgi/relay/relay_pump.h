#ifndef RELAY_PUMP_H
#define RELAY_PUMP_H

#include "answer.h"
#include "dialects/convert.h"
#include "scoreboard.h"
#include "secrets.h"
#include "upstream/upstream.h"

/*
 * A reply on its way from the upstream, whose head is there, to the answer. One
 * loop reads it, whatever becomes of the bytes: that is the sink's.
 */
struct relay {
	/* Borrowed. */
	struct answer		*answer;
	struct upstream		*upstream;
	const struct config	*config;
	struct scoreboard	*scoreboard;
	struct budget		*budget;
	const struct convert	*convert;	/* how to, if it has to be */
	struct problem		*problem;	/* set before -1 is returned */
	struct secrets		 secrets;	/* never to reach the client */
	struct buf		*shown;		/* as answer's: of the reply */

	const struct dialect	*from;		/* the upstream's */
	bool			 converts;	/* the dialects differ */
	bool			 conversation;	/* it is what a model says */
	bool			 dispensable;	/* there is a way without it */
	bool			 unsealable;	/* ... without seals (seal.h) */
	bool			 explained;	/* an error needs more words */
	bool			 repeats;	/* what was said, and counted */
	struct text		 first;		/* read, and not yet taken */

	/*
	 * Called once, when the answer is this upstream's for good: when its
	 * first content came, or at the end.
	 */
	void			(*settle)(void *);
	void			*settle_of;

	/*
	 * Called with a whole reply, to change it before it is passed on: 0, or
	 * -1 with the problem set. NULL: nothing is to be changed.
	 */
	int			(*alter)(void *settle_of, struct buf *reply);
};

/* What comes of the upstream from now on is the client's. 0 or CLIENT_GONE. */
int	relay_settle(struct relay *);

/* What sinks return beside CLIENT_GONE. */
#define RELAY_ON	0	/* there may be more */
#define RELAY_DONE	1	/* what may still come does not matter */
#define RELAY_OTHER	2	/* this sink is not for it: relay->first is */
#define RELAY_FAILED	(-1)	/* the problem is set */

struct relay_sink {
	/* Bytes of the reply, borrowed. */
	int	(*take)(void *, struct text);
	/* None came for quiet_ms(), 0: for ever. */
	int	(*quiet_ms)(const void *);
	int	(*rest)(void *);
	/* The transfer is over; not as it should if there is a problem. */
	int	(*end)(void *, const struct problem *why);
};

/*
 * Takes relay->first, if any, then reads to the end, or until the sink has done.
 * 0, CLIENT_GONE, or -1.
 */
int	relay_pump(struct relay *, const struct relay_sink *, void *of);

#endif
