#ifndef HTTP_OPTIONS_H
#define HTTP_OPTIONS_H

#include <curl/curl.h>

/*
 * Options that are younger than libcurl 7.74, the oldest that will do. Where one
 * is missing a connection may live longer and a request that a connection died
 * under be repeated however long that took (7.80), or the end of the program wait
 * for a silent name server (7.87).
 */

/* Nothing but HTTP, whatever a URL says. */
static inline void
http_options_protocols(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS,
	    (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

static inline void
http_options_life(CURL *easy, long seconds)
{
#if LIBCURL_VERSION_NUM >= 0x075000
	curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, seconds);
#else
	(void)easy;
	(void)seconds;
#endif
}

#if LIBCURL_VERSION_NUM < 0x075000
#define CURL_PREREQFUNC_OK	0
#define CURL_PREREQFUNC_ABORT	1
#endif

/* Called before each request on a connection, the repeated ones, too. */
static inline void
http_options_before_request(CURL *easy, int (*call)(void *, char *, char *,
    int, int), void *context)
{
#if LIBCURL_VERSION_NUM >= 0x075000
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, call);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, context);
#else
	(void)easy;
	(void)call;
	(void)context;
#endif
}

static inline void
http_options_quick_exit(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075700
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#else
	(void)easy;
#endif
}

#endif
