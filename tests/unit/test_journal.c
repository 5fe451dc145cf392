#include "build.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ledger/fold.h"
#include "ledger/journal.h"
#include "ledger/usage.h"
#include "neutral/event.h"
#include "neutral/lost.h"

static char	root[64], folder[96];

static int
setup(void **state)
{
	(void)state;
	memcpy(root, "/tmp/test_journal.XXXXXX", 25);
	if (mkdtemp(root) == NULL)
		return -1;
	snprintf(folder, sizeof(folder), "%s/ledger", root);
	return 0;
}

/* How many segments there are; the last one's path. */
static int
segments(char *path, size_t size)
{
	DIR		*all = opendir(folder);
	struct dirent	*entry;
	int		 count = 0;

	while (all != NULL && (entry = readdir(all)) != NULL) {
		if (!segment_is_name(entry->d_name))
			continue;
		count++;
		if (path != NULL)
			snprintf(path, size, "%s/%s", folder, entry->d_name);
	}
	if (all != NULL)
		closedir(all);
	return count;
}

static int
teardown(void **state)
{
	char	command[160];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

static struct row
row_of(const char *key, int64_t tokens)
{
	struct row	row;
	static int	serial;

	memset(&row, 0, sizeof(row));
	row.began_us = 1790000000000000 + ++serial;
	snprintf(row.id, sizeof(row.id), "req_%032d", serial);
	row_text(row.key, sizeof(row.key), key, strlen(key));
	row_text(row.model, sizeof(row.model), "m", 1);
	row.tokens[ROW_INPUT] = tokens;
	row.tokens[ROW_CACHED] = row.tokens[ROW_CACHE_WRITE] = -1;
	row.cost = -1;
	return row;
}

static void
add(struct journal *journal, const char *key, int64_t tokens)
{
	struct row	row = row_of(key, tokens);
	struct problem	problem;

	problem_clear(&problem);
	if (journal_add(journal, &row, &problem) == -1)
		fail_msg("%s", problem.message);
}

static void
fold(int expected)
{
	struct fold	folding;
	struct problem	problem;

	problem_clear(&problem);
	fold_init(&folding, folder, NULL);
	assert_int_equal(fold_all(&folding, 0, 0, &problem), expected);
	fold_close(&folding);
}

static int
keep_total(void *of, const struct usage_group *group)
{
	*(struct usage_group *)of = *group;
	return 0;
}

/* Requests and input tokens of all time. */
static void
expect_total(int64_t requests, int64_t tokens)
{
	const struct usage_question	question = { .by = USAGE_TOTAL,
					    .until = INT64_MAX / 4 };
	struct usage_group		group = { 0 };
	struct usage_db			usage;
	struct problem			problem;

	assert_int_equal(usage_open(&usage, folder, &problem), 0);
	assert_int_equal(usage_groups(&usage, &question, keep_total, &group,
	    &problem), 0);
	assert_int_equal(group.requests, requests);
	assert_int_equal(group.tokens[ROW_INPUT], tokens);
	usage_close(&usage);
}

static void
rows_are_folded_once(void **state)
{
	struct journal	*journal = journal_new(folder);
	char		 path[512];
	struct stat	 status;

	(void)state;
	assert_int_equal(segments(NULL, 0), 0);
	fold(0);
	assert_false(journal_news(journal));
	add(journal, "a", 5);
	add(journal, "b", 7);
	assert_true(journal_news(journal));
	assert_false(journal_news(journal));
	assert_int_equal(segments(path, sizeof(path)), 1);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_size, 2 * ROW_SIZE);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_true(status.st_blocks * 512 >= SEGMENT_RESERVE / 2);
	fold(1);
	expect_total(2, 12);
	fold(1);
	expect_total(2, 12);
	add(journal, "a", 1);
	fold(1);
	expect_total(3, 13);
	journal_free(journal);
}

/* ... which one that is held is not. */
static void
a_left_segment_is_gone_on_with(void **state)
{
	struct journal	*first = journal_new(folder);
	struct journal	*second = journal_new(folder);

	(void)state;
	add(first, "a", 1);
	add(second, "a", 2);
	assert_int_equal(segments(NULL, 0), 2);
	journal_free(first);
	fold(1);
	first = journal_new(folder);
	add(first, "a", 4);
	assert_int_equal(segments(NULL, 0), 2);
	journal_free(first);
	journal_free(second);
	fold(1);
	expect_total(3, 7);
}

