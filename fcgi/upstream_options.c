#include "build.h"

#include <pthread.h>
#include <string.h>
#include <strings.h>

#include "upstream_transfer.h"

/*
 * How libcurl is told to send: nothing but what the exchange says, nowhere but
 * where it says.
 */
/* A stream holds on to its for minutes, and its events are small. */
#define EVENT_BUFFER	4096L
#define READ_BUFFER	16384L
#define WRITE_BUFFER	16384L	/* the least that libcurl takes */
#define WRITE_BUFFER_LARGE	65536L	/* while a large body is sent */

/* Closed before a load balancer's usual 60 seconds do it in mid-request. */
#define IDLE_CONNECTION_S	50L
/* A name's new addresses are used after so long at the latest. */
#define CONNECTION_LIFE_S	600L

static CURLSH		*share;
static const char	*system_ca_path;	/* libcurl's own, or NULL */
static pthread_mutex_t	 share_locks[CURL_LOCK_DATA_LAST];

static void
share_lock(CURL *easy, curl_lock_data data, curl_lock_access access,
    void *context)
{
	(void)easy;
	(void)access;
	(void)context;
	pthread_mutex_lock(&share_locks[data]);
}

static void
share_unlock(CURL *easy, curl_lock_data data, void *context)
{
	(void)easy;
	(void)context;
	pthread_mutex_unlock(&share_locks[data]);
}

int
upstream_share_open(void)
{
	int	i;

	for (i = 0; i < CURL_LOCK_DATA_LAST; i++)
		pthread_mutex_init(&share_locks[i], NULL);
	system_ca_path = curl_version_info(CURLVERSION_NOW)->capath;
	share = curl_share_init();
	if (share == NULL)
		return -1;
	curl_share_setopt(share, CURLSHOPT_LOCKFUNC, share_lock);
	curl_share_setopt(share, CURLSHOPT_UNLOCKFUNC, share_unlock);
	curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
	curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
	return 0;
}

void
upstream_share_close(void)
{
	curl_share_cleanup(share);
	share = NULL;
}

/* Those are libcurl's to say. */
static bool
is_framing(const char *name)
{
	static const char *const names[] = {
		"content-length", "transfer-encoding", "connection", "expect",
	};
	size_t	i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcasecmp(name, names[i]) == 0)
			return true;
	return false;
}

static int
add_field(struct upstream *u, const char *line)
{
	struct curl_slist	*fields = curl_slist_append(u->fields, line);

	if (fields == NULL)
		return -1;
	u->fields = fields;
	return 0;
}

/* An empty value has a spelling of its own in libcurl: "name;". */
static int
add_header(struct upstream *u, const struct header *header, struct buf *line)
{
	buf_clear(line);
	buf_puts(line, header->name);
	if (header->value[0] == '\0') {
		buf_putc(line, ';');
	} else {
		buf_puts(line, ": ");
		buf_puts(line, header->value);
	}
	return line->failed ? -1 : add_field(u, line->at);
}

/*
 * The request's own fields, and the silence of libcurl's: a field without value
 * is left out.
 */
static int
set_fields(struct upstream *u)
{
	static const struct {
		const char	*name, *unless_given;
	} own[] = {
		{ "accept", "Accept:" },
		{ "accept-encoding", "Accept-Encoding: identity" },
		{ "content-type", "Content-Type:" },
	};
	const struct headers	*headers = u->request.headers;
	struct buf		 line;
	int			 result = add_field(u, "Expect:");
	size_t			 i;

	buf_init(&line, UPSTREAM_HEAD_MAX, NULL);
	for (i = 0; i < headers->count && result == 0; i++)
		if (!is_framing(headers->at[i].name))
			result = add_header(u, &headers->at[i], &line);
	buf_release(&line);
	for (i = 0; i < sizeof(own) / sizeof(own[0]) && result == 0; i++)
		if (headers_find(headers, own[i].name) == NULL)
			result = add_field(u, own[i].unless_given);
	curl_easy_setopt(u->easy, CURLOPT_HTTPHEADER, u->fields);
	return result;
}

