/*
 * Load, and how long it took. One thread; CONNECTIONS at a time, each with one
 * request after the other over a kept connection (a new one each for FastCGI,
 * unless it is kept, too).
 *
 *	load [-c CONNECTIONS] [-s SECONDS | -n CALLS] [-e EVENTS [-r MS]]
 *	    [-b BODYFILE] [-p PATH] [-f [-k] [-a KEY]] PORT|SOCKET
 *
 * -n ends after so many calls; -e opens one stream on each connection and
 * expects so many events; -r opens them within so much time. -f speaks FastCGI,
 * -k keeps its connections, -a sends a key.
 * Prints one line of JSON; times are microseconds. "first" is the delay of each
 * stream's first event, "between" that of the others, counted from when all have
 * been open for a moment: what opening them costs is the first ones'. "open" is
 * when all streams were, in microseconds of the system's monotonic clock: from
 * the last one's first event to the end of the first one (0: never).
 */
#define _GNU_SOURCE
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TIMES_MAX	(4u * 1000 * 1000)
#define STAMP_DIGITS	16
#define GIVE_UP_US	(60 * 1000000LL)
#define SETTLE_US	(100 * 1000LL)

struct times {
	uint32_t	*at;
	size_t		 count;
};

struct connection {
	int		 fd;
	size_t		 sent;
	int64_t		 began_us;
	uint64_t	 left;		/* of the reply's body; ~0: chunked */
	size_t		 used;		/* of head */
	bool		 in_body, ok, over;
	int		 events, digits;	/* digits of a stamp seen; -1: none */
	long long	 stamp;
	char		 end[5];	/* the last bytes that came */
	char		 head[4096];
};

static struct {
	int		 connections, events, ramp_ms;
	double		 seconds;
	long		 calls;
	bool		 fastcgi, kept;
	const char	*path, *body_file, *key, *where;
} options = { .connections = 1, .seconds = 2, .path = "/v1/messages" };

static char *request;
static size_t request_length;
static struct times calls, first, between;
static long errors, started;
static int poll_fd, open_count;
static int64_t until_us, settled_us = INT64_MAX;
static int64_t open_from_us, open_to_us;

static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void
note(struct times *times, int64_t us)
{
	if (times->at == NULL)
		times->at = malloc(TIMES_MAX * sizeof(*times->at));
	if (times->count < TIMES_MAX)
		times->at[times->count++] = us < 0 ? 0 : (uint32_t)us;
}

static int
compare(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}

static unsigned
quantile(const struct times *times, double part)
{
	if (times->count == 0)
		return 0;
	return times->at[(size_t)((double)(times->count - 1) * part)];
}

static void
print_times(const char *name, struct times *times)
{
	if (times->count > 0)
		qsort(times->at, times->count, sizeof(*times->at), compare);
	printf(",\"%s\":{\"count\":%zu,\"p50\":%u,\"p99\":%u,\"max\":%u}", name,
	    times->count, quantile(times, 0.5), quantile(times, 0.99),
	    quantile(times, 1));
}

/* FastCGI: a record's head, and a name with its value (both short). */
static char *
add_record(char *to, int type, size_t length)
{
	const unsigned char head[8] = { 1, (unsigned char)type, 0, 1,
	    (unsigned char)(length >> 8), (unsigned char)length, 0, 0 };

	memcpy(to, head, 8);
	return to + 8;
}

static char *
add_param(char *to, const char *name, const char *value)
{
	*to++ = (char)strlen(name);
	*to++ = (char)strlen(value);
	return stpcpy(stpcpy(to, name), value);
}

static void
build_fastcgi(const char *body, size_t length)
{
	char *at, *params, number[24];
	size_t piece;

	request = malloc(length + length / 4096 + 4096);
	at = add_record(request, 1, 8);
	memcpy(at, options.kept ? "\0\1\1\0\0\0\0\0" : "\0\1\0\0\0\0\0\0",
	    8);
	params = at + 8;
	at = params + 8;
	snprintf(number, sizeof(number), "%zu", length);
	at = add_param(at, "REQUEST_METHOD", "POST");
	at = add_param(at, "REQUEST_URI", options.path);
	at = add_param(at, "CONTENT_TYPE", "application/json");
	at = add_param(at, "CONTENT_LENGTH", number);
	at = add_param(at, "REMOTE_ADDR", "127.0.0.1");
	at = add_param(at, "HTTP_HOST", "127.0.0.1");
	if (options.key != NULL)
		at = add_param(at, "HTTP_X_API_KEY", options.key);
	add_record(params, 4, (size_t)(at - params - 8));
	at = add_record(at, 4, 0);
	for (; length > 0; length -= piece, body += piece) {
		piece = length < 65528 ? length : 65528;
		at = mempcpy(add_record(at, 5, piece), body, piece);
	}
	at = add_record(at, 5, 0);
	request_length = (size_t)(at - request);
}

