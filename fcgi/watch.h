#ifndef WATCH_H
#define WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "event.h"

/*
 * What a side reader notes of a reply that passes through untouched: for the
 * log, for counters, and so that an event of our own (keep-alive, error) fits
 * behind the upstream's. It never changes a byte. All of it is a guess until
 * `ended`.
 */
struct watch {
	struct usage	usage;
	enum stop	stop;		/* STOP_NONE until known */
	bool		began;		/* first event of the dialect was seen */
	bool		ended;		/* its terminal event was seen */
	bool		failed;		/* ... and that was an error */
	int64_t		sequence;	/* responses: last sequence_number, -1 */
	char		id[128];	/* responses: the response's id */
	char		model[128];	/* responses: for response.failed */
	int64_t		created_at;	/* responses */
};

#endif
