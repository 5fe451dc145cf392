#include "build.h"

#include <ctype.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/client.h"
#include "clock.h"
#include "json.h"
#include "upstream.h"
#include "upstream_transfer.h"

/*
 * What may wait to be handed out; then the transfer pauses, and TCP tells the
 * upstream. After a burst no more than KEPT is held on to.
 */
#define BODY_MAX	((size_t)64 * 1024)
#define BODY_KEPT	((size_t)16 * 1024 + 64)

/* One connection in use, one of the model before. */
#define CONNECTIONS_MAX	2L

struct upstream *
upstream_new(struct upstream_share *share)
{
	struct upstream	*u = calloc(1, sizeof(*u));

	if (u == NULL)
		return NULL;
	u->share = share;
	buf_init(&u->head, UPSTREAM_HEAD_MAX, NULL);
	buf_init(&u->body, BODY_MAX, NULL);
	u->multi = curl_multi_init();
	u->easy = curl_easy_init();
	if (u->multi == NULL || u->easy == NULL) {
		upstream_free(u);
		return NULL;
	}
	curl_multi_setopt(u->multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_MAX);
	return u;
}

void
upstream_free(struct upstream *u)
{
	if (u == NULL)
		return;
	upstream_finish(u);
	curl_easy_cleanup(u->easy);
	curl_multi_cleanup(u->multi);
	upstream_forget_way(u);
	free(u);
}

bool
upstream_stopping(const struct upstream *u)
{
	return atomic_load(&u->share->stopping);
}

/* "HTTP/1.1 200 OK": the status, or 0. */
static int
status_of(const char *line, size_t length)
{
	const char	*space = memchr(line, ' ', length);
	size_t		 rest;

	if (space == NULL)
		return 0;
	rest = length - (size_t)(space + 1 - line);
	if (rest < 3 || !isdigit((unsigned char)space[1]) ||
	    !isdigit((unsigned char)space[2]) ||
	    !isdigit((unsigned char)space[3]))
		return 0;
	return (space[1] - '0') * 100 + (space[2] - '0') * 10 + space[3] - '0';
}

/*
 * One line of a head; interim ones (1xx) come before, trailers behind the one
 * that counts.
 */
static size_t
take_line(char *line, size_t size, size_t count, void *context)
{
	struct upstream	*u = context;
	size_t		 length = size * count;

	if (u->head_done)
		return length;
	u->arrived = true;
	if (length >= 5 && memcmp(line, "HTTP/", 5) == 0) {
		buf_clear(&u->head);
		u->status = status_of(line, length);
	} else if (length > 0 && (line[0] == '\r' || line[0] == '\n')) {
		u->head_done = u->status >= 200;
	} else if (buf_add(&u->head, line, length) == -1) {
		u->head_too_large = true;
		return 0;
	}
	return length;
}

