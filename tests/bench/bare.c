/*
 * The least that a gateway of this shape can do: libfcgi's threads, each with
 * one kept connection to the upstream, no JSON, no policy, no log. What it costs
 * is the shape's; what our gateway costs beyond it is ours. Its modes tell the
 * shape's parts from each other:
 *
 *	bare [-f] [-u none|socket|curl] SOCKET THREADS http://IPV4:PORT/PATH
 *
 * -u curl (the default) asks the upstream by libcurl's easy interface, socket
 * by a plain socket, none answers by itself. -f is for streams: what came is
 * sent at once, and the client says the PATH.
 */
#define _GNU_SOURCE
#include <sys/socket.h>
#include <sys/uio.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>
#include <fcgiapp.h>

#include "replies.h"

#define STACK	(256 * 1024)

/* A thread's own. */
struct worker {
	FCGX_Request	 request;
	CURL		*easy;
	int		 fd;		/* -1: not connected */
	char		 bytes[16384];
};

static const char *url, *path, *mode = "curl";
static struct sockaddr_in upstream = { .sin_family = AF_INET };
static int listener;
static bool flush;

/* The reply leaves as it comes; its head with its first bytes. */
static size_t
take(char *bytes, size_t size, size_t count, void *context)
{
	FCGX_Request *request = context;

	if (request->appStatus == 0) {
		FCGX_PutS("Status: 200 OK\r\nContent-Type: application/json"
		    "\r\n\r\n", request->out);
		request->appStatus = 1;
	}
	FCGX_PutStr(bytes, (int)(size * count), request->out);
	if (flush)
		FCGX_FFlush(request->out);
	return size * count;
}

static int
by_curl(struct worker *worker, char *body, size_t length)
{
	char whole[256];

	if (flush) {
		snprintf(whole, sizeof(whole), "%.*s%s", (int)(path - url), url,
		    FCGX_GetParam("REQUEST_URI", worker->request.envp));
		curl_easy_setopt(worker->easy, CURLOPT_URL, whole);
	}
	curl_easy_setopt(worker->easy, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(worker->easy, CURLOPT_POSTFIELDSIZE, (long)length);
	return curl_easy_perform(worker->easy) == CURLE_OK ? 0 : -1;
}

static int
send_all(int fd, struct iovec *parts, size_t count)
{
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = count };
	ssize_t sent;

	while (message.msg_iovlen > 0) {
		sent = sendmsg(fd, &message, MSG_NOSIGNAL);
		if (sent <= 0)
			return -1;
		for (; message.msg_iovlen > 0 && (size_t)sent >=
		    message.msg_iov->iov_len; message.msg_iovlen--)
			sent -= (ssize_t)message.msg_iov++->iov_len;
		if (message.msg_iovlen > 0) {
			message.msg_iov->iov_base =
			    (char *)message.msg_iov->iov_base + sent;
			message.msg_iov->iov_len -= (size_t)sent;
		}
	}
	return 0;
}

/* A reply with Content-Length, as the bench's upstream gives it. */
static int
read_reply(struct worker *worker)
{
	char *bytes = worker->bytes, *end = NULL, *given;
	size_t used = 0, left;
	ssize_t got;

	while (end == NULL) {
		got = recv(worker->fd, bytes + used, sizeof(worker->bytes) - 1 -
		    used, 0);
		if (got <= 0)
			return -1;
		used += (size_t)got;
		bytes[used] = '\0';
		end = strstr(bytes, "\r\n\r\n");
	}
	given = strcasestr(bytes, "content-length:");
	if (given == NULL)
		return -1;
	left = strtoul(given + strlen("content-length:"), NULL, 10);
	used -= (size_t)(end + 4 - bytes);
	take(end + 4, 1, used, &worker->request);
	for (left -= used; left > 0; left -= (size_t)got) {
		got = recv(worker->fd, bytes, left < sizeof(worker->bytes)
		    ? left : sizeof(worker->bytes), 0);
		if (got <= 0)
			return -1;
		take(bytes, 1, (size_t)got, &worker->request);
	}
	return 0;
}