/* Whatever comes behind a piece of a row is found, and the file not used again. */
static void
a_torn_row_is_stepped_over(void **state)
{
	struct journal	*journal = journal_new(folder);
	struct row	 row = row_of("a", 100);
	char		 path[512];
	int		 fd;

	(void)state;
	add(journal, "a", 1);
	segments(path, sizeof(path));
	row_seal(&row);
	fd = open(path, O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, &row, 700), 700);
	add(journal, "a", 2);
	fold(1);
	expect_total(2, 3);
	assert_int_equal(write(fd, &row, 300), 300);
	close(fd);
	journal_free(journal);
	journal = journal_new(folder);
	add(journal, "a", 4);
	assert_int_equal(segments(NULL, 0), 2);
	fold(1);
	assert_int_equal(segments(NULL, 0), 1);
	expect_total(3, 7);
	journal_free(journal);
}

/* Killed between the transaction and the file's end, or before its removal. */
static void
a_segment_whose_rows_are_known_adds_nothing(void **state)
{
	struct journal	*journal = journal_new(folder);
	char		 path[512], copy[600], command[1200];

	(void)state;
	add(journal, "a", 1);
	segments(path, sizeof(path));
	snprintf(copy, sizeof(copy), "%s/kept", root);
	snprintf(command, sizeof(command), "cp %s %s", path, copy);
	assert_int_equal(system(command), 0);
	journal_free(journal);
	fold(1);
	assert_int_equal(rename(copy, path), 0);
	fold(1);
	expect_total(1, 1);
}

#define THREADS	8
#define ROWS	1500

static void *
add_many(void *of)
{
	int	i;

	for (i = 0; i < ROWS; i++) {
		struct row	row;
		struct problem	problem;

		memset(&row, 0, sizeof(row));
		row.tokens[ROW_INPUT] = 3;
		row.began_us = i;
		problem_clear(&problem);
		if (journal_add(of, &row, &problem) == -1)
			return of;
	}
	return NULL;
}

/* More than one segment holds, while they are folded. */
static void
threads_lose_nothing(void **state)
{
	struct journal	*journal = journal_new(folder);
	pthread_t	 threads[THREADS];
	void		*failed;
	int		 i;

	(void)state;
	add(journal, "a", 3);	/* there is a ledger from now on */
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, add_many,
		    journal), 0);
	for (i = 0; i < 5; i++)
		fold(1);
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
	fold(1);
	expect_total(THREADS * ROWS + 1, (int64_t)THREADS * ROWS * 3 + 3);
	/* A full one was removed. */
	assert_int_equal(segments(NULL, 0), 1);
	journal_free(journal);
}

static void
what_cannot_be_written_is_said(void **state)
{
	struct journal	*journal = journal_new("/proc/nowhere/ledger");
	struct row	 row = row_of("a", 1);
	struct problem	 problem;

	(void)state;
	problem_clear(&problem);
	assert_int_equal(journal_add(journal, &row, &problem), -1);
	assert_non_null(strstr(problem.message, "/proc/nowhere"));
	journal_free(journal);
}

static int
keep_exchange(void *of, const struct usage_exchange *exchange)
{
	char	*text = of;

	snprintf(text, 512, "%s|%s|%s|%s|%lld|%s", exchange->key,
	    exchange->model, exchange->stop, exchange->losses,
	    (long long)exchange->tokens[ROW_CACHED], exchange->largest_tools);
	return 1;
}

/* Texts that a client made up are no danger to a terminal. */
static void
rows_become_words(void **state)
{
	struct journal	*journal = journal_new(folder);
	struct row	 row = row_of("a", 1);
	struct usage_db	 usage;
	struct problem	 problem;
	char		 text[512] = "";

	(void)state;
	memset(row.model, 0, sizeof(row.model));
	row_text(row.model, sizeof(row.model), "\x1b[1m\xff\xc3\xa9\x80", 8);
	row.stop = STOP_CALLS;
	row.losses = (uint64_t)1 << LOST_AUDIO | (uint64_t)1 << LOST_TOP_K;
	memcpy(row.largest[0].name, "Ba\"sh", 5);
	row.largest[0].bytes = 9;
	problem_clear(&problem);
	assert_int_equal(journal_add(journal, &row, &problem), 0);
	fold(1);
	assert_int_equal(usage_open(&usage, folder, &problem), 0);
	assert_int_equal(usage_last(&usage, 1, keep_exchange, text, &problem),
	    0);
	assert_string_equal(text, "a|?[1m?\xc3\xa9?|tool_calls|"
	    "audio, top_k|-1|[[\"Ba\\\"sh\",9]]");
	usage_close(&usage);
	journal_free(journal);
}

#define IN_FOLDER(test)							\
	cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(rows_are_folded_once),
		IN_FOLDER(a_left_segment_is_gone_on_with),
		IN_FOLDER(a_torn_row_is_stepped_over),
		IN_FOLDER(a_segment_whose_rows_are_known_adds_nothing),
		IN_FOLDER(threads_lose_nothing),
		IN_FOLDER(what_cannot_be_written_is_said),
		IN_FOLDER(rows_become_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
