#include "build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/ssl.h>

#include "clock.h"
#include "http_options.h"
#include "upstream.h"
#include "upstream_transfer.h"

/*
 * How libcurl is told to send: nothing but what the exchange says, nowhere but
 * where it says.
 */
/* A stream holds on to its for minutes, and its events are small. */
#define EVENT_BUFFER	2048L
#define READ_BUFFER	16384L
#define WRITE_BUFFER_LARGE	65536L	/* while a large body is sent */

/* Closed before a load balancer's usual 60 seconds do it in mid-request. */
#define IDLE_CONNECTION_S	50L
/* One that is stale is found out within this time. */
#define STALE_US	1000000
/* A name's new addresses are used after so long at the latest. */
#define CONNECTION_LIFE_S	600L

/* Those are libcurl's to say. */
static bool
is_framing(const char *name)
{
	static const char *const names[] = {
		"content-length", "transfer-encoding", "connection", "expect",
	};
	size_t	i;

	if (strchr("cteCTE", name[0]) == NULL)
		return false;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcasecmp(name, names[i]) == 0)
			return true;
	return false;
}

/* libcurl's own fields, which are said here or left out. */
static const struct {
	const char	*name, *line;
} own[] = {
	{ "expect", "Expect:" },
	{ "accept", "Accept:" },
	{ "accept-encoding", "Accept-Encoding: identity" },
	{ "content-type", "Content-Type:" },
};
#define OWN_COUNT	(sizeof(own) / sizeof(own[0]))
#define OWN_BYTES	80	/* of their lines */

struct field_writer {
	struct curl_slist	*node;
	char			*at;
};

static void
put(struct field_writer *to, const char *string)
{
	size_t	length = strlen(string);

	memcpy(to->at, string, length + 1);
	to->at += length;
}

static void
write_field(struct field_writer *to, const char *name, const char *between,
    const char *value)
{
	to->node->data = to->at;
	to->node->next = to->node + 1;
	to->node++;
	put(to, name);
	put(to, between);
	put(to, value);
	to->at++;
}

/*
 * The request's own fields, and the silence of libcurl's: a field without value
 * is left out, an empty value has a spelling of its own ("name;"). Nodes and
 * lines are one block. Only a large body makes libcurl expect a 100.
 */
static int
set_fields(struct upstream *u)
{
	const struct headers	*headers = u->request.headers;
	const struct header	*header = headers->at;
	size_t			 count = headers->count + OWN_COUNT, i;
	size_t			 bytes = OWN_BYTES;
	struct field_writer	 to;

	for (i = 0; i < headers->count; i++)
		bytes += strlen(header[i].name) + strlen(header[i].value) + 3;
	u->fields = malloc(count * sizeof(*u->fields) + bytes);
	if (u->fields == NULL)
		return -1;
	to.node = u->fields;
	to.at = (char *)(u->fields + count);
	for (i = 0; i < headers->count; i++)
		if (!is_framing(header[i].name))
			write_field(&to, header[i].name,
			    header[i].value[0] == '\0' ? ";" : ": ",
			    header[i].value);
	for (i = u->large_body ? 0 : 1; i < OWN_COUNT; i++)
		if (i == 0 || headers_find(headers, own[i].name) == NULL)
			write_field(&to, own[i].line, "", "");
	if (to.node > u->fields)
		to.node[-1].next = NULL;
	curl_easy_setopt(u->easy, CURLOPT_HTTPHEADER,
	    to.node > u->fields ? u->fields : NULL);
	return 0;
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

/*
 * libcurl repeats a request when a connection that was kept ends without a byte.
 * Where it ends at once, that had nobody at its other end any more; after a
 * while it may be that the request was worked on, and must not be done twice.
 */
static int
before_request(void *context, char *peer, char *local, int peer_port,
    int local_port)
{
	struct upstream	*u = context;
	int64_t		 now = now_us();

	(void)peer;
	(void)local;
	(void)peer_port;
	(void)local_port;
	u->worked = u->asked_us != 0 && now - u->asked_us > STALE_US;
	u->asked_us = now;
	return u->worked ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* A body without edits is sent from where it is, else it is read. */
static void
set_body(struct upstream *u)
{
	const struct edits_reader	*from = u->request.body;
	const char			*at = "";
	size_t				 length = 0;

	if (from != NULL) {
		length = from->edits->length;
		edits_rewind(&u->reader, from->edits);
	}
	if (length > 0)
		at = edits_change(from->edits) ? NULL : from->edits->body.at;
	curl_easy_setopt(u->easy, CURLOPT_POSTFIELDSIZE_LARGE,
	    (curl_off_t)length);
	curl_easy_setopt(u->easy, CURLOPT_POSTFIELDS, at);
	/* It sends a buffer at a time, and polls twice for each. */
	u->large_body = length > (size_t)WRITE_BUFFER_LARGE;
	curl_easy_setopt(u->easy, CURLOPT_UPLOAD_BUFFERSIZE,
	    u->large_body ? WRITE_BUFFER_LARGE : UPSTREAM_WRITE_BUFFER);
}

static bool
has_body(const struct upstream *u)
{
	return strcmp(u->request.method, "GET") != 0 &&
	    strcmp(u->request.method, "HEAD") != 0;
}

static bool
is_post(const struct upstream *u)
{
	return strcmp(u->request.method, "POST") == 0;
}

static void
set_method(struct upstream *u)
{
	const char	*method = u->request.method;
	CURL		*easy = u->easy;

	if (!has_body(u)) {
		curl_easy_setopt(easy, strcmp(method, "GET") == 0 ?
		    CURLOPT_HTTPGET : CURLOPT_NOBODY, 1L);
		return;
	}
	curl_easy_setopt(easy, CURLOPT_POST, 1L);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_body);
	curl_easy_setopt(easy, CURLOPT_READDATA, &u->reader);
	curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, rewind_body);
	curl_easy_setopt(easy, CURLOPT_SEEKDATA, &u->reader);
	if (!is_post(u))
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
}

