#ifndef RAW_FCGI_H
#define RAW_FCGI_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/*
 * The web server's side of FastCGI, as small as tests need it: one request on
 * a connection, records of any size, an answer as one string.
 */
enum {
	RAW_BEGIN = 1, RAW_ABORT = 2, RAW_END = 3, RAW_PARAMS = 4,
	RAW_STDIN = 5, RAW_STDOUT = 6, RAW_GET_VALUES = 9,
	RAW_VALUES = 10, RAW_UNKNOWN = 11,
};

struct raw_answer {
	char	text[65536];	/* of STDOUT, NUL-terminated */
	size_t	length;
	int	id;		/* of the last record */
	size_t	record;		/* ... its length; its content is at the end */
	bool	ended;		/* END_REQUEST came */
	int	status;		/* ... FCGI_REQUEST_COMPLETE and so on */
	bool	closed;		/* the end of the connection came */
};

static inline void
raw_record_of(int fd, int id, int type, const void *content, size_t length)
{
	uint8_t	head[8] = { 1, (uint8_t)type, (uint8_t)(id >> 8), (uint8_t)id,
		    (uint8_t)(length >> 8), (uint8_t)length, 0, 0 };

	if (send(fd, head, sizeof(head), MSG_NOSIGNAL) == 8 && length > 0)
		(void)!send(fd, content, length, MSG_NOSIGNAL);
}

static inline void
raw_record(int fd, int type, const void *content, size_t length)
{
	raw_record_of(fd, 1, type, content, length);
}

static inline size_t
raw_length(uint8_t *to, size_t length)
{
	if (length < 128) {
		to[0] = (uint8_t)length;
		return 1;
	}
	to[0] = (uint8_t)(0x80 | length >> 24);
	to[1] = (uint8_t)(length >> 16);
	to[2] = (uint8_t)(length >> 8);
	to[3] = (uint8_t)length;
	return 4;
}

static inline void
raw_param(int fd, const char *name, const char *value)
{
	uint8_t	at[16384];
	size_t	names = strlen(name), values = strlen(value), length;

	length = raw_length(at, names);
	length += raw_length(at + length, values);
	memcpy(at + length, name, names);
	length += names;
	memcpy(at + length, value, values);
	raw_record(fd, RAW_PARAMS, at, length + values);
}

/* FCGI_BEGIN_REQUEST; whether the connection is to be kept. */
static inline void
raw_role(int fd, int id, int role, bool keep)
{
	const uint8_t	content[8] = { 0, (uint8_t)role, keep };

	raw_record_of(fd, id, RAW_BEGIN, content, sizeof(content));
}

static inline void
raw_params(int fd, const char *method, const char *uri,
    const char *const *params)
{
	raw_param(fd, "REQUEST_METHOD", method);
	raw_param(fd, "REQUEST_URI", uri);
	raw_param(fd, "REMOTE_ADDR", "127.0.0.1");
	for (; params != NULL && *params != NULL; params += 2)
		raw_param(fd, params[0], params[1]);
	raw_record(fd, RAW_PARAMS, NULL, 0);
}

/* Everything in front of the body; `params` is NAME, VALUE, ..., NULL. */
static inline void
raw_begin(int fd, const char *method, const char *uri,
    const char *const *params)
{
	raw_role(fd, 1, 1, false);
	raw_params(fd, method, uri, params);
}

/* A whole request on a connection that is to be kept. */
static inline void
raw_request_kept(int fd, const char *method, const char *uri, const char *body)
{
	raw_role(fd, 1, 1, true);
	raw_params(fd, method, uri, NULL);
	if (body[0] != '\0')
		raw_record(fd, RAW_STDIN, body, strlen(body));
	raw_record(fd, RAW_STDIN, NULL, 0);
}

static inline void
raw_request(int fd, const char *method, const char *uri, const char *body)
{
	raw_begin(fd, method, uri, NULL);
	if (body[0] != '\0')
		raw_record(fd, RAW_STDIN, body, strlen(body));
	raw_record(fd, RAW_STDIN, NULL, 0);
}

static inline bool
raw_read(int fd, void *to, size_t length)
{
	return length == 0 ||
	    recv(fd, to, length, MSG_WAITALL) == (ssize_t)length;
}

/* One record: its type, 0 at the connection's end. */
static inline int
raw_read_record(int fd, struct raw_answer *answer)
{
	uint8_t	head[8];
	char	skip[256], *content = answer->text + answer->length;
	size_t	length;

	if (!raw_read(fd, head, sizeof(head))) {
		answer->closed = true;
		return 0;
	}
	length = (size_t)head[4] << 8 | head[5];
	if (answer->length + length >= sizeof(answer->text))
		abort();
	if (!raw_read(fd, content, length) || !raw_read(fd, skip, head[6]))
		abort();
	answer->id = head[2] << 8 | head[3];
	answer->record = length;
	if (head[1] == RAW_END) {
		answer->ended = true;
		answer->status = content[4];
	}
	if (head[1] == RAW_STDOUT)
		answer->length += length;
	answer->text[answer->length + (head[1] == RAW_STDOUT ? 0 : length)] =
	    '\0';
	return head[1];
}

/* Reads until `until` stands in the answer (NULL: to the connection's end). */
static inline void
raw_read_until(int fd, struct raw_answer *answer, const char *until)
{
	while ((until == NULL || strstr(answer->text, until) == NULL) &&
	    raw_read_record(fd, answer) != 0)
		answer->text[answer->length] = '\0';
}

/* To the request's end; the connection stays. */
static inline void
raw_read_end(int fd, struct raw_answer *answer)
{
	int	type;

	memset(answer, 0, sizeof(*answer));
	do
		type = raw_read_record(fd, answer);
	while (type != RAW_END && type != 0);
	answer->text[answer->length] = '\0';
}

static inline void
raw_read_all(int fd, struct raw_answer *answer)
{
	memset(answer, 0, sizeof(*answer));
	raw_read_until(fd, answer, NULL);
}

static inline int
raw_listen(const char *path)
{
	struct sockaddr_un	address = { .sun_family = AF_UNIX };
	int			fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(address.sun_path, path, strlen(path) + 1);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == -1 ||
	    listen(fd, 100) == -1)
		abort();
	return fd;
}

/* On a free port of the loopback interface. */
static inline int
raw_listen_tcp(int *port)
{
	struct sockaddr_in	address = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t		length = sizeof(address);
	int			fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&address, length) == -1 ||
	    listen(fd, 100) == -1 ||
	    getsockname(fd, (struct sockaddr *)&address, &length) == -1)
		abort();
	*port = ntohs(address.sin_port);
	return fd;
}

static inline int
raw_connect(const char *path)
{
	struct sockaddr_un	address = { .sun_family = AF_UNIX };
	int			fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(address.sun_path, path, strlen(path) + 1);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

#endif
