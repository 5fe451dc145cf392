#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/pool_silent.h"

#define SILENCE_MS	60000

static struct pool_silent	all;
static int			epoll_fd, news_fd;

/* A connection of the pool; *peer is the web server's end. */
static struct connection *
connection(int *peer)
{
	int	fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	*peer = fds[0];
	return connection_new(fds[1]);
}

/* Whose event comes, NULL: none does in time. */
static struct connection *
event(int ms)
{
	struct epoll_event	one;

	if (epoll_wait(epoll_fd, &one, 1, ms) != 1)
		return NULL;
	pool_silent_take(&all, one.data.ptr);
	return one.data.ptr;
}

static void
tells_of_each_once(void **state)
{
	struct connection	*one;
	int			 peer, i;
	char			 byte;

	(void)state;
	one = connection(&peer);
	for (i = 0; i < 3; i++) {
		pool_silent_put(&all, one);
		assert_null(event(0));
		assert_int_equal(write(peer, "x", 1), 1);
		assert_ptr_equal(event(1000), one);
		assert_null(event(0));
		assert_int_equal(read(one->fd, &byte, 1), 1);
	}
	pool_silent_put(&all, one);
	close(peer);
	assert_ptr_equal(event(1000), one);
	connection_close(one);
}

/* What was sent before is read and answered, what comes later fails. */
static void
loses_nothing_at_the_end(void **state)
{
	struct connection	*one;
	int			 peer;
	char			 bytes[8];

	(void)state;
	one = connection(&peer);
	one->served = true;
	pool_silent_put(&all, one);
	assert_int_equal(write(peer, "ask", 3), 3);
	pool_silent_end(&all);
	assert_int_equal(send(peer, "late", 4, MSG_NOSIGNAL), -1);
	assert_ptr_equal(event(1000), one);
	assert_int_equal(read(one->fd, bytes, sizeof(bytes)), 3);
	assert_int_equal(read(one->fd, bytes, sizeof(bytes)), 0);
	assert_int_equal(write(one->fd, "answer", 6), 6);
	assert_int_equal(read(peer, bytes, sizeof(bytes)), 6);
	/* None is kept any more. */
	assert_false(pool_silent_put(&all, one));
	connection_close(one);
	close(peer);
}

/* Its request is on its way, or never comes. */
static void
waits_for_new_ones(void **state)
{
	struct connection	*ones[2];
	int			 peers[2], i;

	(void)state;
	for (i = 0; i < 2; i++) {
		ones[i] = connection(&peers[i]);
		pool_silent_put(&all, ones[i]);
	}
	pool_silent_end(&all);
	assert_null(event(0));
	assert_int_equal(write(peers[0], "ask", 3), 3);
	assert_ptr_equal(event(1000), ones[0]);
	assert_true(pool_silent_expire(&all) > 0);
	all.silence_ms = 0;	/* as if it were over */
	assert_int_equal(pool_silent_expire(&all), 0);
	assert_ptr_equal(event(0), ones[1]);
	for (i = 0; i < 2; i++) {
		connection_close(ones[i]);
		close(peers[i]);
	}
}

static void
ends_the_oldest_first(void **state)
{
	struct connection	*ones[4];
	int			 peers[4], i;
	eventfd_t		 news;

	(void)state;
	for (i = 0; i < 4; i++) {
		ones[i] = connection(&peers[i]);
		pool_silent_put(&all, ones[i]);
	}
	/* Somebody is to look at the time; he is told once. */
	assert_int_equal(eventfd_read(news_fd, &news), 0);
	assert_int_equal(news, 1);
	assert_ptr_equal(event(0), ones[0]);
	assert_null(event(0));
	pool_silent_shorten(&all, 1);
	assert_ptr_equal(event(0), ones[1]);
	assert_true(pool_silent_expire(&all) > 0);
	assert_null(event(0));
	all.silence_ms = 0;	/* as if it were over */
	assert_int_equal(pool_silent_expire(&all), 0);
	assert_ptr_equal(event(0), ones[2]);
	assert_ptr_equal(event(0), ones[3]);
	for (i = 0; i < 4; i++) {
		connection_close(ones[i]);
		close(peers[i]);
	}
}

static void
releases_what_nobody_took(void **state)
{
	int	peers[2], i;
	char	byte;

	(void)state;
	for (i = 0; i < 2; i++)
		pool_silent_put(&all, connection(&peers[i]));
	pool_silent_shorten(&all, 1);
	pool_silent_release(&all);
	for (i = 0; i < 2; i++) {
		assert_int_equal(read(peers[i], &byte, 1), 0);
		close(peers[i]);
	}
	pool_silent_init(&all, 3, SILENCE_MS, epoll_fd, news_fd);
}

static int
setup(void **state)
{
	(void)state;
	epoll_fd = epoll_create1(0);
	news_fd = eventfd(0, EFD_NONBLOCK);
	pool_silent_init(&all, 3, SILENCE_MS, epoll_fd, news_fd);
	return epoll_fd == -1 || news_fd == -1;
}

static int
teardown(void **state)
{
	(void)state;
	pool_silent_release(&all);
	close(epoll_fd);
	close(news_fd);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(tells_of_each_once),
		TEST(loses_nothing_at_the_end),
		TEST(waits_for_new_ones),
		TEST(ends_the_oldest_first),
		TEST(releases_what_nobody_took),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
