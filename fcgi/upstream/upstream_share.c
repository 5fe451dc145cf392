#include "build.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "upstream_share.h"

static void
lock(CURL *easy, curl_lock_data data, curl_lock_access access, void *context)
{
	struct upstream_share	*share = context;

	(void)easy;
	(void)access;
	pthread_mutex_lock(&share->locks[data]);
}

static void
unlock(CURL *easy, curl_lock_data data, void *context)
{
	struct upstream_share	*share = context;

	(void)easy;
	pthread_mutex_unlock(&share->locks[data]);
}

static int
share_names_and_sessions(struct upstream_share *share)
{
	int	i;

	for (i = 0; i < CURL_LOCK_DATA_LAST; i++)
		pthread_mutex_init(&share->locks[i], NULL);
	share->curl = curl_share_init();
	if (share->curl == NULL)
		return -1;
	curl_share_setopt(share->curl, CURLSHOPT_USERDATA, share);
	curl_share_setopt(share->curl, CURLSHOPT_LOCKFUNC, lock);
	curl_share_setopt(share->curl, CURLSHOPT_UNLOCKFUNC, unlock);
	curl_share_setopt(share->curl, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
	curl_share_setopt(share->curl, CURLSHOPT_SHARE,
	    CURL_LOCK_DATA_SSL_SESSION);
	return 0;
}

/* Whose certificates libcurl can be given; another TLS reads a file by itself. */
static bool
is_openssl(void)
{
	const char	*name = curl_version_info(CURLVERSION_NOW)->ssl_version;

	return name != NULL && strncmp(name, "OpenSSL/", 8) == 0;
}

static int
note_file(struct upstream_share *share, const struct http_trust *trust,
    struct problem *p)
{
	share->ca_file = strdup(trust->file);
	return share->ca_file != NULL ? 0 :
	    problem_set(p, PROBLEM_SERVER, "out of memory");
}

/*
 * A bundle is read now, a folder's certificates as they are needed, once for all
 * connections of the process: a connection of its own would cost the same again.
 */
static int
read_trust(struct upstream_share *share, const struct http_trust *trust,
    struct problem *p)
{
	const char	*place = trust->file != NULL ? trust->file :
			    trust->folder;

	if (place == NULL)
		return 0;
	if (!is_openssl())	/* and knows the usual places */
		return trust->file == NULL ? 0 : note_file(share, trust, p);
	share->trusted = X509_STORE_new();
	if (share->trusted == NULL)
		return problem_set(p, PROBLEM_SERVER, "out of memory");
	/* As libcurl has it: whom we trust ends a chain. */
	X509_STORE_set_flags(share->trusted,
	    X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
	if (X509_STORE_load_locations(share->trusted, trust->file,
	    trust->folder) == 1)
		return 0;
	ERR_clear_error();
	return problem_set(p, PROBLEM_INVALID, "ca_file %s: %s", place,
	    access(place, R_OK) == -1 ? strerror(errno) :
	    "no certificates that can be read");
}

struct upstream_share *
upstream_share_open(const struct http_trust *trust, struct problem *p)
{
	struct upstream_share	*share = calloc(1, sizeof(*share));

	if (share == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) !=
	    CURLE_OK || share_names_and_sessions(share) == -1) {
		problem_set(p, PROBLEM_SERVER, "libcurl can't be prepared");
		free(share);
		return NULL;
	}
	share->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (share->stop_fd == -1)
		problem_set(p, PROBLEM_SERVER, "no file descriptor");
	else if (read_trust(share, trust, p) == 0)
		return share;
	upstream_share_close(share);
	return NULL;
}

void
upstream_share_close(struct upstream_share *share)
{
	if (share == NULL)
		return;
	if (share->stop_fd != -1)
		close(share->stop_fd);
	X509_STORE_free(share->trusted);
	free(share->ca_file);
	curl_share_cleanup(share->curl);
	curl_global_cleanup();
	free(share);
}

void
upstream_stop_all(struct upstream_share *share)
{
	const uint64_t	one = 1;

	atomic_store(&share->stopping, true);
	(void)!write(share->stop_fd, &one, sizeof(one));
}
