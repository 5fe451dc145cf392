#ifndef USER_AGENT_H
#define USER_AGENT_H

#include <pthread.h>
#include <time.h>

/*
 * The version that Factory's client is at, "0.85.0": what tokend wrote into the
 * state directory. The file is looked at once a second at most and must hold
 * exactly d.d.d. Any thread may ask.
 */
#define USER_AGENT_VERSION_MAX	32

struct user_agent {
	const char	*file;		/* borrowed */
	pthread_mutex_t	 lock;		/* of what follows */
	time_t		 looked_at;	/* monotonic seconds */
	char		 found[USER_AGENT_VERSION_MAX];	/* "": none yet */
};

void	user_agent_init(struct user_agent *, const char *file);

/* The version that was found last, else `otherwise`. */
void	user_agent_version(struct user_agent *, const char *otherwise,
	    char out[USER_AGENT_VERSION_MAX]);

#endif
