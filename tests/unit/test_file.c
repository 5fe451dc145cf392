#include "build.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "file.h"

static char	folder[64], path[96], fresh[96];

static int
setup(void **state)
{
	(void)state;
	/* Memory, where there is some: writers that never wait for a disk. */
	strcpy(folder, access("/dev/shm", W_OK) == 0 ?
	    "/dev/shm/test_file.XXXXXX" : "/tmp/test_file.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/f", folder);
	snprintf(fresh, sizeof(fresh), "%s/.f.new", folder);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);	/* fails if a temporary file was left */
}

static void
expect_content(const char *content)
{
	struct problem	problem;
	struct buf	buf;

	buf_init(&buf, 100000, NULL);
	assert_int_equal(file_read(path, &buf, &problem), 0);
	assert_string_equal(buf.at, content);
	buf_release(&buf);
}

static void
test_write(void **state)
{
	struct problem	problem;
	struct stat	status;

	(void)state;
	assert_int_equal(file_write(path, "one", 3, 0600, &problem), 0);
	expect_content("one");
	stat(path, &status);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(file_write(path, "", 0, 0644, &problem), 0);
	expect_content("");
	stat(path, &status);
	assert_int_equal(status.st_mode & 07777, 0644);
}

/* What a killed writer left behind is used, not followed, not appended to. */
static void
test_leftovers(void **state)
{
	struct problem	problem;
	int		fd;

	(void)state;
	fd = open(fresh, O_WRONLY | O_CREAT, 0666);
	assert_int_equal(write(fd, "longer than the next", 20), 20);
	close(fd);
	assert_int_equal(file_write(path, "next", 4, 0600, &problem), 0);
	expect_content("next");
	assert_int_equal(symlink("/tmp/elsewhere", fresh), 0);
	assert_int_equal(file_write(path, "third", 5, 0600, &problem), -1);
	expect_content("next");
	assert_int_equal(access("/tmp/elsewhere", F_OK), -1);
	unlink(fresh);
	/* A second name for the live file must not be written through. */
	assert_int_equal(link(path, fresh), 0);
	assert_int_equal(file_write(path, "third", 5, 0600, &problem), -1);
	expect_content("next");
	unlink(fresh);
}

static void
test_read(void **state)
{
	struct problem	problem;
	struct buf	buf;

	(void)state;
	buf_init(&buf, 10, NULL);
	assert_int_equal(file_read(path, &buf, &problem), -1);
	assert_int_equal(problem.kind, PROBLEM_MISSING);
	assert_int_equal(file_read(folder, &buf, &problem), -1);
	assert_int_equal(problem.kind, PROBLEM_SERVER);
	assert_int_equal(file_write(path, "0123456789a", 11, 0600, &problem),
	    0);
	assert_int_equal(file_read(path, &buf, &problem), -1);
	assert_non_null(strstr(problem.message, "too large"));
	buf_release(&buf);
}

/* Writers at once: always one's whole content, and all have their turns. */
static void
test_crowd(void **state)
{
	struct problem	problem;
	struct buf	buf;
	char		text[5000];
	int		i, j, status, failed = 0;

	(void)state;
	for (i = 0; i < 4; i++) {
		if (fork() != 0)
			continue;
		memset(text, 'a' + i, sizeof(text));
		for (j = 0; j < 1000; j++)
			if (file_write(path, text, (size_t)(1000 + i * 1000),
			    0600, &problem) != 0)
				_exit(1);
		_exit(0);
	}
	for (i = 0; i < 1000; i++) {
		buf_init(&buf, 10000, NULL);
		if (file_read(path, &buf, &problem) == 0 &&
		    (buf.length != (size_t)(1000 + (buf.at[0] - 'a') * 1000) ||
		    strspn(buf.at, (char[]){ buf.at[0], '\0' }) !=
		    buf.length))
			failed++;
		buf_release(&buf);
	}
	for (i = 0; i < 4; i++) {
		wait(&status);
		assert_int_equal(status, 0);
	}
	assert_int_equal(failed, 0);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(test_write),
		TEST(test_leftovers),
		TEST(test_read),
		TEST(test_crowd),
	};

	alarm(60);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
