#ifndef USER_AGENT_H
#define USER_AGENT_H

#include "config.h"
#include "state.h"

/*
 * The version that Factory's client is at, "0.85.0": what tokend wrote into the
 * state directory, else the configuration's. The file is looked at once a second
 * at most and must hold exactly d.d.d. Any thread may call it.
 */
#define USER_AGENT_VERSION_MAX	32

void	user_agent_version(const struct state *, const struct config *,
	    char out[USER_AGENT_VERSION_MAX]);

#endif
