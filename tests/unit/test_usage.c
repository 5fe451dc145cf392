#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "ledger/fold.h"
#include "ledger/journal.h"
#include "ledger/usage_show.h"

#define HOUR	3600
#define BEGIN	(1790000000 / HOUR * HOUR)	/* 2026-09-21 14:00 UTC */

static char		folder[64];
static struct usage_db	usage;
static struct buf	out;

static void
add(struct journal *journal, int64_t at_s, const char *key, const char *model,
    int64_t input, int64_t output, double cost)
{
	struct row	row;
	struct problem	problem;

	memset(&row, 0, sizeof(row));
	row.began_us = at_s * 1000000;
	row_text(row.id, sizeof(row.id), "req_1", 5);
	row_text(row.key, sizeof(row.key), key, strlen(key));
	row_text(row.model, sizeof(row.model), model, strlen(model));
	row_text(row.agent, sizeof(row.agent), "cli", 3);
	row.session = *key == 'a' ? 0x1234 : 0;
	row.tokens[ROW_INPUT] = input;
	row.tokens[ROW_CACHED] = 10;
	row.tokens[ROW_CACHE_WRITE] = row.tokens[ROW_REASONING] = -1;
	row.tokens[ROW_OUTPUT] = output;
	row.cost = cost;
	row.status = 200;
	row.first_us = 100000;
	row.total_us = 2500000;
	assert_int_equal(journal_add(journal, &row, &problem), 0);
}

static int
setup(void **state)
{
	struct journal	*journal;
	struct fold	 fold;
	struct problem	 problem;

	(void)state;
	memcpy(folder, "/tmp/test_usage.XXXXXX", 23);
	if (mkdtemp(folder) == NULL)
		return -1;
	journal = journal_new(folder);
	add(journal, BEGIN, "ann", "glm", 100, 5, 0.25);
	add(journal, BEGIN + HOUR - 1, "ann", "opus", 1000000, 7, -1);
	add(journal, BEGIN + 2 * HOUR, "", "a-model-with-quite-a-long-name",
	    12345678, 9, 0.5);
	journal_free(journal);
	problem_clear(&problem);
	fold_init(&fold, folder, NULL);
	if (fold_all(&fold, 0, 0, &problem) != 1 ||
	    usage_open(&usage, folder, &problem) == -1)
		return -1;
	fold_close(&fold);
	buf_init(&out, 1 << 20, NULL);
	return 0;
}