static size_t
read_body(char *to, size_t size, size_t count, void *context)
{
	return edits_read(context, to, size * count);
}

/* libcurl asks for it when it repeats a request that a dead connection took. */
static int
rewind_body(void *context, curl_off_t offset, int origin)
{
	struct edits_reader	*reader = context;

	if (offset != 0 || origin != SEEK_SET)
		return CURL_SEEKFUNC_CANTSEEK;
	edits_rewind(reader, reader->edits);
	return CURL_SEEKFUNC_OK;
}

/* A body without edits is sent from where it is. */
static void
set_body(struct upstream *u)
{
	struct edits_reader	*body = &u->reader;
	CURL			*easy = u->easy;

	curl_easy_setopt(easy, CURLOPT_POST, 1L);
	if (u->request.body == NULL || u->request.body->edits->length == 0) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)0);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "");
		return;
	}
	edits_rewind(body, u->request.body->edits);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
	    (curl_off_t)body->edits->length);
	if (!edits_change(body->edits)) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
		    body->edits->body.at);
		return;
	}
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_body);
	curl_easy_setopt(easy, CURLOPT_READDATA, body);
	curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, rewind_body);
	curl_easy_setopt(easy, CURLOPT_SEEKDATA, body);
}

static void
set_method(struct upstream *u)
{
	const char	*method = u->request.method;

	if (strcmp(method, "GET") == 0) {
		curl_easy_setopt(u->easy, CURLOPT_HTTPGET, 1L);
	} else if (strcmp(method, "HEAD") == 0) {
		curl_easy_setopt(u->easy, CURLOPT_NOBODY, 1L);
	} else {
		set_body(u);
		if (strcmp(method, "POST") != 0)
			curl_easy_setopt(u->easy, CURLOPT_CUSTOMREQUEST,
			    method);
	}
}

/* A directory of certificates costs a bundle's memory only as it is used. */
static void
set_trust(struct upstream *u)
{
	const char	*path = u->request.ca_path;

	if (path == NULL)
		path = system_ca_path;
	if (path == NULL)
		return;
	curl_easy_setopt(u->easy, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(u->easy, CURLOPT_CAPATH, path);
	curl_easy_setopt(u->easy, CURLOPT_PROXY_CAINFO, NULL);
	curl_easy_setopt(u->easy, CURLOPT_PROXY_CAPATH, path);
}

/* An empty proxy is a direct connection, whatever the environment says. */
static void
set_way(struct upstream *u)
{
	const struct upstream_request	*request = &u->request;
	CURL				*easy = u->easy;

	curl_easy_setopt(easy, CURLOPT_URL, request->url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_PROXY,
	    request->proxy != NULL ? request->proxy->url : "");
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, request->http2 ?
	    (long)CURL_HTTP_VERSION_2TLS : (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, IDLE_CONNECTION_S);
	curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, CONNECTION_LIFE_S);
	if (request->connect_timeout_s > 0)
		curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT,
		    (long)request->connect_timeout_s);
}

/*
 * libcurl sends a buffer at a time, and polls twice for each. The buffer stays,
 * unless it is told of another size.
 */
static void
set_write_buffer(struct upstream *u)
{
	const struct edits_reader	*body = u->request.body;

	u->large_buffer = body != NULL &&
	    body->edits->length > (size_t)WRITE_BUFFER_LARGE;
	curl_easy_setopt(u->easy, CURLOPT_UPLOAD_BUFFERSIZE,
	    u->large_buffer ? WRITE_BUFFER_LARGE : WRITE_BUFFER);
}

void
upstream_shrink_buffer(struct upstream *u)
{
	if (!u->large_buffer)
		return;
	u->large_buffer = false;
	curl_easy_setopt(u->easy, CURLOPT_UPLOAD_BUFFERSIZE, WRITE_BUFFER);
}

int
upstream_set_options(struct upstream *u)
{
	CURL	*easy = u->easy;

	curl_easy_reset(easy);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_SHARE, share);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, u->request.stream
	    ? EVENT_BUFFER : READ_BUFFER);
	set_write_buffer(u);
	set_way(u);
	set_trust(u);
	set_method(u);
	return set_fields(u);
}
