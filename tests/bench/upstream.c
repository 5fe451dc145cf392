/*
 * The bench's upstream: HTTP/1.1 on loopback, one thread, connections kept. A
 * request is read to its end and answered by its path: "/chat" with a whole
 * reply, "/stream/64/20/chat" with 64 events, 20 ms apart, of which each says
 * when it was due: what keeps the upstream from sending it counts as delay.
 * GET /count tells the connections opened and the calls served so far, and
 * forgets them.
 *
 *	upstream PORT
 */
#define _GNU_SOURCE
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "replies.h"

#define HEAD_MAX	16384
#define ANSWER_MAX	8192
#define PACES		16

struct connection {
	int			 fd;
	size_t			 used;		/* of head */
	uint64_t		 body_left;
	bool			 in_body;
	const struct reply	*streams;	/* NULL: no stream is under way */
	struct pace		*pace;
	int			 events_left;
	int64_t			 due_us;
	struct connection	*next;		/* of those that stream */
	char			 head[HEAD_MAX + 1];
};

/* Those that stream with one interval: the next one due comes first. */
static struct pace {
	int64_t			  interval_us;	/* 0: free */
	struct connection	 *first, **last;
} paces[PACES];

static int poll_fd;
static unsigned long long opened, served;

static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* What is said here fits into the socket's buffer, or the client is dead. */
static int
say(struct connection *c, const char *bytes, size_t length)
{
	return send(c->fd, bytes, length, MSG_NOSIGNAL) == (ssize_t)length
	    ? 0 : -1;
}

static int
say_whole(struct connection *c, const char *status, const char *body)
{
	char out[ANSWER_MAX];
	int length = snprintf(out, sizeof(out), "HTTP/1.1 %s\r\n"
	    "content-type: application/json\r\ncontent-length: %zu\r\n\r\n%s",
	    status, strlen(body), body);

	return say(c, out, (size_t)length);
}

/* `head` and one chunk; behind the last one the end. */
static int
say_chunk(struct connection *c, const char *head, const char *chunk, bool last)
{
	char out[ANSWER_MAX];
	int length = snprintf(out, sizeof(out), "%s", head);

	if (*chunk != '\0')
		length += snprintf(out + length, sizeof(out) - (size_t)length,
		    "%zx\r\n%s\r\n", strlen(chunk), chunk);
	if (last)
		length += snprintf(out + length, sizeof(out) - (size_t)length,
		    "0\r\n\r\n");
	return say(c, out, (size_t)length);
}

/* Behind all others: nobody is due later than one interval from now. */
static void
put_off(struct connection *c, int64_t due_us)
{
	c->due_us = due_us;
	c->next = NULL;
	*c->pace->last = c;
	c->pace->last = &c->next;
}

static struct pace *
pace_find(int64_t interval_us)
{
	struct pace *pace = paces;

	for (; pace < paces + PACES; pace++) {
		if (pace->interval_us == interval_us)
			return pace;
		if (pace->interval_us == 0) {
			pace->interval_us = interval_us;
			pace->last = &pace->first;
			return pace;
		}
	}
	return NULL;
}

/*
 * Its turn comes within an interval. Streams are spread over it evenly, whatever
 * the moments at which they were opened, so that all ways meet the same load.
 */
static void
put_between(struct connection *c)
{
	static uint32_t phase;
	struct pace *pace = c->pace;
	struct connection **at = &pace->first;

	phase += 2654435769u;	/* 2^32 by the golden ratio */
	c->due_us = now_us() + (int64_t)(((uint64_t)pace->interval_us *
	    phase) >> 32);
	while (*at != NULL && (*at)->due_us <= c->due_us)
		at = &(*at)->next;
	c->next = *at;
	*at = c;
	if (c->next == NULL)
		pace->last = &c->next;
}

/* "/stream/EVENTS/INTERVAL_MS/chat" */
static int
start_stream(struct connection *c, const char *path)
{
	int interval_ms, name = 0;

	if (sscanf(path, "/stream/%d/%d%n", &c->events_left, &interval_ms,
	    &name) != 2 || interval_ms <= 0 ||
	    (c->pace = pace_find(interval_ms * 1000LL)) == NULL ||
	    (c->streams = reply_find(path + name)) == NULL)
		return say_whole(c, "404 Not Found", "{}");
	put_between(c);
	return say_chunk(c, "HTTP/1.1 200 OK\r\ncontent-type: "
	    "text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n",
	    c->streams->start, false);
}