static void
build_request(void)
{
	FILE *file = options.body_file == NULL ? NULL
	    : fopen(options.body_file, "r");
	char *body = NULL;
	size_t size = 0;
	ssize_t length = 0;
	int head;

	if (file != NULL)
		length = getdelim(&body, &size, EOF, file);
	if (length < 0 || (options.body_file != NULL && file == NULL)) {
		perror(options.body_file);
		exit(2);
	}
	if (options.fastcgi) {
		build_fastcgi(body, (size_t)length);
		return;
	}
	request = malloc((size_t)length + 1024);
	head = sprintf(request, "POST %s HTTP/1.1\r\nhost: 127.0.0.1\r\n"
	    "content-type: application/json\r\naccept: */*\r\n"
	    "user-agent: load\r\ncontent-length: %zd\r\n\r\n", options.path,
	    length);
	if (length > 0)
		memcpy(request + head, body, (size_t)length);
	request_length = (size_t)head + (size_t)length;
}

static int
connect_unix(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strncpy(address.sun_path, options.where, sizeof(address.sun_path) - 1);
	return connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0
	    ? fd : -1;
}

static int
connect_tcp(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)atoi(options.where)),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0
	    ? fd : -1;
}

static void
push(struct connection *c)
{
	ssize_t sent;

	while (c->sent < request_length) {
		sent = send(c->fd, request + c->sent, request_length - c->sent,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent <= 0)
			return;
		c->sent += (size_t)sent;
	}
}

static void
reconnect(struct connection *c)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT |
	    EPOLLRDHUP | EPOLLET, .data.ptr = c };

	if (c->fd != -1)
		close(c->fd);
	c->fd = options.where[0] == '/' ? connect_unix() : connect_tcp();
	if (c->fd == -1) {
		perror("load: connect");
		exit(1);
	}
	epoll_ctl(poll_fd, EPOLL_CTL_ADD, c->fd, &event);
}

/* The next request, unless it is enough. */
static void
begin(struct connection *c)
{
	bool enough = options.calls > 0 ? started >= options.calls
	    : now_us() >= until_us;

	if (enough || (options.events > 0 && c->began_us != 0)) {
		close(c->fd);
		c->fd = -1;
		c->over = true;
		open_count--;
		return;
	}
	started++;
	c->sent = c->used = 0;
	c->events = 0;
	c->in_body = c->ok = false;
	c->digits = -1;
	c->began_us = now_us();
	if (c->fd == -1 || (options.fastcgi && !options.kept))
		reconnect(c);
	push(c);
}

static void
finish(struct connection *c, bool clean)
{
	if (open_to_us == 0)
		open_to_us = now_us();
	if (!clean || !c->ok || c->events != options.events)
		errors++;
	else
		note(&calls, now_us() - c->began_us);
	if (!clean && (!options.fastcgi || options.kept) && c->fd != -1) {
		close(c->fd);
		c->fd = -1;
	}
	begin(c);
}

static void
note_event(struct connection *c, int64_t now)
{
	if (c->events++ == 0) {
		note(&first, now - c->stamp);
		if (first.count == (size_t)options.connections)
			open_from_us = now;
	} else if (c->stamp >= settled_us)
		note(&between, now - c->stamp);
}

/* Looks for "@0000001234567890;", the moment at which an event was due. */
static void
look(struct connection *c, const char *at, size_t length)
{
	const char *end = at + length;
	int64_t now;

	if (options.events == 0)
		return;
	now = now_us();
	for (; at < end; at++) {
		if (*at == '@') {
			c->digits = 0;
			c->stamp = 0;
		} else if (c->digits >= 0 && *at >= '0' && *at <= '9') {
			c->stamp = c->stamp * 10 + (*at - '0');
			c->digits++;
		} else {
			if (c->digits == STAMP_DIGITS && *at == ';')
				note_event(c, now);
			c->digits = -1;
		}
	}
}

/* True: the reply is whole. */
static bool
take_body(struct connection *c, const char *at, size_t length)
{
	size_t kept = length < 5 ? length : 5;

	look(c, at, length);
	memmove(c->end, c->end + kept, 5 - kept);
	memcpy(c->end + 5 - kept, at + length - kept, kept);
	if (c->left == UINT64_MAX)
		return memcmp(c->end, "0\r\n\r\n", 5) == 0;
	c->left -= length < c->left ? length : c->left;
	return c->left == 0;
}

