#include "build.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "log.h"
#include "token.h"

static char		folder[64], path[96];
static atomic_int	lines;		/* logged */

/*
 * Stands in for log.c and counts; but not that a file is locked, which a writer
 * that gets no time may be the cause of.
 */
void
log_line(enum log_level level, const char *id, const char *format, ...)
{
	char	line[256];
	va_list	arguments;

	(void)level;
	(void)id;
	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	lines += strstr(line, "it is locked by another program") == NULL;
}

static int
setup(void **state)
{
	(void)state;
	lines = 0;
	strcpy(folder, "/tmp/test_token_reader.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/token.json", folder);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

/* Every account's token tells the generation, so that a mixture would show. */
static void
publish(int64_t generation)
{
	struct problem	 problem;
	struct tokens	*tokens = tokens_new();
	char		 id[16], token[2048];
	int		 i, at;

	tokens->generation = generation;
	tokens->updated_at = generation;
	for (i = 0; i < 1 + generation % 4; i++) {
		snprintf(id, sizeof(id), "account%d", i);
		at = snprintf(token, sizeof(token), "%lld-",
		    (long long)generation);
		memset(token + at, 'x', (size_t)(generation % 1500));
		token[at + generation % 1500] = '\0';
		if (tokens_add(tokens, id, token, generation, NULL) != 0)
			abort();
	}
	if (token_write(path, tokens, &problem) != 0) {
		fprintf(stderr, "%s\n", problem.message);
		abort();
	}
	tokens_release(tokens);
}

/* 0, or -1 for a snapshot that is not wholly of its generation. */
static int
check(const struct tokens *tokens)
{
	size_t	i;

	if (tokens->count != (size_t)(1 + tokens->generation % 4) ||
	    tokens->updated_at != tokens->generation)
		return -1;
	for (i = 0; i < tokens->count; i++)
		if (tokens->accounts[i].expires_at != tokens->generation ||
		    atoll(tokens->accounts[i].access_token) !=
		    tokens->generation ||
		    strlen(strchr(tokens->accounts[i].access_token, '-')) !=
		    (size_t)(tokens->generation % 1500) + 1)
			return -1;
	return 0;
}

static void
put(const char *text)
{
	FILE	*file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void
test_versions(void **state)
{
	struct token_reader	*reader = token_reader_new(path);
	struct tokens		*first, *tokens;

	(void)state;
	assert_null(token_current(reader));
	assert_null(token_current(reader));
	assert_int_equal(lines, 1);
	publish(5);
	first = token_current(reader);
	assert_int_equal(first->generation, 5);
	tokens = token_current(reader);
	assert_ptr_equal(tokens, first);	/* not read again */
	tokens_release(tokens);
	publish(6);
	tokens = token_current(reader);
	assert_int_equal(tokens->generation, 6);
	assert_int_equal(first->generation, 5);	/* still whole */
	assert_int_equal(check(first), 0);
	tokens_release(first);
	tokens_release(tokens);
	assert_int_equal(lines, 1);
	token_reader_free(reader);
	token_reader_free(NULL);
}

static void
expect_generation(struct token_reader *reader, int64_t generation)
{
	struct tokens	*tokens = token_current(reader);

	assert_non_null(tokens);
	assert_int_equal(tokens->generation, generation);
	tokens_release(tokens);
}

/* What is no better than what is there changes nothing, and is said once. */
static void
test_keeps_the_good_one(void **state)
{
	struct token_reader	*reader = token_reader_new(path);
	int			 i;

	(void)state;
	publish(9);
	expect_generation(reader, 9);
	publish(8);
	for (i = 0; i < 5; i++)
		expect_generation(reader, 9);
	assert_int_equal(lines, 1);
	put("{ \"version\": 1, ");
	for (i = 0; i < 5; i++)
		expect_generation(reader, 9);
	assert_int_equal(lines, 2);
	unlink(path);
	expect_generation(reader, 9);
	publish(10);
	expect_generation(reader, 10);
	unlink(path);
	for (i = 0; i < 5; i++)
		expect_generation(reader, 10);
	assert_int_equal(lines, 3);
	publish(11);
	expect_generation(reader, 11);
	token_reader_free(reader);
}

/* A folder, a fifo or a link at the path is not opened, nor waited for. */
static void
test_odd_files(void **state)
{
	struct token_reader	*reader = token_reader_new(path);

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_null(token_current(reader));
	unlink(path);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_null(token_current(reader));
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_null(token_current(reader));
	rmdir(path);
	token_reader_free(reader);
}

/* A writer that is stopped while it holds the lock holds up nobody for long. */
static void
test_stuck_lock(void **state)
{
	struct token_reader	*reader = token_reader_new(path);
	struct timespec		 start, end;
	long long		 ms;
	int			 fd;

	(void)state;
	publish(1);
	expect_generation(reader, 1);
	publish(2);
	fd = open(path, O_RDWR);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	clock_gettime(CLOCK_MONOTONIC, &start);
	expect_generation(reader, 1);
	clock_gettime(CLOCK_MONOTONIC, &end);
	ms = (end.tv_sec - start.tv_sec) * 1000LL +
	    (end.tv_nsec - start.tv_nsec) / 1000000;
	assert_in_range(ms, 0, 10000);
	close(fd);
	expect_generation(reader, 2);
	token_reader_free(reader);
}

#define VERSIONS	10000
#define WRITING_S	20		/* ... or as many as fit into this */
#define THREADS		3
#define PROCESSES	2

/* Reads until the last version; 0 when all was well. */
static int
read_all(struct token_reader *reader)
{
	struct tokens	*tokens;
	int64_t		 seen = 0;

	while (seen < VERSIONS) {
		tokens = token_current(reader);
		if (tokens == NULL && seen == 0)	/* it is locked */
			continue;
		if (tokens == NULL || check(tokens) != 0 ||
		    tokens->generation < seen)
			return -1;
		seen = tokens->generation;
		tokens_release(tokens);
	}
	return lines == 0 ? 0 : -1;
}

static void *
thread_run(void *reader)
{
	return read_all(reader) == 0 ? reader : NULL;
}

/* A process with several threads on one reader. */
static int
process_run(void)
{
	struct token_reader	*reader = token_reader_new(path);
	pthread_t		 threads[THREADS];
	void			*good;
	int			 i, result = 0;

	for (i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, thread_run, reader);
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &good);
		if (good == NULL)
			result = -1;
	}
	token_reader_free(reader);
	return result;
}

