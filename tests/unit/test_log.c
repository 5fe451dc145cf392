#include "build.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
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

#include "log.h"

static char	folder[] = "/tmp/test_log.XXXXXX";
static char	path[128], moved[160];
static char	text[64 * 1024];

static const char *
read_file(const char *where)
{
	FILE	*file = fopen(where, "r");
	size_t	 length = 0;

	if (file != NULL) {
		length = fread(text, 1, sizeof(text) - 1, file);
		fclose(file);
	}
	text[length] = '\0';
	return text;
}

static int
start(void **state)
{
	(void)state;
	unlink(path);
	unlink(moved);
	return log_open(path, false, false);
}

/* What a line says behind its time. */
static const char *
said(const char *line)
{
	assert_true(strlen(line) > 25);
	return line + 25;
}

static void
a_line_has_time_level_and_id(void **state)
{
	struct tm	tm;
	time_t		now = time(NULL), then;
	const char	*line;

	(void)state;
	log_info("req-1", "hello %d", 7);
	line = read_file(path);
	memset(&tm, 0, sizeof(tm));
	assert_string_equal(strptime(line, "%Y-%m-%dT%H:%M:%S", &tm) + 4,
	    line + 23);
	then = timegm(&tm);
	assert_true(then >= now - 1 && then <= now + 10);
	assert_int_equal(line[19], '.');
	assert_int_equal(line[23], 'Z');
	assert_string_equal(said(line), "INFO  [req-1] hello 7\n");
}

static void
levels_have_their_names(void **state)
{
	const char	*line;

	(void)state;
	log_error(NULL, "a");
	log_warning(NULL, "b");
	log_debug(NULL, "never");
	log_open(path, true, false);
	assert_true(log_debugging());
	log_debug(NULL, "c");
	log_open(path, false, false);
	assert_false(log_debugging());
	line = read_file(path);
	assert_string_equal(strchr(line, 'Z'), strstr(line, "Z ERROR a\n"));
	line = strchr(line, '\n') + 1;
	assert_memory_equal(said(line), "WARN  b\n", 8);
	line = strchr(line, '\n') + 1;
	assert_string_equal(said(line), "DEBUG c\n");
}

static void
no_text_forges_a_line(void **state)
{
	(void)state;
	log_info("a]\n[b", "x\r\ny\tz\033[31m\x7f \xc3\xa4 \xff \xc0\x80 "
	    "\xed\xa0\x80 \xc2\x85 \xe2\x82\xac \xf0\x9f\x98\x80 \xf0\x9f");
	assert_string_equal(said(read_file(path)), "INFO  [a]\\x0a[b] "
	    "x\\x0d\\x0ay\\x09z\\x1b[31m\\x7f \xc3\xa4 \\xff \\xc0\\x80 "
	    "\\xed\\xa0\\x80 \\xc2\\x85 \xe2\x82\xac \xf0\x9f\x98\x80 "
	    "\\xf0\\x9f\n");
}

static void
long_text_is_cut_at_a_character(void **state)
{
	static const char *const units[] = { "x", "\xe2\x82\xac", "\001" };
	static const char *const ends[] = { "x...\n", "\xac...\n", "1...\n" };
	char		 long_text[20000];
	const char	*line;
	size_t		 i, j, length;

	(void)state;
	for (i = 0; i < 3; i++) {
		start(state);
		length = strlen(units[i]);
		for (j = 0; (j + 1) * length < sizeof(long_text); j++)
			memcpy(long_text + j * length, units[i], length);
		long_text[j * length] = '\0';
		log_info(NULL, "%s", long_text);
		line = read_file(path);
		assert_true(strlen(line) <= 4096);
		assert_true(strlen(line) > 4080);
		assert_string_equal(line + strlen(line) - 5, ends[i]);
	}
}

static void
a_moved_file_is_opened_anew(void **state)
{
	time_t	end = time(NULL) + 10;

	(void)state;
	log_info(NULL, "first");
	assert_int_equal(rename(path, moved), 0);
	while (access(path, F_OK) != 0) {
		const struct timespec	moment = { .tv_nsec = 10000000 };

		assert_true(time(NULL) < end);
		log_info(NULL, "then");
		nanosleep(&moment, NULL);
	}
	assert_non_null(strstr(read_file(path), "then"));
	assert_non_null(strstr(read_file(moved), "first"));
}

