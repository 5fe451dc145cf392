#include "build.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "clock.h"
#include "encoding.h"
#include "http.h"
#include "http_options.h"
#include "http_trust.h"

#define POLL_MS		1000

int
http_init(void)
{
	return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -1;
}

void
http_reply_init(struct http_reply *reply, size_t body_max)
{
	memset(reply, 0, sizeof(*reply));
	buf_init(&reply->body, body_max, NULL);
}

void
http_reply_release(struct http_reply *reply)
{
	if (reply->body.capacity > 0)
		explicit_bzero(reply->body.at, reply->body.capacity);
	buf_release(&reply->body);
}

/* All the room at once: growing would leave copies of secrets behind. */
static size_t
body_take(char *bytes, size_t size, size_t count, void *context)
{
	struct buf	*body = context;

	if (body->capacity == 0 && buf_room(body, body->max) == NULL)
		return 0;
	return buf_add(body, bytes, size * count) == 0 ? size * count : 0;
}

static void
handle_trust(CURL *easy, const char *ca_file)
{
	struct http_trust	trust = { NULL, ca_file };

	if (ca_file == NULL)
		trust = http_trust_find("/");
	if (trust.folder == NULL && trust.file == NULL)
		return;
	curl_easy_setopt(easy, CURLOPT_CAINFO, trust.file);
	curl_easy_setopt(easy, CURLOPT_CAPATH, trust.folder);
}

/* Date is what the clock says where the answer was made (RFC 9110 6.6.1). */
static size_t
header_take(char *line, size_t size, size_t count, void *context)
{
	static const char	 name[] = "date:";
	const size_t		 start = sizeof(name) - 1;
	struct http_reply	*reply = context;
	size_t			 length = size * count;
	char			 value[64];
	time_t			 date;

	if (length < start || length - start >= sizeof(value) ||
	    strncasecmp(line, name, start) != 0)
		return length;
	memcpy(value, line + start, length - start);
	value[length - start] = '\0';
	date = curl_getdate(value, NULL);
	reply->date_s = date > 0 ? (int64_t)date : 0;
	return length;
}

static void
handle_set(CURL *easy, const struct http_request *request,
    struct http_reply *reply, struct curl_slist *headers)
{
	curl_easy_setopt(easy, CURLOPT_URL, request->url);
	http_options_protocols(easy);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	/* A name server that is silent must not hold up the end. */
	http_options_quick_exit(easy);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(easy, CURLOPT_PROXY,
	    request->proxy != NULL ? request->proxy : "");
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
	    (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
	    (long)request->connect_timeout_ms);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	if (request->user_agent != NULL)
		curl_easy_setopt(easy, CURLOPT_USERAGENT, request->user_agent);
	if (request->form != NULL)
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->form);
	if (request->bearer != NULL) {
		curl_easy_setopt(easy, CURLOPT_HTTPAUTH,
		    (long)CURLAUTH_BEARER);
		curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER,
		    request->bearer);
	}
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, body_take);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &reply->body);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, header_take);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, reply);
	handle_trust(easy, request->ca_file);
}

/* The transfer's end, or CURLE_ABORTED_BY_CALLBACK for one that was stopped. */
static CURLcode
transfer(CURLM *multi, const struct http_request *request,
    struct http_reply *reply)
{
	struct curl_waitfd	 stop = { request->stop_fd, CURL_WAIT_POLLIN, 0 };
	struct CURLMsg		*message;
	long			 stop_at = 0, wait_ms;
	int			 running, left;

	for (;;) {
		if (curl_multi_perform(multi, &running) != CURLM_OK)
			return CURLE_FAILED_INIT;
		message = curl_multi_info_read(multi, &left);
		if (message != NULL)
			return message->data.result;
		wait_ms = stop_at == 0 ? POLL_MS : stop_at - now_ms();
		if (wait_ms <= 0) {
			reply->stopped = true;
			return CURLE_ABORTED_BY_CALLBACK;
		}
		stop.revents = 0;
		curl_multi_poll(multi, &stop,
		    request->stop_fd >= 0 && stop_at == 0 ? 1 : 0,
		    (int)wait_ms, NULL);
		if (stop.revents != 0)
			stop_at = now_ms() + request->stop_grace_ms;
	}
}

