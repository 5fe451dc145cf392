/*
 * Any bytes from a web server: the same requests however they arrive, nothing
 * beyond its ceiling, and answers that are FastCGI. The first two bytes say how
 * large the pieces are.
 */
#include "build.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/client_fcgi.h"
#include "client/fcgi_record.h"
#include "fuzz.h"
#include "log.h"

static size_t	piece;

/* As recvmsg(), but no more than a piece. */
static ssize_t
receive_piece(int fd, struct msghdr *message, int flags)
{
	struct iovec	parts[2];
	struct msghdr	some = { .msg_iov = parts, .msg_iovlen = 2 };
	size_t		left = piece, i;

	FUZZ_ASSERT(message->msg_iovlen == 2);
	for (i = 0; i < 2; i++) {
		parts[i] = message->msg_iov[i];
		if (parts[i].iov_len > left)
			parts[i].iov_len = left;
		left -= parts[i].iov_len;
	}
	return recvmsg(fd, &some, flags);
}

#define recvmsg	receive_piece
#include "client/fcgi_in.c"	/* ... in place of the library's */
#undef recvmsg

#define BODY_MAX	((size_t)64 * 1024)
#define INPUT_MAX	((size_t)16 * 1024)	/* fits into a socket */

/* What was seen of the requests, as text, and what they were answered. */
struct seen {
	struct buf	requests;
	struct buf	answers;
};

static void
collect(int fd, struct buf *answers)
{
	char	bytes[4096];
	ssize_t	got;

	while ((got = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
		buf_add(answers, bytes, (size_t)got);
}

static void
serve(struct client *client, struct seen *seen)
{
	struct headers	headers = { 0 };
	struct problem	problem;
	struct buf	body;
	char		**param;
	int		result;

	for (param = client->params; *param != NULL; param++) {
		FUZZ_ASSERT(strchr(*param, '=') > *param);
		buf_printf(&seen->requests, "%s\n", *param);
	}
	problem_clear(&problem);
	buf_init(&body, BODY_MAX, NULL);
	result = client_read_body(client, &body, &problem);
	FUZZ_ASSERT(body.length <= BODY_MAX);
	buf_printf(&seen->requests, "%d\n", result);
	if (result == 0)
		buf_add(&seen->requests, body.at, body.length);
	buf_release(&body);
	client_look(client);
	client_start(client, 200, &headers);
	client_write(client, "answer", 6);
	client_flush(client);
	if (seen->requests.length % 2 == 0)
		client_finish(client);
}

/* All that a connection says, to its end. */
static void
run(const uint8_t *bytes, size_t length, struct seen *seen)
{
	struct client_fcgi	*fcgi = client_fcgi_new(1, 10);
	enum client_fcgi_state	 state;
	struct client		 client;
	int			 fds[2];

	buf_init(&seen->requests, 1024 * 1024, NULL);
	buf_init(&seen->answers, 1024 * 1024, NULL);
	FUZZ_ASSERT(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	FUZZ_ASSERT(client_fcgi_open(fcgi, &client, fds[1], false) ==
	    CLIENT_FCGI_SILENT);
	FUZZ_ASSERT(write(fds[0], bytes, length) == (ssize_t)length);
	shutdown(fds[0], SHUT_WR);
	do {
		state = client_fcgi_open(fcgi, &client, fds[1], false);
		if (state == CLIENT_FCGI_REQUEST) {
			serve(&client, seen);
			state = client_fcgi_end(fcgi, true, true);
		}
		collect(fds[0], &seen->answers);
	} while (state != CLIENT_FCGI_CLOSED);
	client_fcgi_free(fcgi);
	close(fds[0]);
}

static void
check_answers(const struct buf *answers)
{
	struct fcgi_record	record;
	size_t			at, length;

	for (at = 0; at < answers->length; at += length) {
		FUZZ_ASSERT(answers->length - at >= FCGI_HEADER_LEN);
		FUZZ_ASSERT(fcgi_record_read(&record,
		    (const unsigned char *)answers->at + at) == 0);
		FUZZ_ASSERT(record.type == FCGI_STDOUT ||
		    record.type == FCGI_END_REQUEST ||
		    record.type == FCGI_GET_VALUES_RESULT ||
		    record.type == FCGI_UNKNOWN_TYPE);
		length = FCGI_HEADER_LEN + record.length + record.padding;
		FUZZ_ASSERT(answers->length - at >= length);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct seen	whole, pieces;

	if (length < 2 || length > INPUT_MAX)
		return 0;
	log_open("/dev/null", false, false);
	piece = SIZE_MAX;
	run(bytes + 2, length - 2, &whole);
	check_answers(&whole.answers);
	piece = ((size_t)bytes[0] << 8 | bytes[1]) + 1;
	run(bytes + 2, length - 2, &pieces);
	check_answers(&pieces.answers);
	FUZZ_ASSERT(whole.requests.length == pieces.requests.length &&
	    memcmp(whole.requests.at, pieces.requests.at,
	    whole.requests.length) == 0);
	buf_release(&whole.requests);
	buf_release(&whole.answers);
	buf_release(&pieces.requests);
	buf_release(&pieces.answers);
	return 0;
}