static size_t
take_body(char *bytes, size_t size, size_t count, void *context)
{
	struct upstream	*u = context;
	size_t		 length = size * count;

	u->arrived = true;
	if (length > BODY_MAX - u->body.length) {
		u->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	return buf_add(&u->body, bytes, length) == 0 ? length : 0;
}

int
upstream_send(struct upstream *u, const struct upstream_request *request,
    struct problem *p)
{
	upstream_finish(u);
	u->request = *request;
	u->sent_us = u->heard_us = now_us();
	if (upstream_set_options(u, take_line, take_body) == -1 ||
	    curl_multi_add_handle(u->multi, u->easy) != CURLM_OK)
		return problem_no_memory(p);
	u->active = u->due = true;
	return 0;
}

/* Lets curl do what it can without waiting. */
static void
perform(struct upstream *u)
{
	CURLMsg		*message;
	CURLMcode	 result;
	int		 running, left;

	if (u->done || !u->due)
		return;
	u->due = u->arrived = false;
	result = curl_multi_perform(u->multi, &running);
	while ((message = curl_multi_info_read(u->multi, &left)) != NULL) {
		if (message->msg != CURLMSG_DONE)
			continue;
		u->done = true;
		u->code = message->data.result;
	}
	if (result != CURLM_OK) {
		u->done = true;
		u->code = CURLE_OUT_OF_MEMORY;
	}
	if (!u->arrived)
		return;
	u->heard_us = now_us();
	if (u->first_byte_us == 0)
		u->first_byte_us = (uint64_t)(u->heard_us - u->sent_us) + 1;
}

/* When the upstream was silent for too long; INT64_MAX: never. */
static int64_t
deadline_us(const struct upstream *u)
{
	int64_t	from = u->head_done ? u->heard_us : u->sent_us;
	int	seconds = u->head_done ? u->request.idle_timeout_s :
		    u->request.first_byte_timeout_s;

	int64_t	until = seconds > 0 ? from + (int64_t)seconds * 1000000 :
		    INT64_MAX;
	int64_t	content = u->sent_us +
		    (int64_t)u->request.content_timeout_ms * 1000;

	return u->request.content_timeout_ms > 0 && content < until ? content :
	    until;
}

void
upstream_heard(struct upstream *u)
{
	u->request.content_timeout_ms = 0;
}

/*
 * Sleeps until curl, the client or upstream_stop_all() has something. Whether
 * the client has.
 */
static bool
sleep_until(struct upstream *u, int64_t until_us, int64_t now)
{
	struct client		*client = u->request.client;
	struct curl_waitfd	 watched[2] = {
		{ .fd = u->share->stop_fd, .events = CURL_WAIT_POLLIN },
	};
	unsigned		 count = 1, i;
	int			 ready = 0, others = 0;
	int64_t			 left_ms;

	if (client != NULL && client->body_read && client->fd != -1) {
		watched[count].fd = client->fd;
		watched[count++].events =
		    (client->fd_events & POLLIN) != 0 ? CURL_WAIT_POLLIN : 0;
	}
	left_ms = (until_us - now + 999) / 1000;
	if (left_ms > 60 * 1000)
		left_ms = 60 * 1000;
	curl_multi_poll(u->multi, watched, count,
	    left_ms > 0 ? (int)left_ms : 0, &ready);
	for (i = 0; i < count; i++)
		others += watched[i].revents != 0;
	/* Its own sockets, or its own time. */
	u->due = ready == 0 || ready > others;
	/* curl tells of data only; without, hang-ups have to be looked for. */
	return count == 2 && (watched[1].events == 0 ||
	    watched[1].revents != 0);
}

/* Until there is what is wanted. UPSTREAM_END: curl is done without it. */
static enum upstream_result
wait_for(struct upstream *u, int quiet_ms,
    bool (*ready)(const struct upstream *), struct problem *p)
{
	int64_t	quiet_us = 0, dead_us, now;
	bool	look = false;

	/* What came while the client was slow is no silence. */
	if (now_us() >= deadline_us(u))
		u->due = true;
	for (;;) {
		if (upstream_stopping(u)) {
			problem_set(p, PROBLEM_OVERLOADED,
			    "the gateway is stopping");
			return UPSTREAM_FAILED;
		}
		perform(u);
		if (ready(u))
			return UPSTREAM_BYTES;
		if (u->done)
			return UPSTREAM_END;
		if (look && client_look(u->request.client))
			return UPSTREAM_GONE;
		now = now_us();
		if (quiet_us == 0)
			quiet_us = quiet_ms > 0 ? now + quiet_ms * 1000LL :
			    INT64_MAX;
		dead_us = deadline_us(u);
		if (now >= dead_us) {
			upstream_explain_silence(u, p);
			return UPSTREAM_FAILED;
		}
		if (now >= quiet_us)
			return UPSTREAM_QUIET;
		look = sleep_until(u, dead_us < quiet_us ? dead_us : quiet_us,
		    now);
	}
}

/* Some say that there is none. */
static bool
is_no_coding(const char *value)
{
	return *value == '\0' || strcasecmp(value, "identity") == 0 ||
	    strcasecmp(value, "none") == 0;
}

/* "Name: value\r\n" as a field; a line that is none is passed over. */
static void
read_field(struct headers *headers, const char *line, size_t length,
    bool decoded)
{
	struct arena	*arena = headers->arena;
	const char	*colon = memchr(line, ':', length), *value;
	char		*name, *copy;

	if (colon == NULL)
		return;
	value = colon + 1;
	length -= (size_t)(value - line);
	while (length > 0 && isspace((unsigned char)value[length - 1]))
		length--;
	while (length > 0 && (*value == ' ' || *value == '\t')) {
		value++;
		length--;
	}
	name = arena_memdup(arena, line, (size_t)(colon - line));
	copy = arena_memdup(arena, value, length);
	if (name == NULL || copy == NULL || strlen(copy) != length ||
	    (strcasecmp(name, "content-encoding") == 0 &&
	    (decoded || is_no_coding(copy))))
		return;
	headers_add(headers, name, copy);
}

static int
read_head(const struct upstream *u, struct headers *headers, struct problem *p)
{
	const char	*line = u->head.at, *end = line + u->head.length, *stop;

	for (; line < end; line = stop + 1) {
		stop = memchr(line, '\n', (size_t)(end - line));
		if (stop == NULL)
			break;
		read_field(headers, line, (size_t)(stop - line),
		    u->request.decode);
	}
	if (headers->arena->failed)
		return problem_no_memory(p);
	return 0;
}

/* A status that ends the exchange: 0 if it is none, else -1. */
static int
refuse_status(const struct upstream *u, struct problem *p)
{
	if (u->status >= 300 && u->status < 400)
		return problem_set(p, PROBLEM_UPSTREAM, "%s answered with a "
		    "redirect (%d), which is not followed: credentials must "
		    "not go to another place", u->origin, u->status);
	if (u->status > 599)
		return problem_set(p, PROBLEM_UPSTREAM,
		    "%s answered with %d, which is no status of HTTP",
		    u->origin, u->status);
	if (u->status == 407)
		return problem_set(p, PROBLEM_UPSTREAM, "the proxy \"%.80s\" "
		    "wants other credentials", u->request.proxy != NULL ?
		    u->request.proxy->name : u->origin);
	return 0;
}

static bool
head_ready(const struct upstream *u)
{
	return u->head_done;
}

static bool
body_ready(const struct upstream *u)
{
	return u->body.length > 0;
}

enum upstream_result
upstream_head(struct upstream *u, int quiet_ms, int *status,
    struct headers *headers, struct problem *p)
{
	enum upstream_result	result = wait_for(u, quiet_ms, head_ready, p);

	if (result == UPSTREAM_END) {
		if (u->code == CURLE_OK)
			u->code = u->status > 0 ? CURLE_RECV_ERROR :
			    CURLE_WEIRD_SERVER_REPLY;
		upstream_explain(u, p);
		return UPSTREAM_FAILED;
	}
	if (result != UPSTREAM_BYTES)
		return result;
	if (refuse_status(u, p) == -1 || read_head(u, headers, p) == -1)
		return UPSTREAM_FAILED;
	buf_release(&u->head);
	*status = u->status;
	return UPSTREAM_BYTES;
}

/* Drops what was handed out and lets a paused transfer go on. */
static void
body_resume(struct upstream *u)
{
	CURLcode	code;

	if (!u->handed_out)
		return;
	u->handed_out = false;
	if (u->body.capacity > BODY_KEPT)
		buf_release(&u->body);
	buf_clear(&u->body);
	if (!u->paused)
		return;
	u->paused = false;
	u->due = true;
	code = curl_easy_pause(u->easy, CURLPAUSE_CONT);
	if (code != CURLE_OK) {
		u->done = true;
		u->code = code;
	}
}

enum upstream_result
upstream_read(struct upstream *u, int quiet_ms, struct text *bytes,
    struct problem *p)
{
	enum upstream_result	result;

	body_resume(u);
	if (u->request.stream && !u->settled && !body_ready(u) &&
	    upstream_body_sent(u))
		upstream_settle(u);
	/* Frames may wait in libcurl that no socket tells of. */
	if (u->request.http2)
		u->due = true;
	result = wait_for(u, quiet_ms, body_ready, p);
	if (result == UPSTREAM_BYTES) {
		*bytes = (struct text){ u->body.at, u->body.length };
		u->handed_out = true;
	} else if (result == UPSTREAM_END && u->code != CURLE_OK) {
		upstream_explain(u, p);
		return UPSTREAM_FAILED;
	}
	return result;
}

static bool
never_ready(const struct upstream *u)
{
	(void)u;
	return false;
}

enum upstream_result
upstream_rest(struct upstream *u, struct client *client, int ms,
    struct problem *p)
{
	upstream_finish(u);
	u->request.client = client;
	return wait_for(u, ms > 0 ? ms : 1, never_ready, p);
}

uint64_t
upstream_first_byte_us(const struct upstream *u)
{
	return u->first_byte_us;
}

/* curl closes a connection whose transfer is not at its end. */
void
upstream_finish(struct upstream *u)
{
	if (u->active) {
		upstream_keep_way(u);
		curl_multi_remove_handle(u->multi, u->easy);
	}
	free(u->fields);
	u->fields = NULL;
	buf_release(&u->head);
	buf_release(&u->body);
	u->active = u->due = u->done = u->paused = u->handed_out = false;
	u->head_done = u->head_too_large = u->settled = false;
	u->status = 0;
	u->code = CURLE_OK;
	u->first_byte_us = 0;
	u->asked_us = 0;
	u->worked = false;
	memset(&u->request, 0, sizeof(u->request));
}
