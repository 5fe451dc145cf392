#ifndef REPLY_H
#define REPLY_H

#include "arena.h"
#include "buf.h"
#include "event.h"

/*
 * The neutral reply, whole: what the events so far add up to. Folded before a
 * stream writer sees each event, so that writers which must repeat whole texts
 * (`response.completed`, a call's object) keep no copy of their own.
 */
struct reply_block {
	struct reply_block	*next;
	unsigned		 number;
	enum block_kind		 kind;
	struct buf		 text;		/* escaped; of calls: arguments */
	struct text		 id, name, namespace_name;
	enum tool_kind		 tool;		/* of a call */
	struct seal		*seal;		/* NULL: none */
	struct citation		*citations;
	struct text		 raw, media_type;
	bool			 closed;
	bool			 valid;		/* CALL: text is a JSON object */
};

struct reply {
	struct arena		*arena;		/* the exchange's reply arena */
	size_t			 text_max;	/* bytes of all texts together */
	size_t			 text_used;
	struct budget		*budget;
	struct text		 id, model;	/* of the upstream */
	struct reply_block	*blocks, *last;
	enum stop		 stop;
	struct text		 stop_sequence;	/* escaped form */
	struct usage		 usage;
	bool			 started, stopped, failed;
	struct problem		 problem;	/* of ERROR */
};

void	reply_init(struct reply *, struct arena *, size_t text_max,
	    struct budget *);
void	reply_release(struct reply *);

/* Adds an event. 0, or -1 when text_max or memory is reached. */
int	reply_fold(struct reply *, const struct event *);

/* A closed call's arguments as a decoded JSON object, "{}" when empty; an empty
 * text when they are not a valid object. In the reply's arena. */
struct text	reply_arguments(struct reply *, const struct reply_block *);

#endif
