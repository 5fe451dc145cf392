#ifndef UPSTREAM_SHARE_H
#define UPSTREAM_SHARE_H

#include <pthread.h>
#include <stdatomic.h>

#include <curl/curl.h>

#include "problem.h"

/*
 * What all upstreams of a process share: names, TLS sessions, and the order to
 * stop. Constant once open, but for what its locks guard.
 */
struct upstream_share {
	CURLSH		*curl;
	pthread_mutex_t	 locks[CURL_LOCK_DATA_LAST];
	int		 stop_fd;	/* readable from the order on */
	atomic_bool	 stopping;
};

#endif
