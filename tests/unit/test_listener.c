#include "build.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "raw_fcgi.h"
#include "server/listener.h"

static char			folder[32], path[64];
static struct config		config;
static struct address_block	peer;
static struct problem		problem;

static int
setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/test_listener.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/socket", folder);
	memset(&config, 0, sizeof(config));
	problem_clear(&problem);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static void
makes_a_socket_for_its_group(void **state)
{
	struct stat	status;
	int		fd = listener_open(path, &config, &problem);
	int		client;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0660);
	assert_int_equal(listener_check(fd, &config, &problem), 0);
	client = raw_connect(path);
	assert_true(client >= 0);
	close(accept(fd, NULL, NULL));
	close(client);
	listener_end(fd, path);
	close(fd);
	assert_int_equal(access(path, F_OK), -1);
}

static int
connect_to(const struct sockaddr_in *address)
{
	int	fd = socket(AF_INET, SOCK_STREAM, 0), result;

	result = connect(fd, (const struct sockaddr *)address,
	    sizeof(*address));
	close(fd);
	return result;
}

/* Another process has it, too. */
static void
an_ended_one_refuses(void **state)
{
	struct sockaddr_in	address;
	socklen_t		length = sizeof(address);
	int			fd, other;

	(void)state;
	fd = listener_open("127.0.0.1:0", &config, &problem);
	other = dup(fd);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length),
	    0);
	assert_int_equal(connect_to(&address), 0);
	close(accept(other, NULL, NULL));
	listener_end(fd, "127.0.0.1:0");
	assert_int_equal(connect_to(&address), -1);
	assert_int_equal(accept(other, NULL, NULL), -1);
	close(fd);
	close(other);
}

static void
replaces_only_what_nobody_listens_on(void **state)
{
	int	fd, again;
	FILE	*file;

	(void)state;
	fd = listener_open(path, &config, &problem);
	assert_true(fd >= 0);
	assert_int_equal(listener_open(path, &config, &problem), -1);
	assert_non_null(strstr(problem.message, "in use"));
	close(fd);
	again = listener_open(path, &config, &problem);
	assert_true(again >= 0);
	close(again);
	unlink(path);
	file = fopen(path, "w");
	fclose(file);
	assert_int_equal(listener_open(path, &config, &problem), -1);
	assert_int_equal(access(path, F_OK), 0);
}

static void
refuses_paths_that_can_not_be(void **state)
{
	char	longer[200];

	(void)state;
	snprintf(longer, sizeof(longer), "%s/%0150d", folder, 0);
	assert_int_equal(listener_open(longer, &config, &problem), -1);
	assert_non_null(strstr(problem.message, "107"));
	assert_int_equal(listener_open("/nonexistent/x", &config, &problem),
	    -1);
	assert_int_equal(listener_open("nonsense", &config, &problem), -1);
	assert_int_equal(listener_open("127.0.0.1:", &config, &problem), -1);
	assert_int_equal(listener_open("127.0.0.1:80x", &config, &problem),
	    -1);
}

static void
keeps_tcp_on_this_machine(void **state)
{
	int	fd;

	(void)state;
	fd = listener_open("127.0.0.1:0", &config, &problem);
	assert_true(fd >= 0);
	assert_int_equal(listener_check(fd, &config, &problem), 0);
	close(fd);
	assert_int_equal(listener_open("0.0.0.0:0", &config, &problem), -1);
	assert_non_null(strstr(problem.message, "fastcgi_peers"));
	config.access = ACCESS_KEYS;
	assert_int_equal(listener_open("0.0.0.0:0", &config, &problem), -1);
	config.fastcgi_peers = &peer;
	config.fastcgi_peers_count = 1;
	fd = listener_open("0.0.0.0:0", &config, &problem);
	assert_true(fd >= 0);
	config.access = ACCESS_OPEN;
	assert_int_equal(listener_check(fd, &config, &problem), -1);
	close(fd);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(makes_a_socket_for_its_group),
		TEST(an_ended_one_refuses),
		TEST(replaces_only_what_nobody_listens_on),
		TEST(refuses_paths_that_can_not_be),
		TEST(keeps_tcp_on_this_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