static void
a_replaced_file_is_opened_anew(void **state)
{
	time_t	end = time(NULL) + 10;

	(void)state;
	log_info(NULL, "first");
	fclose(fopen(moved, "w"));
	assert_int_equal(rename(moved, path), 0);
	while (read_file(path)[0] == '\0') {
		const struct timespec	moment = { .tv_nsec = 10000000 };

		assert_true(time(NULL) < end);
		log_info(NULL, "then");
		nanosleep(&moment, NULL);
	}
}

static void
reopening_is_at_once(void **state)
{
	(void)state;
	log_info(NULL, "first");
	assert_int_equal(rename(path, moved), 0);
	log_reopen();
	log_info(NULL, "second");
	assert_non_null(strstr(read_file(path), "second"));
	assert_null(strstr(read_file(moved), "second"));
}

static void
a_file_that_cannot_be_opened_is_told(void **state)
{
	int	saved, null_fd = -1, opened;

	(void)state;
	saved = dup(STDERR_FILENO);
	null_fd = fileno(fopen(moved, "w"));
	dup2(null_fd, STDERR_FILENO);
	opened = log_open("/nonexistent/x", false, false);
	log_info(NULL, "to stderr");
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(null_fd);
	assert_int_equal(opened, -1);
	assert_non_null(strstr(read_file(moved), "to stderr"));
}

/* Puts this in place of standard error; gives the one before. */
static int
replace_stderr(int fd)
{
	int	saved = dup(STDERR_FILENO);

	assert_true(dup2(fd, STDERR_FILENO) >= 0);
	assert_int_equal(log_open(NULL, false, false), 0);
	return saved;
}

static void
restore_stderr(int saved)
{
	dup2(saved, STDERR_FILENO);
	close(saved);
}

/* Reads all that is there; how many lines, the last bytes are in `text`. */
static int
drain(int fd)
{
	int	 lines = 0;
	ssize_t	 length, i;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	text[0] = '\0';
	while ((length = read(fd, text, sizeof(text) - 1)) > 0) {
		text[length] = '\0';
		for (i = 0; i < length; i++)
			lines += text[i] == '\n';
	}
	return lines;
}

#define MANY	4000

/* Nobody reads: nothing waits, and later it is told what was lost. */
static void
nothing_waits_for(int reader, int writer)
{
	char	wanted[128], told[128];
	int	flags = fcntl(writer, F_GETFL), i, taken, again, once;
	int	saved = replace_stderr(writer);

	for (i = 0; i < MANY; i++)
		log_info(NULL, "%0100d", i);
	taken = drain(reader);
	log_info(NULL, "again");
	again = drain(reader);
	snprintf(wanted, sizeof(wanted), "WARN  %d lines of this log could "
	    "not be written\n", MANY - taken);
	snprintf(told, sizeof(told), "%s", strchr(text, '\n') + 1);
	log_info(NULL, "once more");
	once = drain(reader);
	i = fcntl(writer, F_GETFL);
	restore_stderr(saved);
	assert_string_equal(said(told), wanted);
	assert_in_range(taken, 100, MANY - 1);
	assert_int_equal(again, 2);
	assert_int_equal(once, 1);
	/* Other programs write there, too, and want to wait. */
	assert_int_equal(i, flags);
	close(reader);
	close(writer);
}

static void
nothing_waits_for_a_pipe(void **state)
{
	int	ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	nothing_waits_for(ends[0], ends[1]);
}

static void
nothing_waits_for_a_socket(void **state)
{
	int	ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	nothing_waits_for(ends[0], ends[1]);
}

/* A pipe of another user, which can't be opened for ourselves. */
static void
nothing_waits_for_a_strange_pipe(void **state)
{
	int	ends[2];

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(seteuid(65534), 0);
	nothing_waits_for(ends[0], ends[1]);
	assert_int_equal(seteuid(0), 0);
}