static void
reply_fill(CURL *easy, CURLcode code, struct http_reply *reply)
{
	curl_off_t	seconds = 0, before_sending = 0;
	long		number = 0;

	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &number);
	reply->status = (int)number;
	curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
	reply->retry_after_s = seconds > 86400 ? 86400 : (int)seconds;
	/* Set when the connection stood and the request was about to leave. */
	curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &before_sending);
	reply->sent = before_sending > 0;
	number = 0;
	curl_easy_getinfo(easy, CURLINFO_PROXY_ERROR, &number);
	reply->proxy_failed = code == CURLE_COULDNT_RESOLVE_PROXY ||
	    (code == CURLE_PROXY && number != 0);
}

static int
say_failure(CURLcode code, const struct http_request *request,
    struct http_reply *reply, struct problem *problem)
{
	time_t		now = time(NULL);
	struct tm	parts;
	char		today[16];

	if (code == CURLE_COULDNT_CONNECT && request->proxy != NULL)
		reply->proxy_failed = true;
	if (reply->stopped)
		return problem_set(problem, PROBLEM_UPSTREAM,
		    "given up because of the end of the program");
	if (code == CURLE_OPERATION_TIMEDOUT)
		return problem_set(problem, PROBLEM_TIMEOUT,
		    "no answer within %d ms", request->timeout_ms);
	if (code == CURLE_WRITE_ERROR)
		return problem_set(problem, PROBLEM_TOO_LARGE,
		    "the answer is larger than %zu bytes", reply->body.max);
	if (code == CURLE_PEER_FAILED_VERIFICATION &&
	    gmtime_r(&now, &parts) != NULL &&
	    strftime(today, sizeof(today), "%Y-%m-%d", &parts) > 0)
		return problem_set(problem, PROBLEM_UPSTREAM, "%s, and our "
		    "clock says %s", curl_easy_strerror(code), today);
	return problem_set(problem, PROBLEM_UPSTREAM, "%s",
	    curl_easy_strerror(code));
}

/* libcurl waits for no "100 Continue"; and the caller's. NULL: no memory. */
static struct curl_slist *
header_list(const struct http_request *request)
{
	struct curl_slist	*list = curl_slist_append(NULL, "Expect:");
	struct curl_slist	*longer;
	size_t			 i;

	for (i = 0; list != NULL && i < sizeof(request->headers) /
	    sizeof(request->headers[0]) && request->headers[i] != NULL; i++) {
		longer = curl_slist_append(list, request->headers[i]);
		if (longer == NULL)
			curl_slist_free_all(list);
		list = longer;
	}
	return list;
}

/* It becomes a part of a header. */
static bool
is_sendable(const char *bearer)
{
	for (; *bearer != '\0'; bearer++)
		if (*bearer <= ' ' || *bearer > '~')
			return false;
	return true;
}

int
http_send(const struct http_request *request, struct http_reply *reply,
    struct problem *problem)
{
	CURLM			*multi = curl_multi_init();
	CURL			*easy = curl_easy_init();
	struct curl_slist	*headers;
	CURLcode		 code = CURLE_OUT_OF_MEMORY;

	if (request->bearer != NULL && !is_sendable(request->bearer)) {
		curl_multi_cleanup(multi);
		curl_easy_cleanup(easy);
		return problem_set(problem, PROBLEM_INVALID,
		    "the token can't be sent");
	}
	headers = header_list(request);
	if (multi != NULL && easy != NULL && headers != NULL) {
		handle_set(easy, request, reply, headers);
		curl_multi_add_handle(multi, easy);
		code = transfer(multi, request, reply);
		reply_fill(easy, code, reply);
		curl_multi_remove_handle(multi, easy);
	}
	curl_easy_cleanup(easy);
	curl_multi_cleanup(multi);
	curl_slist_free_all(headers);
	if (code != CURLE_OK)
		return say_failure(code, request, reply, problem);
	return 0;
}

int
http_form_add(struct buf *form, const char *name, const char *value)
{
	if (form->length > 0)
		buf_putc(form, '&');
	percent_add(form, name, "");
	buf_putc(form, '=');
	percent_add(form, value, "");
	return form->failed ? -1 : 0;
}
