#ifndef POOL_NEWS_H
#define POOL_NEWS_H

#include <stdbool.h>

/* What the threads of a process let pool.c know. */
struct pool_news {
	bool	served;		/* pool_workers_quiet() may be asked */
	bool	left;		/* threads have left since it was asked last */
	int	short_of;	/* errno of an accept() that failed; 0: none did */
	bool	refused;	/* a request, for lack of descriptors */
};

#endif