static void
nothing_waits_for_a_fifo(void **state)
{
	time_t	end = time(NULL) + 10;
	int	reader;

	(void)state;
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(log_open(path, false, false), -1);
	reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(reader >= 0);
	do {
		const struct timespec	moment = { .tv_nsec = 10000000 };

		assert_true(time(NULL) < end);
		log_info(NULL, "somebody reads");
		nanosleep(&moment, NULL);
	} while (drain(reader) == 0);
	close(reader);
	log_info(NULL, "nobody reads");
	log_info(NULL, "nobody reads");
	reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	log_info(NULL, "again");
	assert_int_equal(drain(reader), 2);
	close(reader);
	assert_non_null(strstr(text, "WARN  2 lines of this log could not"));
}

static void
a_full_disk_is_told(void **state)
{
	int	full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	int	saved = replace_stderr(full);

	(void)state;
	log_info(NULL, "lost");
	restore_stderr(saved);
	close(full);
	assert_int_equal(log_open(path, false, false), 0);
	log_info(NULL, "there");
	assert_non_null(strstr(read_file(path), "INFO  there\n"));
	assert_non_null(strstr(text, "WARN  1 line of this log could not be "
	    "written\n"));
}

static void
errno_is_left_alone(void **state)
{
	(void)state;
	errno = ENOTTY;
	log_info(NULL, "x");
	assert_int_equal(errno, ENOTTY);
}

static void *
write_on(void *unused)
{
	int	i;

	for (i = 0; i < 100; i++) {
		log_info("thread", "0123456789 0123456789 0123456789");
		if (i % 10 == 0)
			log_reopen();
	}
	return unused;
}

static void
threads_do_not_mix_lines(void **state)
{
	pthread_t	 threads[4];
	const char	*line;
	int		 i, count = 0;

	(void)state;
	for (i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, write_on, NULL);
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	for (line = read_file(path); *line != '\0';
	    line = strchr(line, '\n') + 1) {
		assert_memory_equal(said(line), "INFO  [thread] 0123456789 "
		    "0123456789 0123456789\n", 48);
		count++;
	}
	assert_int_equal(count, 400);
}

static void
secrets_are_masked(void **state)
{
	char	out[LOG_MASKED], longest[LOG_MASKED];

	(void)state;
	snprintf(longest, sizeof(longest), "abcd...(%zu)", SIZE_MAX);
	assert_string_equal(log_mask(out, "fk-abcdefghijk", 14),
	    "fk-a...(14)");
	assert_string_equal(log_mask(out, "fk-abcdefgh", 11), "(11)");
	assert_string_equal(log_mask(out, "", 0), "(0)");
	assert_string_equal(log_mask(out, "abcdefghijklmnop", SIZE_MAX),
	    longest);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_line_has_time_level_and_id, start),
		cmocka_unit_test_setup(levels_have_their_names, start),
		cmocka_unit_test_setup(no_text_forges_a_line, start),
		cmocka_unit_test_setup(long_text_is_cut_at_a_character, start),
		cmocka_unit_test_setup(a_moved_file_is_opened_anew, start),
		cmocka_unit_test_setup(a_replaced_file_is_opened_anew, start),
		cmocka_unit_test_setup(reopening_is_at_once, start),
		cmocka_unit_test_setup(a_file_that_cannot_be_opened_is_told,
		    start),
		cmocka_unit_test_setup(nothing_waits_for_a_pipe, start),
		cmocka_unit_test_setup(nothing_waits_for_a_socket, start),
		cmocka_unit_test_setup(nothing_waits_for_a_strange_pipe, start),
		cmocka_unit_test_setup(nothing_waits_for_a_fifo, start),
		cmocka_unit_test_setup(a_full_disk_is_told, start),
		cmocka_unit_test_setup(errno_is_left_alone, start),
		cmocka_unit_test_setup(threads_do_not_mix_lines, start),
		cmocka_unit_test_setup(secrets_are_masked, start),
	};
	int	result;

	signal(SIGPIPE, SIG_IGN);
	alarm(60);
	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/log", folder);
	snprintf(moved, sizeof(moved), "%s.1", path);
	result = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	unlink(moved);
	if (rmdir(folder) != 0)
		return 1;
	return result;
}
