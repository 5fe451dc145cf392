#ifndef UPSTREAM_SHARE_H
#define UPSTREAM_SHARE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include <curl/curl.h>
#include <openssl/x509_vfy.h>

#include "http_trust.h"
#include "problem.h"

/*
 * What all upstreams of a process share: names, TLS sessions, whom they trust, and
 * the order to stop. Constant once open, but for what its locks guard.
 */
struct upstream_share {
	CURLSH		*curl;
	X509_STORE	*trusted;	/* guards itself; NULL: the file says whom */
	char		*ca_file;	/* for another TLS; NULL: as that has it */
	pthread_mutex_t	 locks[CURL_LOCK_DATA_LAST];
	int		 stop_fd;	/* readable from the order on */
	atomic_bool	 stopping;
};

/*
 * Opened before the threads of a process start, and closed after the last one.
 * NULL with the problem set, certificates that can't be read being one.
 */
struct upstream_share *upstream_share_open(const struct http_trust *,
	    struct problem *);
void	upstream_share_close(struct upstream_share *);

/* Makes every wait of every upstream fail: the gateway is stopping. Signal-safe. */
void	upstream_stop_all(struct upstream_share *);

#endif
