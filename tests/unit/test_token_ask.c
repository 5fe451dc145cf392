#include "build.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "ask.h"
#include "log.h"
#include "token.h"
#include "token_socket.h"

static char	folder[256], path[300], socket_path[300];

/* Stands in for log.c. */
void
log_line(enum log_level level, const char *id, const char *format, ...)
{
	(void)level;
	(void)id;
	(void)format;
}

/* A folder whose name is longer than a socket's address may be. */
static int
setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/test_token_ask-"
	    "0123456789012345678901234567890123456789012345678901234567890123"
	    "0123456789012345678901234567890123456789012345678901234567890123"
	    ".XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/token.json", folder);
	snprintf(socket_path, sizeof(socket_path), "%s/tokend.sock", folder);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlink(path);
	unlink(socket_path);
	return rmdir(folder);
}

static int
listen_here(void)
{
	struct sockaddr_un	address;
	int			folder_fd, fd;

	folder_fd = token_socket_address(socket_path, &address);
	assert_true(folder_fd >= 0);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address,
	    sizeof(address)), 0);
	close(folder_fd);
	return fd;
}

static void
publish(int64_t generation, const char *token)
{
	struct problem	 problem;
	struct tokens	*tokens = tokens_new();

	tokens->generation = generation;
	assert_int_equal(tokens_add(tokens, "other", "x", 1, NULL), 0);
	assert_int_equal(tokens_add(tokens, "a", token, 1, NULL), 0);
	assert_int_equal(token_write(path, tokens, &problem), 0);
	tokens_release(tokens);
}