static CURLcode
share_trust(CURL *easy, void *tls, void *context)
{
	const struct upstream_share	*share = context;

	(void)easy;
	SSL_CTX_set1_cert_store(tls, share->trusted);
	return CURLE_OK;
}

/* With one store for all, libcurl reads no place by itself. */
static void
set_trust(struct upstream *u)
{
	const struct upstream_share	*share = u->share;
	CURL				*easy = u->easy;

	if (share->trusted == NULL && share->ca_file == NULL)
		return;
	if (share->trusted != NULL) {
		curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, share_trust);
		curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, share);
	}
	curl_easy_setopt(easy, CURLOPT_CAINFO, share->ca_file);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, share->ca_file);
	curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, NULL);
}

/* As libcurl reads it itself, but once; what is no URL is left to it to say. */
static void
set_url(struct upstream *u)
{
	struct upstream_way	*way = &u->way;

	way->parsed = curl_url();
	if (way->parsed != NULL && curl_url_set(way->parsed, CURLUPART_URL,
	    way->url, CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK)
		curl_easy_setopt(u->easy, CURLOPT_CURLU, way->parsed);
	else
		curl_easy_setopt(u->easy, CURLOPT_URL, way->url);
}

/* An empty proxy is a direct connection, whatever the environment says. */
static void
set_way(struct upstream *u)
{
	const struct upstream_request	*request = &u->request;
	CURL				*easy = u->easy;

	set_url(u);
	http_options_protocols(easy);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_PROXY,
	    request->proxy != NULL ? request->proxy->url : "");
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	/* It is not asked for (`own`), but some send it. */
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, request->http2 ?
	    (long)CURL_HTTP_VERSION_2TLS : (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, IDLE_CONNECTION_S);
	http_options_life(easy, CONNECTION_LIFE_S);
	if (request->connect_timeout_s > 0)
		curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT,
		    (long)request->connect_timeout_s);
}

static bool
may_keep(const struct upstream *u)
{
	return u->request.proxy == NULL && !u->request.http2 && is_post(u);
}

static bool
same_way(const struct upstream *u)
{
	const struct upstream_way	*way = &u->way;
	const struct upstream_request	*request = &u->request;

	return way->kept && may_keep(u) &&
	    way->connect_timeout_s == request->connect_timeout_s &&
	    strcmp(way->url, request->url) == 0;
}

void
upstream_forget_way(struct upstream *u)
{
	free(u->way.url);
	curl_url_cleanup(u->way.parsed);
	memset(&u->way, 0, sizeof(u->way));
}

/*
 * libcurl counts the connections that died under a request for as long as a
 * handle is not reset, and gives up at the sixth: a new one forgets.
 */
void
upstream_keep_way(struct upstream *u)
{
	u->way.kept = u->done && u->code == CURLE_OK && may_keep(u) &&
	    !upstream_connected_anew(u);
}

/* Scheme, host and port, without what may be secret. */
static void
note_origin(struct upstream *u, const char *url)
{
	const char	*host = strstr(url, "://"), *end, *at;
	int		 scheme, length;

	host = host != NULL ? host + 3 : url;
	end = host + strcspn(host, "/?#");
	scheme = host - url < 16 ? (int)(host - url) : 0;
	at = memchr(host, '@', (size_t)(end - host));
	if (at != NULL)
		host = at + 1;
	length = end - host < 256 ? (int)(end - host) : 256;
	snprintf(u->origin, sizeof(u->origin), "%.*s%.*s", scheme, url, length,
	    host);
}

static int
start_way(struct upstream *u)
{
	const struct upstream_request	*request = &u->request;
	struct upstream_way		*way = &u->way;

	curl_easy_reset(u->easy);
	upstream_forget_way(u);
	note_origin(u, request->url);
	way->connect_timeout_s = request->connect_timeout_s;
	way->url = strdup(request->url);
	return way->url != NULL ? 0 : -1;
}

int
upstream_set_options(struct upstream *u, curl_write_callback head,
    curl_write_callback body)
{
	CURL	*easy = u->easy;

	if (!same_way(u)) {
		if (start_way(u) == -1)
			return -1;
		curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
		curl_easy_setopt(easy, CURLOPT_SHARE, u->share->curl);
		curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, head);
		curl_easy_setopt(easy, CURLOPT_HEADERDATA, u);
		curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, body);
		curl_easy_setopt(easy, CURLOPT_WRITEDATA, u);
		http_options_before_request(easy, before_request, u);
		set_way(u);
		set_trust(u);
		set_method(u);
	}
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, u->request.stream
	    ? EVENT_BUFFER : READ_BUFFER);
	curl_easy_setopt(u->easy, CURLOPT_HTTP_CONTENT_DECODING,
	    u->request.decode ? 1L : 0L);
	if (has_body(u))
		set_body(u);
	else
		u->request.body = NULL;
	return set_fields(u);
}