static int
by_socket(struct worker *worker, char *body, size_t length)
{
	char head[512];
	int used = snprintf(head, sizeof(head), "POST %s HTTP/1.1\r\n"
	    "Host: 127.0.0.1\r\nContent-Type: application/json\r\n"
	    "Content-Length: %zu\r\n\r\n", path, length), on = 1;
	struct iovec parts[] = { { head, (size_t)used }, { body, length } };

	if (worker->fd == -1) {
		worker->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		setsockopt(worker->fd, IPPROTO_TCP, TCP_NODELAY, &on,
		    sizeof(on));
		if (connect(worker->fd, (struct sockaddr *)&upstream,
		    sizeof(upstream)) == -1)
			return -1;
	}
	if (send_all(worker->fd, parts, 2) == 0 && read_reply(worker) == 0)
		return 0;
	close(worker->fd);
	worker->fd = -1;
	return -1;
}

static int
by_itself(struct worker *worker, char *body, size_t length)
{
	const struct reply *reply = reply_find("/messages");
	size_t size = strlen(reply->whole);

	(void)body;
	(void)length;
	memcpy(worker->bytes, reply->whole, size);
	return take(worker->bytes, 1, size, &worker->request) == size ? 0 : -1;
}

static void
serve(struct worker *worker)
{
	FCGX_Request *request = &worker->request;
	const char *given = FCGX_GetParam("CONTENT_LENGTH", request->envp);
	int length = given == NULL ? 0 : atoi(given), result;
	char *body = malloc((size_t)length + 1);

	if (body == NULL)
		return;
	length = FCGX_GetStr(body, length, request->in);
	result = *mode == 'c' ? by_curl(worker, body, (size_t)length)
	    : *mode == 's' ? by_socket(worker, body, (size_t)length)
	    : by_itself(worker, body, (size_t)length);
	if (result == -1)
		FCGX_PutS("Status: 502 Bad Gateway\r\n\r\n", request->out);
	request->appStatus = 0;
	free(body);
}

static void *
work(void *context)
{
	struct curl_slist *fields = curl_slist_append(NULL, "Expect:");
	struct worker *worker = calloc(1, sizeof(*worker));

	if (worker == NULL)
		return context;
	worker->fd = -1;
	worker->easy = curl_easy_init();
	fields = curl_slist_append(fields, "Content-Type: application/json");
	curl_easy_setopt(worker->easy, CURLOPT_URL, url);
	curl_easy_setopt(worker->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(worker->easy, CURLOPT_HTTPHEADER, fields);
	curl_easy_setopt(worker->easy, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(worker->easy, CURLOPT_WRITEDATA, &worker->request);
	FCGX_InitRequest(&worker->request, listener, 0);
	while (FCGX_Accept_r(&worker->request) == 0) {
		serve(worker);
		FCGX_Finish_r(&worker->request);
	}
	return context;
}

/* http://127.0.0.1:8080/messages */
static int
read_url(void)
{
	char host[16];
	unsigned port;

	if (sscanf(url, "http://%15[0-9.]:%u", host, &port) != 2 ||
	    inet_pton(AF_INET, host, &upstream.sin_addr) != 1)
		return -1;
	upstream.sin_port = htons((uint16_t)port);
	path = strchr(url + strlen("http://"), '/');
	return path == NULL ? -1 : 0;
}

int
main(int argc, char **argv)
{
	pthread_attr_t small;
	pthread_t thread;
	int option, i;

	while ((option = getopt(argc, argv, "fu:")) != -1) {
		if (option == 'u')
			mode = optarg;
		else if (option == 'f')
			flush = true;
		else
			return 2;
	}
	if (argc - optind != 3 || curl_global_init(CURL_GLOBAL_DEFAULT) != 0 ||
	    FCGX_Init() != 0)
		return 2;
	url = argv[optind + 2];
	if (read_url() == -1)
		return 2;
	listener = FCGX_OpenSocket(argv[optind], 4096);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, STACK);
	for (i = 1; i < atoi(argv[optind + 1]); i++)
		if (pthread_create(&thread, &small, work, NULL) != 0)
			return 1;
	work(NULL);
	return 0;
}
