#ifndef STOPS_H
#define STOPS_H

#include "buf.h"
#include "event.h"

/*
 * Stop sequences that an upstream can't be told. Events of its reply go through
 * here: the text of the answer ends where the first of the sequences begins, and
 * what comes behind is not passed on but for the end, which says so; an error there
 * is that end. Text that may be the beginning of one is held back. Thinking, calls
 * and refusals have none.
 */
#define STOPS_KEPT	16		/* more of a request, or longer ones, */
#define STOPS_BYTES	256		/* ... are as lost as they would be */

typedef int	(*stops_sink)(void *context, const struct event *);

/* What a request asks for, decoded and none of them empty. */
struct stops_wanted {
	const struct text	*at;
	size_t			 count;
};

struct stops {
	struct stops_wanted	 wanted;	/* borrowed */
	stops_sink		 sink;
	void			*context;

	bool			 failed;	/* for want of memory */

	/* Private. */
	struct buf		 text;		/* decoded; between events what is
						 * held back */
	struct buf		 logprobs;	/* of what is held back */
	struct buf		 escaped;	/* of a delta */
	struct usage		 usage;		/* as the reply began */
	const struct text	*found;		/* the one that ended the text */
	unsigned		 block;		/* ... of that block, */
	bool			 closed;	/* ... whose end was passed on */
};

void	stops_init(struct stops *, struct stops_wanted, size_t text_max,
	    struct budget *, stops_sink, void *context);
void	stops_release(struct stops *);

/* Those of `count` that can be kept, copied to the arena; fewer when it is full. */
struct stops_wanted stops_keep(struct arena *, const struct escaped *,
	    size_t count);

/*
 * A sink (blocks.h): passes the event on, or as much of it as counts. 0, or -1 as
 * the sink behind it, or when it failed.
 */
int	stops_take(void *stops, const struct event *);

#endif