static int64_t
now_ms(void)
{
	struct timespec	now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
test_ask(void **state)
{
	struct token_request	request;
	int			fd;

	(void)state;
	assert_int_equal(token_ask(socket_path, 5, -1), -1);
	assert_int_equal(token_ask("/nowhere/x", 5, -1), -1);
	fd = listen_here();
	assert_int_equal(token_ask(socket_path, 5, -1), 0);
	assert_int_equal(recv(fd, &request, sizeof(request), 0),
	    sizeof(request));
	assert_int_equal(request.magic, TOKEN_REQUEST_MAGIC);
	assert_int_equal(request.version, 1);
	assert_int_equal(request.hash, 5);
	close(fd);
	assert_int_equal(token_ask(socket_path, 5, -1), -1);	/* it died */
}

/* Plays tokend: one question, then another token. */
static void *
answer(void *argument)
{
	struct token_request	request;
	int			fd = *(int *)argument;

	if (recv(fd, &request, sizeof(request), 0) != sizeof(request) ||
	    request.hash != token_hash("old", 3))
		return NULL;
	publish(2, "new");
	return argument;
}

static const struct token_name	ann = { .id = "a" }, bob = { .id = "b" };

static void
test_await(void **state)
{
	struct token_reader	*reader = token_reader_new(path);
	struct tokens		*tokens;
	pthread_t		 thread;
	void			*good;
	int			 fd = listen_here();

	(void)state;
	publish(1, "old");
	pthread_create(&thread, NULL, answer, &fd);
	tokens = token_await(reader, socket_path, &ann,
	    token_hash("old", 3), 10000);
	pthread_join(thread, &good);
	assert_non_null(good);
	assert_non_null(tokens);
	assert_int_equal(tokens->generation, 2);
	tokens_release(tokens);
	/* Who comes late asks nobody. */
	tokens = token_await(reader, socket_path, &ann,
	    token_hash("old", 3), 0);
	assert_non_null(tokens);
	tokens_release(tokens);
	close(fd);
	token_reader_free(reader);
}

/* Plays a tokend that will not: takes two questions, declines the second. */
static void *
decline(void *argument)
{
	struct question	question;
	int		fd = *(int *)argument, i;

	for (i = 0; i < 2; i++) {
		if (!ask_next(fd, &question) || question.answer_fd < 0)
			return NULL;
		ask_end(&question, i == 1);
	}
	return argument;
}

static void
test_declined(void **state)
{
	struct token_reader	*reader = token_reader_new(path);
	int64_t			 start = now_ms();
	pthread_t		 thread;
	void			*good;
	int			 fd = listen_here();

	(void)state;
	publish(1, "old");
	pthread_create(&thread, NULL, decline, &fd);
	assert_null(token_await(reader, socket_path, &ann,
	    token_hash("old", 3), 60000));
	pthread_join(thread, &good);
	assert_non_null(good);
	/* The second question comes half a second after the first. */
	assert_in_range(now_ms() - start, 400, 10000);
	close(fd);
	token_reader_free(reader);
}

/* Whatever descriptors come, none is left open, and none is trusted. */
static void
test_strange_descriptors(void **state)
{
	struct question	question;
	int		before = dup(0), after, fd = listen_here(), pipes[2];
	char		byte;

	(void)state;
	close(before);
	assert_int_equal(pipe2(pipes, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(token_ask(socket_path, 5, pipes[1]), 0);
	assert_int_equal(token_ask(socket_path, 6, -1), 0);
	assert_true(ask_next(fd, &question));
	assert_int_equal(question.hash, 5);
	assert_true(question.answer_fd >= 0);
	assert_true((fcntl(question.answer_fd, F_GETFD) & FD_CLOEXEC) != 0);
	ask_end(&question, true);
	assert_int_equal(question.answer_fd, -1);
	assert_int_equal(read(pipes[0], &byte, 1), -1);	/* it is no socket */
	assert_true(ask_next(fd, &question));
	assert_int_equal(question.answer_fd, -1);
	ask_end(&question, true);
	close(pipes[0]);
	close(pipes[1]);
	close(fd);
	after = dup(0);
	close(after);
	assert_int_equal(before, after);
}

/* A second one, for which the alignment of the first would leave room. */
static void
test_two_descriptors(void **state)
{
	struct token_request	request = { TOKEN_REQUEST_MAGIC, 1, 7 };
	union {
		struct cmsghdr	head;
		char		bytes[CMSG_SPACE(2 * sizeof(int))];
	} control = { .bytes = { 0 } };
	struct iovec		part = { &request, sizeof(request) };
	struct msghdr		message = { .msg_iov = &part, .msg_iovlen = 1,
				    .msg_control = control.bytes,
				    .msg_controllen = sizeof(control.bytes) };
	const int		sent[] = { 0, 1 };
	struct question		question;
	int			ends[2], before, after;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0,
	    ends), 0);
	before = dup(0);
	close(before);
	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(sizeof(sent));
	memcpy(CMSG_DATA(&control.head), sent, sizeof(sent));
	assert_int_equal(sendmsg(ends[0], &message, 0), sizeof(request));
	assert_true(ask_next(ends[1], &question));
	assert_int_equal(question.hash, 7);
	assert_int_equal(question.answer_fd, before);
	ask_end(&question, false);
	after = dup(0);
	close(after);
	assert_int_equal(before, after);
	close(ends[0]);
	close(ends[1]);
}

static void
test_await_in_vain(void **state)
{
	struct token_reader	*reader = token_reader_new(path);
	int64_t			 start = now_ms();
	int			 fd;

	(void)state;
	publish(1, "old");
	/* Nobody listens: it doesn't wait for the whole time. */
	assert_null(token_await(reader, socket_path, &ann,
	    token_hash("old", 3), 60000));
	assert_in_range(now_ms() - start, 1900, 6000);
	/* Somebody does and does nothing. */
	fd = listen_here();
	start = now_ms();
	assert_null(token_await(reader, socket_path, &ann,
	    token_hash("old", 3), 300));
	assert_in_range(now_ms() - start, 290, 4000);
	/* An account that is not there never comes. */
	assert_null(token_await(reader, socket_path, &bob, 1, 50));
	close(fd);
	token_reader_free(reader);
}

static void
publish_pending(int64_t generation, int64_t updated_at)
{
	struct problem	 problem;
	struct tokens	*tokens = tokens_new();

	tokens->generation = generation;
	tokens->updated_at = updated_at;
	tokens->pending = true;
	assert_int_equal(token_write(path, tokens, &problem), 0);
	tokens_release(tokens);
}

/* Plays tokend: what `argument` points to is set before the token comes. */
static void *
publish_late(void *argument)
{
	const struct timespec	pause = { .tv_nsec = 100 * 1000000L };

	nanosleep(&pause, NULL);
	atomic_store((atomic_bool *)argument, true);
	publish(9, "first");
	return NULL;
}

static void
test_await_first(void **state)
{
	struct token_reader	*reader = token_reader_new(path);
	struct tokens		*tokens;
	pthread_t		 thread;
	atomic_bool		 came = false;
	int64_t			 start = now_ms();

	(void)state;
	/* No file, and an old note of one that never came: nobody waits. */
	assert_null(token_await_first(reader, NULL, 60000));
	publish_pending(1, time(NULL) - TOKEN_PENDING_S - 5);
	tokens = token_await_first(reader, NULL, 60000);
	assert_int_equal(tokens->count, 0);
	tokens_release(tokens);
	publish_pending(2, time(NULL));
	tokens = token_await_first(reader, NULL, 0);
	assert_int_equal(tokens->count, 0);
	tokens_release(tokens);
	assert_true(now_ms() - start < 20000);
	/* One that is on its way is waited for. */
	pthread_create(&thread, NULL, publish_late, &came);
	tokens = token_await_first(reader, NULL, 30000);
	assert_true(atomic_load(&came));
	assert_int_equal(tokens->count, 2);
	tokens_release(tokens);
	pthread_join(thread, NULL);
	/* Of keys it is said apart. */
	tokens = token_await_first(reader, "a", 60000);
	assert_non_null(tokens);
	tokens_release(tokens);
	/* In vain, for as long as was said. */
	unlink(path);
	publish_pending(10, time(NULL));
	start = now_ms();
	tokens = token_await_first(reader, NULL, 200);
	assert_int_equal(tokens->count, 0);
	tokens_release(tokens);
	assert_in_range(now_ms() - start, 190, 10000);
	token_reader_free(reader);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(test_ask),
		TEST(test_await),
		TEST(test_declined),
		TEST(test_strange_descriptors),
		TEST(test_two_descriptors),
		TEST(test_await_in_vain),
		TEST(test_await_first),
	};

	alarm(60);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