static int
teardown(void **state)
{
	char	command[96];

	(void)state;
	buf_release(&out);
	usage_close(&usage);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static const char *
show(enum usage_by by, enum usage_form form, int64_t since, int64_t until)
{
	struct usage_question	question = { .by = by, .since = since,
				    .until = until };
	struct problem		problem;

	buf_clear(&out);
	if (usage_show_groups(&out, &usage, &question, form, USAGE_COLUMNS,
	    &problem) == -1)
		fail_msg("%s", problem.message);
	return out.at;
}

#define ALL	0, INT64_MAX / 4

static void
sizes_are_for_people(void **state)
{
	static const struct {
		int64_t		 count;
		const char	*text;
	} cases[] = { { 0, "0" }, { 999, "999" }, { 1000, "1.0k" },
	    { 12345678, "12.3M" }, { 999949, "999.9k" }, { 999950, "1.0M" },
	    { 5000000000, "5.0G" }, { INT64_MAX, "9.2E" } };
	char	text[USAGE_SIZE_TEXT];
	size_t	i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(usage_size(text, cases[i].count),
		    cases[i].text);
}

static void
the_largest_come_first_and_the_sum_last(void **state)
{
	(void)state;
	assert_string_equal(show(USAGE_KEY, USAGE_TABLE, ALL),
	    "key                       requests  failed    input   cached   "
	    "output      cost\n"
	    "-                                1       0    12.3M       10   "
	    "     9      0.50\n"
	    "ann                              2       0     1.0M       20   "
	    "    12      0.25\n"
	    "total                            3       0    13.3M       30   "
	    "    21      0.75\n");
	assert_non_null(strstr(show(USAGE_MODEL, USAGE_TABLE, ALL),
	    "a-model-with-quite-a-lon~        1 "));
}

static void
times_are_in_their_order(void **state)
{
	(void)state;
	assert_non_null(strstr(show(USAGE_HOUR, USAGE_CSV, ALL),
	    "\r\n\"2026-09-21 14:00\",2,0,1000100,20,0,12,0,0,0,5000,"
	    "0.250000\r\n\"2026-09-21 16:00\",1,"));
	assert_non_null(strstr(show(USAGE_DAY, USAGE_CSV, ALL),
	    "\"2026-09-21\",3,"));
}

/* By hours for sums, by the moment for rows. */
static void
times_have_ends(void **state)
{
	(void)state;
	assert_non_null(strstr(show(USAGE_TOTAL, USAGE_CSV, BEGIN,
	    BEGIN + HOUR), "\"\",2,"));
	assert_non_null(strstr(show(USAGE_TOTAL, USAGE_CSV, BEGIN + 1800,
	    BEGIN + HOUR), "\"\",2,"));
	assert_non_null(strstr(show(USAGE_TOTAL, USAGE_CSV, BEGIN + HOUR,
	    BEGIN + 3 * HOUR), "\"\",1,"));
	assert_non_null(strstr(show(USAGE_TOOL, USAGE_CSV, BEGIN + 1800,
	    BEGIN + HOUR), "\"cli\",1,"));
}

static void
sessions_are_hashes(void **state)
{
	(void)state;
	show(USAGE_SESSION, USAGE_CSV, ALL);
	assert_non_null(strstr(out.at, "\"0000000000001234\",2,"));
	assert_non_null(strstr(out.at, "\"\",1,"));
}

static void
one_key_may_be_asked_for(void **state)
{
	struct usage_question	question = { .by = USAGE_TOTAL, .key = "ann",
				    .until = INT64_MAX / 4 };
	struct problem		problem;
	uint64_t		tokens = 0;

	(void)state;
	buf_clear(&out);
	assert_int_equal(usage_show_groups(&out, &usage, &question, USAGE_CSV,
	    USAGE_COLUMNS, &problem), 0);
	assert_non_null(strstr(out.at, "\"\",2,"));
	assert_int_equal(usage_key_tokens(&usage, "ann", BEGIN, &tokens,
	    &problem), 0);
	assert_int_equal(tokens, 1000100 + 20 + 12);
	assert_int_equal(usage_key_tokens(&usage, "ann", BEGIN + HOUR, &tokens,
	    &problem), 0);
	assert_int_equal(tokens, 0);
}

static void
the_last_ones_come_first(void **state)
{
	struct problem	problem;

	(void)state;
	buf_clear(&out);
	assert_int_equal(usage_show_last(&out, &usage, 2, USAGE_TABLE,
	    USAGE_COLUMNS, &problem), 0);
	assert_non_null(strstr(out.at, "\n09-21 16:00:00 -           "
	    "a-model-with-quite-a-~ 200   12.3M      9  0.1   2.5\n"
	    "09-21 14:59:59 ann         opus                   200    1.0M"
	    "      7  0.1   2.5\n"));
	buf_clear(&out);
	assert_int_equal(usage_show_last(&out, &usage, 1, USAGE_TABLE, 120,
	    &problem), 0);
	assert_non_null(strstr(out.at, " a-model-with-quite-a-long-name   "));
	buf_clear(&out);
	assert_int_equal(usage_show_groups(&out, &usage, &(struct
	    usage_question){ .by = USAGE_MODEL, .until = INT64_MAX / 4 },
	    USAGE_TABLE, 40, &problem), 0);
	assert_non_null(strstr(out.at, "\na-model~        1 "));
	buf_clear(&out);
	assert_int_equal(usage_show_last(&out, &usage, 1, USAGE_JSON,
	    USAGE_COLUMNS, &problem), 0);
	assert_non_null(strstr(out.at, "\"cost\":0.500000"));
	assert_non_null(strstr(out.at, "\"cache_write\":null"));
	/* What cannot be a formula is as it is. */
	buf_clear(&out);
	assert_int_equal(usage_show_last(&out, &usage, 1, USAGE_CSV,
	    USAGE_COLUMNS, &problem), 0);
	assert_non_null(strstr(out.at, ",\"-\","));
}

static void
words_are_known(void **state)
{
	enum usage_by	by;

	(void)state;
	assert_int_equal(usage_by_of("upstream", &by), 0);
	assert_int_equal(by, USAGE_UPSTREAM);
	assert_int_equal(usage_by_of("nothing", &by), -1);
}

/* Of a later version nothing is touched; without a file there is none. */
static void
files_that_are_not_ours_are_refused(void **state)
{
	struct books	books;
	struct problem	problem;
	char		path[96];

	(void)state;
	snprintf(path, sizeof(path), "%s/other.db", folder);
	assert_int_equal(books_open(&books, path, false, &problem), -1);
	assert_int_equal(problem.kind, PROBLEM_MISSING);
	assert_int_equal(books_open(&books, path, true, &problem), 0);
	assert_true(books_in_place(&books));
	assert_int_equal(books_execute(&books, "PRAGMA user_version = 99",
	    &problem), 0);
	unlink(path);
	assert_false(books_in_place(&books));
	books_close(&books);
	assert_int_equal(books_open(&books, path, true, &problem), 0);
	assert_int_equal(books_execute(&books, "PRAGMA user_version = 99",
	    &problem), 0);
	books_close(&books);
	assert_int_equal(books_open(&books, path, true, &problem), -1);
	assert_non_null(strstr(problem.message, "newer"));
}

/* A process that knows of no other's files: looks once, when it is told. */
static pid_t
start_other(const char *path, int *tell)
{
	int	pipes[2];
	char	byte;
	pid_t	pid;
	sqlite3	*db;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (pid == 0)
		_exit(close(pipes[1]) != 0 || read(pipes[0], &byte, 1) != 1 ||
		    sqlite3_open(path, &db) != SQLITE_OK ||
		    sqlite3_exec(db, "SELECT count(*) FROM row", NULL, NULL,
		    NULL) != SQLITE_OK || sqlite3_close(db) != SQLITE_OK);
	close(pipes[0]);
	*tell = pipes[1];
	return pid;
}

/* Whoever closes last takes the log away: it must not think that it is last. */
static void
opening_twice_keeps_our_locks(void **state)
{
	struct problem	 problem;
	struct usage_db	 second;
	char		 path[128], log[136];
	pid_t		 pid;
	int		 status, tell;

	(void)state;
	snprintf(path, sizeof(path), "%s/usage.db", folder);
	snprintf(log, sizeof(log), "%s-wal", path);
	usage_close(&usage);
	pid = start_other(path, &tell);
	assert_int_equal(usage_open(&usage, folder, &problem), 0);
	assert_int_equal(books_execute(&usage.books,
	    "SELECT count(*) FROM row", &problem), 0);
	assert_int_equal(access(log, F_OK), 0);
	assert_int_equal(usage_open(&second, folder, &problem), 0);
	usage_close(&second);
	assert_int_equal(write(tell, "!", 1), 1);
	close(tell);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(access(log, F_OK), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opening_twice_keeps_our_locks),
		cmocka_unit_test(sizes_are_for_people),
		cmocka_unit_test(the_largest_come_first_and_the_sum_last),
		cmocka_unit_test(times_are_in_their_order),
		cmocka_unit_test(times_have_ends),
		cmocka_unit_test(sessions_are_hashes),
		cmocka_unit_test(one_key_may_be_asked_for),
		cmocka_unit_test(the_last_ones_come_first),
		cmocka_unit_test(words_are_known),
		cmocka_unit_test(files_that_are_not_ours_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
