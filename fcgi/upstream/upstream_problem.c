#include "build.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include "clock.h"
#include "upstream.h"
#include "upstream_transfer.h"

/*
 * A failed transfer in a sentence. libcurl's own messages may quote what a proxy
 * or server said; ours name nothing but the origin and the proxy's name.
 */
static const struct {
	CURLcode	 code;
	const char	*reason;
} reasons[] = {
	{ CURLE_UNSUPPORTED_PROTOCOL, "its answer is not HTTP" },
	{ CURLE_WEIRD_SERVER_REPLY, "its answer is not HTTP" },
	{ CURLE_URL_MALFORMAT, "its URL can't be used" },
	{ CURLE_COULDNT_RESOLVE_HOST, "its name can't be resolved" },
	{ CURLE_COULDNT_RESOLVE_PROXY,
	    "the outbound proxy's name can't be resolved" },
	{ CURLE_PARTIAL_FILE, "the connection was cut before the reply ended" },
	{ CURLE_RECV_ERROR, "the connection was cut before the reply ended" },
	{ CURLE_ABORTED_BY_CALLBACK,
	    "it closed the connection without an answer" },
	{ CURLE_BAD_CONTENT_ENCODING, "its answer is compressed, which was "
	    "not asked for, and can't be read" },
	{ CURLE_GOT_NOTHING, "it closed the connection without an answer" },
	{ CURLE_SEND_ERROR, "the connection was cut while sending" },
	{ CURLE_SSL_CONNECT_ERROR, "the TLS handshake failed" },
	{ CURLE_SSL_CACERT_BADFILE, "the CA certificates can't be read" },
	{ CURLE_HTTP2, "the HTTP/2 connection broke" },
	{ CURLE_HTTP2_STREAM, "the HTTP/2 stream was broken off" },
	{ CURLE_PROXY, "the outbound proxy refused" },
};

static long
info_long(const struct upstream *u, CURLINFO what)
{
	long	value = 0;

	curl_easy_getinfo(u->easy, what, &value);
	return value;
}

static curl_off_t
info_offset(const struct upstream *u, CURLINFO what)
{
	curl_off_t	value = 0;

	curl_easy_getinfo(u->easy, what, &value);
	return value;
}

static bool
connect_refused(const struct upstream *u)
{
	long	status = info_long(u, CURLINFO_HTTP_CONNECTCODE);

	return status != 0 && (status < 200 || status > 299);
}

/*
 * libcurl takes the time when it is about to send; what fails before, or has
 * sent no byte of the request's head, can't have been acted upon. A proxy's
 * CONNECT is no part of it.
 */
bool
upstream_unsent(const struct upstream *u)
{
	return !u->worked &&
	    (info_offset(u, CURLINFO_PRETRANSFER_TIME_T) == 0 ||
	    info_long(u, CURLINFO_REQUEST_SIZE) == 0);
}

/*
 * Whether it failed because this process has no descriptor left, which libcurl
 * does not say: for a socket, or for a name's resolving.
 */
static bool
descriptors_short(const struct upstream *u)
{
	int	fd;

	if (!upstream_unsent(u) || (u->code != CURLE_COULDNT_CONNECT &&
	    u->code != CURLE_COULDNT_RESOLVE_HOST &&
	    u->code != CURLE_COULDNT_RESOLVE_PROXY))
		return false;
	fd = eventfd(0, EFD_CLOEXEC);
	if (fd == -1)
		return errno == EMFILE || errno == ENFILE;
	close(fd);
	return false;
}

/* What fails on the way to the upstream is the proxy's, but for its TLS. */
bool
upstream_proxy_refused(const struct upstream *u)
{
	if (u->request.proxy == NULL)
		return false;
	if (u->status == 407)
		return true;
	if (!u->done || u->code == CURLE_OK || !upstream_unsent(u) ||
	    descriptors_short(u))
		return false;
	return u->code != CURLE_SSL_CONNECT_ERROR &&
	    u->code != CURLE_PEER_FAILED_VERIFICATION &&
	    u->code != CURLE_SSL_CACERT_BADFILE &&
	    u->code != CURLE_OUT_OF_MEMORY;
}

