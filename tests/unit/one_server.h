#ifndef ONE_SERVER_H
#define ONE_SERVER_H

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/client.h"
#include "upstream/upstream.h"
#include "upstream/upstream_share.h"

/*
 * A server of one thread that does to each connection what the test's function
 * does, one connection after the other.
 */
static struct {
	int		 listener, port, quit;
	pthread_t	 thread;
	_Atomic(void (*)(int fd)) serve;
	atomic_int	 connections, requests;
	pthread_mutex_t	 lock;		/* of the last whole request: */
	char		 head[8192];
	char		*body;
	size_t		 body_length;
	int		 told;		/* an eventfd: something happened */
} server;

static inline void
say(int fd, const char *text)
{
	size_t	length = strlen(text);

	(void)!(send(fd, text, length, MSG_NOSIGNAL) == (ssize_t)length);
}

static inline bool
readable(int fd)
{
	struct pollfd	fds[2] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = server.quit, .events = POLLIN },
	};

	return poll(fds, 2, 10000) > 0 && fds[0].revents != 0;
}

static inline bool
take_bytes(int fd, char *to, size_t length)
{
	ssize_t	n;

	for (; length > 0; to += n, length -= (size_t)n) {
		if (!readable(fd))
			return false;
		n = recv(fd, to, length, 0);
		if (n <= 0)
			return false;
	}
	return true;
}

/* Reads one request; false when the client closed. */
static inline bool
take_request(int fd)
{
	char		 head[sizeof(server.head)] = "", *body;
	size_t		 length, body_length = 0;
	const char	*field;

	for (length = 0; strstr(head, "\r\n\r\n") == NULL; length++) {
		if (length + 1 == sizeof(head) ||
		    !take_bytes(fd, head + length, 1))
			return false;
		head[length + 1] = '\0';
	}
	field = strstr(head, "Content-Length: ");
	if (field != NULL)
		body_length = strtoul(field + 16, NULL, 10);
	body = calloc(1, body_length + 1);
	if (!take_bytes(fd, body, body_length)) {
		free(body);
		return false;
	}
	pthread_mutex_lock(&server.lock);
	free(server.body);
	server.body = body;
	server.body_length = body_length;
	memcpy(server.head, head, sizeof(head));
	pthread_mutex_unlock(&server.lock);
	atomic_fetch_add(&server.requests, 1);
	return true;
}

/* The head of the last request; its body is then server.body. */
static inline const char *
last_head(void)
{
	static char	head[sizeof(server.head)];

	pthread_mutex_lock(&server.lock);
	memcpy(head, server.head, sizeof(head));
	pthread_mutex_unlock(&server.lock);
	return head;
}

/* The client's end of the connection: true when it came within 5 seconds. */
static inline bool
hung_up(int fd)
{
	char	byte;

	return readable(fd) && recv(fd, &byte, 1, 0) <= 0;
}

static inline void *
server_main(void *context)
{
	void	(*serve)(int);
	int	fd;

	(void)context;
	while (readable(server.listener)) {
		fd = accept(server.listener, NULL, NULL);
		if (fd == -1)
			continue;
		atomic_fetch_add(&server.connections, 1);
		serve = atomic_load(&server.serve);
		serve(fd);
		close(fd);
	}
	return NULL;
}

static char			url[64];
static struct upstream_share	*share;
static struct upstream		*u;
static struct arena		arena;
static struct headers		sent, got;
static struct problem		problem;
static struct edits		edits;
static struct edits_reader	reader;
static int			status;

static inline int
setup(void **state)
{
	struct sockaddr_in	address = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t		length = sizeof(address);

	(void)state;
	memset(&server, 0, sizeof(server));
	pthread_mutex_init(&server.lock, NULL);
	server.quit = eventfd(0, 0);
	server.told = eventfd(0, 0);
	server.listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(server.listener, (struct sockaddr *)&address, length) == -1 ||
	    listen(server.listener, 10) == -1 ||
	    getsockname(server.listener, (struct sockaddr *)&address,
	    &length) == -1)
		return -1;
	server.port = ntohs(address.sin_port);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1/x?key=SECRET",
	    server.port);
	share = upstream_share_open(
	    &(struct http_trust){ NULL, NULL }, &problem);
	if (share == NULL)
		return -1;
	u = upstream_new(share);
	arena_init(&arena, 4 << 20, NULL);
	headers_init(&sent, &arena);
	headers_init(&got, &arena);
	problem_clear(&problem);
	status = 0;
	edits_plain(&edits, (struct text){ "{}", 2 });
	edits_rewind(&reader, &edits);
	return u == NULL ? -1 : 0;
}

static inline int
teardown(void **state)
{
	(void)state;
	upstream_free(u);
	upstream_share_close(share);
	eventfd_write(server.quit, 1);
	if (server.serve != NULL)
		pthread_join(server.thread, NULL);
	close(server.listener);
	close(server.quit);
	close(server.told);
	free(server.body);
	arena_release(&arena);
	return 0;
}

static inline void
serve_by(void (*serve)(int fd))
{
	server.serve = serve;
	assert_int_equal(pthread_create(&server.thread, NULL, server_main,
	    NULL), 0);
}

static inline struct upstream_request
request(void)
{
	return (struct upstream_request){
		.method = "POST", .url = url, .headers = &sent,
		.body = &reader, .connect_timeout_s = 5,
		.first_byte_timeout_s = 10, .idle_timeout_s = 10,
	};
}

static inline enum upstream_result
send_and_head(const struct upstream_request *of)
{
	headers_init(&got, &arena);
	assert_int_equal(upstream_send(u, of, &problem), 0);
	return upstream_head(u, 0, &status, &got, &problem);
}

/* Reads until something else than bytes; adds them up. */
static inline enum upstream_result
read_all(struct buf *all)
{
	enum upstream_result	result;
	struct text		bytes;

	while ((result = upstream_read(u, 0, &bytes, &problem)) ==
	    UPSTREAM_BYTES)
		assert_int_equal(buf_add(all, bytes.at, bytes.length), 0);
	return result;
}

static const char	*_Atomic script;

static inline void
answer_script(int fd)
{
	if (take_request(fd))
		say(fd, atomic_load(&script));
}

#endif
