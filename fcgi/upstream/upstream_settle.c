#include "build.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "upstream.h"
#include "upstream_transfer.h"

/* As deep as sending and a handshake go; a worker's stack is larger. */
#define STACK_SPENT	((uintptr_t)64 * 1024)

/* What the functions here have of it below the frame that is looked at. */
#define STACK_OWN	((uintptr_t)512)

/*
 * OpenSSL takes buffers of 16 KiB for a session ticket, which comes behind the
 * handshake (TLS 1.3), and keeps the one for writing until the next write. Each
 * thread has generators of random numbers of its own, which only a handshake
 * asks: 5 KiB, made anew for the next one.
 */
static void
drop_tls_buffers(struct upstream *u)
{
	struct curl_tlssessioninfo	*tls = NULL;

	if (!u->done && curl_easy_getinfo(u->easy, CURLINFO_TLS_SSL_PTR,
	    &tls) == CURLE_OK && tls != NULL && tls->internals != NULL &&
	    tls->backend == CURLSSLBACKEND_OPENSSL &&
	    SSL_pending(tls->internals) == 0) {
		SSL_free_buffers(tls->internals);
		OPENSSL_thread_stop();
	}
}

/* The pages below this frame. */
static void
drop_stack(void)
{
	uintptr_t	page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t	end = (uintptr_t)__builtin_frame_address(0) - STACK_OWN;

	end -= end % page;
	(void)madvise((void *)(end - STACK_SPENT), STACK_SPENT, MADV_DONTNEED);
}

void
upstream_settle(struct upstream *u)
{
	u->settled = true;
	curl_easy_setopt(u->easy, CURLOPT_UPLOAD_BUFFERSIZE,
	    UPSTREAM_WRITE_BUFFER);
	drop_tls_buffers(u);
	drop_stack();
}