/* On a memory disk if there is one: fsync would make minutes of it. */
static void
test_never_torn_nor_older(void **state)
{
	struct timespec	start, now;
	pid_t		pids[PROCESSES];
	int		i, status;

	(void)state;
	if (access("/dev/shm", W_OK) == 0) {
		rmdir(folder);
		strcpy(folder, "/dev/shm/test_token_reader.XXXXXX");
		assert_non_null(mkdtemp(folder));
		snprintf(path, sizeof(path), "%s/token.json", folder);
	}
	publish(0);
	for (i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			_exit(process_run() == 0 ? 0 : 1);
		}
	}
	/* Six readers that never rest leave a writer little of two cores. */
	clock_gettime(CLOCK_MONOTONIC, &start);
	now = start;
	for (i = 1; i < VERSIONS && now.tv_sec - start.tv_sec < WRITING_S;
	    i++) {
		publish(i);
		clock_gettime(CLOCK_MONOTONIC, &now);
	}
	publish(VERSIONS);
	for (i = 0; i < PROCESSES; i++) {
		waitpid(pids[i], &status, 0);
		assert_int_equal(status, 0);
	}
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(test_versions),
		TEST(test_keeps_the_good_one),
		TEST(test_odd_files),
		TEST(test_stuck_lock),
		TEST(test_never_torn_nor_older),
	};

	alarm(120);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