bool
upstream_connected_anew(const struct upstream *u)
{
	return info_long(u, CURLINFO_NUM_CONNECTS) > 0;
}

bool
upstream_body_sent(const struct upstream *u)
{
	return u->done || u->request.body == NULL ||
	    info_offset(u, CURLINFO_SIZE_UPLOAD_T) >=
	    (curl_off_t)u->reader.edits->length;
}

static const char *
certificate_reason(const struct upstream *u)
{
	long	result = info_long(u, CURLINFO_SSL_VERIFYRESULT);

	if (result == X509_V_OK)
		return "its certificate is for another name";
	return X509_verify_cert_error_string(result);
}

static const char *
reason_of(const struct upstream *u)
{
	long	error;
	size_t	i;

	if (u->code == CURLE_COULDNT_CONNECT) {
		error = info_long(u, CURLINFO_OS_ERRNO);
		return error != 0 ? strerror((int)error) :
		    "no connection";
	}
	if (u->code == CURLE_PEER_FAILED_VERIFICATION)
		return certificate_reason(u);
	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].code == u->code)
			return reasons[i].reason;
	return curl_easy_strerror(u->code);
}

/* " through the proxy NAME", or nothing. */
static const char *
proxy_words(const struct upstream *u, char words[128])
{
	words[0] = '\0';
	if (u->request.proxy != NULL)
		snprintf(words, 128, " through the proxy \"%.80s\"",
		    u->request.proxy->name);
	return words;
}

int
upstream_explain(const struct upstream *u, struct problem *p)
{
	const char	*origin = u->origin, *reason;
	char		 proxy[128];

	proxy_words(u, proxy);
	/* libcurl has no memory, it says, for a line of more than 100 KB. */
	if (u->head_too_large || (u->code == CURLE_OUT_OF_MEMORY &&
	    u->status > 0 && !u->head_done))
		return problem_set(p, PROBLEM_UPSTREAM,
		    "the head of the reply of %s is larger than %zu KiB",
		    origin, u->head_too_large ? UPSTREAM_HEAD_MAX / 1024 : 100);
	if (u->code == CURLE_OUT_OF_MEMORY)
		return problem_no_memory(p);
	if (descriptors_short(u)) {
		problem_set(p, PROBLEM_OVERLOADED, "the gateway is short of "
		    "file descriptors (LimitNOFILE, ulimit -n), try again");
		p->retry_after_s = 1;
		p->ours = true;
		return -1;
	}
	if (u->code == CURLE_OPERATION_TIMEDOUT)
		return problem_set(p, PROBLEM_TIMEOUT,
		    "%s could not be reached%s within %d seconds", origin,
		    proxy, u->request.connect_timeout_s);
	if (info_long(u, CURLINFO_HTTP_CONNECTCODE) == 407)
		return problem_set(p, PROBLEM_UPSTREAM,
		    "%s could not be reached%s: it wants other credentials",
		    origin, proxy);
	if (connect_refused(u))
		return problem_set(p, PROBLEM_UPSTREAM,
		    "%s could not be reached%s: it answered %ld", origin, proxy,
		    info_long(u, CURLINFO_HTTP_CONNECTCODE));
	reason = reason_of(u);
	if (upstream_unsent(u))
		return problem_set(p, PROBLEM_UPSTREAM,
		    "%s could not be reached%s: %s", origin, proxy, reason);
	return problem_set(p, PROBLEM_UPSTREAM, "the exchange with %s%s "
	    "failed: %s", origin, proxy, reason);
}

int
upstream_explain_silence(const struct upstream *u, struct problem *p)
{
	int64_t	content_us = (int64_t)u->request.content_timeout_ms * 1000;

	if (content_us > 0 && now_us() - u->sent_us >= content_us)
		return problem_set(p, PROBLEM_TIMEOUT,
		    "%s said nothing within %.1f seconds", u->origin,
		    u->request.content_timeout_ms / 1000.0);
	if (!u->head_done)
		return problem_set(p, PROBLEM_TIMEOUT,
		    "%s did not answer within %d seconds", u->origin,
		    u->request.first_byte_timeout_s);
	return problem_set(p, PROBLEM_TIMEOUT,
	    "%s sent nothing more for %d seconds", u->origin,
	    u->request.idle_timeout_s);
}
