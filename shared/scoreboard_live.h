#ifndef SCOREBOARD_LIVE_H
#define SCOREBOARD_LIVE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scoreboard.h"

/*
 * The exchanges with a model that are under way in all processes of the host
 * (struct live_exchange), for people to look at. Those of a dead process are not
 * seen any more.
 */
struct live;

/* Where the owner of an entry counts its bytes. */
typedef atomic_uint_least64_t	live_bytes;

/* Shows an exchange; NULL when the table is full, which is no harm. */
struct live	*scoreboard_show(struct scoreboard *,
		    const struct live_exchange *);
live_bytes	*live_bytes_of(struct live *);		/* NULL of NULL */
void		 live_end(struct live *);		/* NULL is fine */

/* Up to `max` of them, in no order; how many. */
size_t	scoreboard_live(const struct scoreboard *, struct live_exchange *,
	    size_t max);

#endif