static int
answer(struct connection *c)
{
	const struct reply *reply;
	char counts[96], *path = strchr(c->head, ' ');

	c->in_body = false;
	c->used = 0;
	if (path++ == NULL)
		return -1;
	if (strncmp(path, "/count", 6) == 0) {
		snprintf(counts, sizeof(counts), "{\"opened\":%llu,"
		    "\"served\":%llu}", opened, served);
		opened = served = 0;
		return say_whole(c, "200 OK", counts);
	}
	served++;
	if (strncmp(path, "/stream/", 8) == 0)
		return start_stream(c, path);
	reply = reply_find(path);
	if (reply == NULL)
		return say_whole(c, "404 Not Found", "{}");
	return say_whole(c, "200 OK", reply->whole);
}

static int
take_body(struct connection *c)
{
	static char scratch[256 * 1024];
	ssize_t got;

	while (c->body_left > 0) {
		got = recv(c->fd, scratch, c->body_left < sizeof(scratch)
		    ? (size_t)c->body_left : sizeof(scratch), MSG_DONTWAIT);
		if (got == -1 && errno == EAGAIN)
			return 0;
		if (got <= 0)
			return -1;
		c->body_left -= (uint64_t)got;
	}
	return answer(c);
}

static int
take_head(struct connection *c)
{
	ssize_t got = recv(c->fd, c->head + c->used, HEAD_MAX - c->used,
	    MSG_DONTWAIT);
	char *end, *length;
	size_t behind;

	if (got == -1 && errno == EAGAIN)
		return 0;
	if (got <= 0)
		return -1;
	c->used += (size_t)got;
	c->head[c->used] = '\0';
	end = strstr(c->head, "\r\n\r\n");
	if (end == NULL)
		return c->used == HEAD_MAX ? -1 : 0;
	behind = c->used - (size_t)(end + 4 - c->head);
	*end = '\0';
	length = strcasestr(c->head, "\r\ncontent-length:");
	c->body_left = length == NULL ? 0
	    : strtoull(length + strlen("\r\ncontent-length:"), NULL, 10);
	if (behind > c->body_left)
		return -1;
	c->body_left -= behind;
	c->in_body = true;
	return take_body(c);
}

/* A connection that streams is freed by its turn. */
static void
drop(struct connection *c)
{
	close(c->fd);
	c->fd = -1;
	if (c->streams == NULL)
		free(c);
}

static void
open_connection(int listener)
{
	struct connection *c;
	struct epoll_event event = { .events = EPOLLIN };
	int fd, on = 1;

	while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC |
	    SOCK_NONBLOCK)) != -1) {
		c = calloc(1, sizeof(*c));
		if (c == NULL)
			abort();
		opened++;
		c->fd = fd;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		event.data.ptr = c;
		epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event);
	}
}

/* One turn of a stream. */
static void
go_on(struct connection *c)
{
	char delta[1024];

	if (c->fd == -1) {
		free(c);
		return;
	}
	if (c->events_left-- > 0) {
		snprintf(delta, sizeof(delta), c->streams->delta,
		    (long long)c->due_us);
		if (say_chunk(c, "", delta, false) == -1)
			drop(c);
		put_off(c, c->due_us + c->pace->interval_us);
		return;
	}
	if (say_chunk(c, "", c->streams->end, true) == -1) {
		c->streams = NULL;
		drop(c);
		return;
	}
	c->streams = NULL;
}

/* Serves those that are due; the time until the next one is, or NULL. */
static const struct timespec *
stream_due(void)
{
	static struct timespec left;
	struct connection *c;
	int64_t now = now_us(), next = INT64_MAX;
	struct pace *pace = paces;

	for (; pace < paces + PACES && pace->interval_us > 0; pace++) {
		while ((c = pace->first) != NULL && c->due_us <= now) {
			pace->first = c->next;
			if (pace->first == NULL)
				pace->last = &pace->first;
			go_on(c);
		}
		if (c != NULL && c->due_us < next)
			next = c->due_us;
	}
	if (next == INT64_MAX)
		return NULL;
	left.tv_sec = (next - now) / 1000000;
	left.tv_nsec = (next - now) % 1000000 * 1000;
	return &left;
}

static int
listen_on(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct epoll_event event = { .events = EPOLLIN };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == -1 ||
	    listen(fd, 4096) == -1) {
		perror("upstream");
		exit(1);
	}
	poll_fd = epoll_create1(EPOLL_CLOEXEC);
	epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event);
	return fd;
}

int
main(int argc, char **argv)
{
	struct rlimit limit;
	struct epoll_event ready[256];
	struct connection *c;
	int listener, count, i;

	if (argc != 2)
		return 2;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	listener = listen_on(atoi(argv[1]));
	prctl(PR_SET_TIMERSLACK, 1000UL);
	for (;;) {
		count = epoll_pwait2(poll_fd, ready, 256, stream_due(), NULL);
		for (i = 0; i < count; i++) {
			c = ready[i].data.ptr;
			if (c == NULL)
				open_connection(listener);
			else if (c->fd != -1 && (c->in_body ? take_body(c)
			    : take_head(c)) == -1)
				drop(c);
		}
	}
}