static bool
take_head(struct connection *c, const char *at, size_t length)
{
	size_t piece = sizeof(c->head) - 1 - c->used;
	char *end, *given;

	/* A record's head holds zeros; the reply's is within the first one. */
	if (options.fastcgi && c->used == 0 && length > 8) {
		at += 8;
		length -= 8;
	}
	piece = length < piece ? length : piece;
	memcpy(c->head + c->used, at, piece);
	c->head[c->used + piece] = '\0';
	end = strstr(c->head, "\r\n\r\n");
	if (end == NULL) {
		c->used += piece;
		return false;
	}
	length -= (size_t)(end + 4 - c->head) - c->used;
	at += (size_t)(end + 4 - c->head) - c->used;
	*end = '\0';
	c->in_body = true;
	c->ok = strstr(c->head, options.fastcgi ? "Status: 200"
	    : "HTTP/1.1 200") != NULL;
	given = strcasestr(c->head, "\r\ncontent-length:");
	c->left = given == NULL ? UINT64_MAX
	    : strtoull(given + strlen("\r\ncontent-length:"), NULL, 10);
	memset(c->end, 0, sizeof(c->end));
	return length > 0 && take_body(c, at, length);
}

/* A kept connection's reply ends with a record of type 3, of 16 bytes. */
static bool
is_end(const char *bytes, size_t length)
{
	return options.kept && length >= 16 &&
	    memcmp(bytes + length - 16, "\1\3\0\1\0\10\0\0", 8) == 0;
}

/* A short read has taken all there is, but for the end of an `ended` one. */
static void
take(struct connection *c, bool ended)
{
	static char bytes[256 * 1024];
	bool whole;
	ssize_t got;

	for (;;) {
		got = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		if (got == -1 && errno == EAGAIN)
			return;
		if (got <= 0) {
			finish(c, got == 0 && options.fastcgi && !options.kept);
			return;
		}
		whole = c->in_body ? take_body(c, bytes, (size_t)got)
		    : take_head(c, bytes, (size_t)got);
		if (options.fastcgi ? is_end(bytes, (size_t)got) : whole) {
			finish(c, true);
			return;
		}
		if (!ended && (size_t)got < sizeof(bytes))
			return;
	}
}

/* Those whose turn has come; milliseconds to the next one's, or 1000. */
static int
begin_due(struct connection *all, int64_t began_us)
{
	static int begun;
	int64_t due_us;

	for (; begun < options.connections; begun++) {
		due_us = began_us + options.ramp_ms * 1000LL * begun /
		    options.connections;
		if (due_us > now_us())
			return (int)((due_us - now_us() + 999) / 1000);
		all[begun].fd = -1;
		open_count++;
		begin(&all[begun]);
		if (begun == options.connections - 1)
			settled_us = now_us() + SETTLE_US;
	}
	return 1000;
}

static void
run(struct connection *all, int64_t began_us)
{
	struct epoll_event ready[256];
	struct connection *c;
	int count, wait_ms, i;

	for (;;) {
		wait_ms = begin_due(all, began_us);
		if (open_count == 0 || now_us() >= until_us + GIVE_UP_US)
			break;
		count = epoll_wait(poll_fd, ready, 256, wait_ms);
		for (i = 0; i < count; i++) {
			c = ready[i].data.ptr;
			if (c->over)
				continue;
			if (ready[i].events & EPOLLOUT)
				push(c);
			if (ready[i].events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP |
			    EPOLLERR))
				take(c, ready[i].events & (EPOLLRDHUP |
				    EPOLLHUP | EPOLLERR));
		}
	}
	errors += open_count;
}

static void
read_options(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "c:s:n:e:r:b:p:a:fk")) != -1) {
		switch (option) {
		case 'c': options.connections = atoi(optarg); break;
		case 's': options.seconds = atof(optarg); break;
		case 'n': options.calls = atol(optarg); break;
		case 'e': options.events = atoi(optarg); break;
		case 'r': options.ramp_ms = atoi(optarg); break;
		case 'b': options.body_file = optarg; break;
		case 'p': options.path = optarg; break;
		case 'f': options.fastcgi = true; break;
		case 'k': options.kept = true; break;
		case 'a': options.key = optarg; break;
		default: exit(2);
		}
	}
	if (optind + 1 != argc)
		exit(2);
	options.where = argv[optind];
}

int
main(int argc, char **argv)
{
	struct connection *all;
	struct rlimit limit;
	int64_t began_us;
	double seconds;

	read_options(argc, argv);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	build_request();
	poll_fd = epoll_create1(0);
	all = calloc((size_t)options.connections, sizeof(*all));
	began_us = now_us();
	until_us = began_us + (int64_t)(options.seconds * 1e6);
	run(all, began_us);
	seconds = (double)(now_us() - began_us) / 1e6;
	printf("{\"seconds\":%.3f,\"errors\":%ld,\"per_second\":%.1f", seconds,
	    errors, (double)calls.count / seconds);
	print_times("calls", &calls);
	print_times("first", &first);
	print_times("between", &between);
	printf(",\"open\":{\"from\":%lld,\"to\":%lld}}\n",
	    (long long)open_from_us, (long long)open_to_us);
	return 0;
}
