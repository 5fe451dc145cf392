#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>

#include "json.h"

/*
 * How a reply that comes in pieces is laid out in bytes: each piece is a frame.
 * What stands in a frame is the dialects' matter, how frames are parted is only
 * this folder's.
 */
enum framing {
	FRAMING_UNKNOWN,	/* reading: nothing came yet */
	FRAMING_EVENTS,		/* server-sent events */
	FRAMING_JSON,		/* one JSON text; as a stream, an array of frames */
};

struct frame {
	struct text	name;		/* of the event, empty if none */
	struct text	data;		/* empty if none */
	struct text	bytes;		/* the frame as it came, all of it */
	bool		comment_only;	/* nothing but comments and blank lines,
					 * or a word that keeps it open */
	bool		failure;	/* an event, or a line, named "error" */
	bool		done;		/* the data is the word "[DONE]" */
};

#endif
