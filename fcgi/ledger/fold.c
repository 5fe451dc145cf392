#include "build.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "fold.h"
#include "fold_row.h"
#include "journal.h"

/* Rows of one read and one transaction. */
#define BATCH		256

/* Old rows that are dropped at once. */
#define DROP_ROWS	"2000"

#define LOCK_TRY_MS	20

void
fold_init(struct fold *fold, const char *folder, atomic_bool *stop)
{
	memset(fold, 0, sizeof(*fold));
	fold->folder = folder;
	fold->stop = stop;
	snprintf(fold->path, sizeof(fold->path), "%s/usage.db", folder);
}

void
fold_close(struct fold *fold)
{
	sqlite3_finalize(fold->add_row);
	sqlite3_finalize(fold->add_sum);
	sqlite3_finalize(fold->set_position);
	fold->add_row = fold->add_sum = fold->set_position = NULL;
	if (fold->books.db != NULL)
		books_close(&fold->books);
	free(fold->bytes);
	fold->bytes = NULL;
}

static bool
stopping(const struct fold *fold)
{
	return fold->stop != NULL && atomic_load(fold->stop);
}

/* A file that was removed or replaced is opened anew. */
static int
open_books(struct fold *fold, struct problem *problem)
{
	if (fold->books.db != NULL && !books_in_place(&fold->books))
		fold_close(fold);
	if (fold->books.db != NULL)
		return 0;
	fold->bytes = malloc(BATCH * ROW_SIZE);
	if (fold->bytes == NULL)
		return problem_no_memory(problem);
	if (books_open(&fold->books, fold->path, true, problem) == -1) {
		fold_close(fold);
		return -1;
	}
	fold->add_row = books_prepare(&fold->books, FOLD_ROW_SQL, problem);
	fold->add_sum = books_prepare(&fold->books, FOLD_SUM_SQL, problem);
	fold->set_position = books_prepare(&fold->books,
	    "INSERT INTO segment VALUES (?, ?) ON CONFLICT (name) "
	    "DO UPDATE SET position = excluded.position", problem);
	if (fold->add_row != NULL && fold->add_sum != NULL &&
	    fold->set_position != NULL)
		return 0;
	fold_close(fold);
	return -1;
}

static int
step(struct fold *fold, sqlite3_stmt *statement, struct problem *problem)
{
	int	result = sqlite3_step(statement) == SQLITE_DONE ? 0 :
		    books_problem(&fold->books, problem);

	(void)sqlite3_reset(statement);
	return result;
}

/* ---- a segment ---- */

static int
find_position(struct fold *fold, const char *name, off_t *position,
    struct problem *problem)
{
	sqlite3_stmt	*statement = books_prepare(&fold->books,
			    "SELECT position FROM segment WHERE name = ?",
			    problem);

	*position = 0;
	if (statement == NULL)
		return -1;
	sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
	if (sqlite3_step(statement) == SQLITE_ROW)
		*position = (off_t)sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return 0;
}

/*
 * Whole rows of what was read, in one transaction with the position. A torn row is
 * stepped over byte by byte. Returns the bytes that are done, or -1.
 */
static ssize_t
fold_bytes(struct fold *fold, const char *name, off_t position,
    size_t length, struct problem *problem)
{
	struct row	row;
	size_t		at = 0;

	if (books_execute(&fold->books, "BEGIN IMMEDIATE", problem) == -1)
		return -1;
	while (length - at >= sizeof(row)) {
		memcpy(&row, fold->bytes + at, sizeof(row));
		if (!row_is_whole(&row)) {
			at++;
			continue;
		}
		fold_row_bind(fold->add_row, &row);
		fold_sum_bind(fold->add_sum, &row);
		if (step(fold, fold->add_row, problem) == -1 ||
		    step(fold, fold->add_sum, problem) == -1)
			break;
		at += sizeof(row);
	}
	sqlite3_bind_text(fold->set_position, 1, name, -1, SQLITE_STATIC);
	sqlite3_bind_int64(fold->set_position, 2, position + (off_t)at);
	if (problem->kind == PROBLEM_NONE &&
	    step(fold, fold->set_position, problem) == 0 &&
	    books_execute(&fold->books, "COMMIT", problem) == 0)
		return (ssize_t)at;
	(void)sqlite3_exec(fold->books.db, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

/* From the position to the end. 0 or -1. */
static int
fold_rest(struct fold *fold, int fd, const char *name, struct problem *problem)
{
	off_t	position;
	ssize_t	length, done;

	if (find_position(fold, name, &position, problem) == -1)
		return -1;
	while (!stopping(fold)) {
		length = pread(fd, fold->bytes, BATCH * ROW_SIZE, position);
		if (length < (ssize_t)ROW_SIZE)
			break;
		done = fold_bytes(fold, name, position, (size_t)length,
		    problem);
		if (done == -1)
			return -1;
		position += done;
	}
	return 0;
}

/* A few keep the room that they have on the disk, for when it is full. */
static bool
is_spare(struct fold *fold, int fd)
{
	struct stat	status;

	return fstat(fd, &status) == 0 && segment_goes_on(status.st_size) &&
	    fold->spares++ < SEGMENT_SPARES;
}

/* Nobody can add to it any more while its lock is held. */
static int
remove_segment(struct fold *fold, int folder_fd, int fd, const char *name,
    struct problem *problem)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == -1)
		return 0;
	if (fold_rest(fold, fd, name, problem) == -1)
		return -1;
	if (stopping(fold) || is_spare(fold, fd))
		return 0;
	if (unlinkat(folder_fd, name, 0) == -1)
		return problem_set(problem, PROBLEM_SERVER,
		    "%s/%s can't be removed: %s", fold->folder, name,
		    strerror(errno));
	return 0;
}

static int
fold_segment(struct fold *fold, int folder_fd, const char *name,
    struct problem *problem)
{
	int	fd, result;

	/* A folder that is open has one. */
	fd = folder_fd == -1 ? -1 : openat(folder_fd, name,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return 0;
	result = fold_rest(fold, fd, name, problem);
	if (result == 0)
		result = remove_segment(fold, folder_fd, fd, name, problem);
	close(fd);
	return result;
}

/* ---- all of them ---- */

static int
fold_segments(struct fold *fold, struct problem *problem)
{
	DIR		*all = opendir(fold->folder);
	struct dirent	*entry;
	int		 result = 0;

	fold->spares = 0;
	if (all == NULL)
		return problem_set(problem, PROBLEM_SERVER, "%s: %s",
		    fold->folder, strerror(errno));
	while (result == 0 && !stopping(fold) &&
	    (entry = readdir(all)) != NULL)
		if (segment_is_name(entry->d_name))
			result = fold_segment(fold, dirfd(all), entry->d_name,
			    problem);
	closedir(all);
	return result;
}

/* Segments whose file is gone are forgotten, and rows that are too old. */
static int
forget(struct fold *fold, int days, struct problem *problem)
{
	int64_t		 oldest_s = days > 0 ? (int64_t)time(NULL) -
			    days * 86400LL : 0;
	char		*sql = sqlite3_mprintf("DELETE FROM row WHERE rowid IN ("
			    "SELECT rowid FROM row WHERE began_us < %lld "
			    "LIMIT " DROP_ROWS ")", oldest_s * 1000000);
	sqlite3_stmt	*names = books_prepare(&fold->books,
			    "SELECT name FROM segment", problem);
	char		 path[1024];
	int		 result = sql == NULL ? problem_no_memory(problem) :
			    names == NULL ? -1 :
			    books_execute(&fold->books, sql, problem);

	sqlite3_free(sql);
	while (result == 0 && sqlite3_step(names) == SQLITE_ROW) {
		snprintf(path, sizeof(path), "%s/%s", fold->folder,
		    (const char *)sqlite3_column_text(names, 0));
		if (access(path, F_OK) == 0)
			continue;
		sql = sqlite3_mprintf("DELETE FROM segment WHERE name = %Q",
		    (const char *)sqlite3_column_text(names, 0));
		result = sql == NULL ? problem_no_memory(problem) :
		    books_execute(&fold->books, sql, problem);
		sqlite3_free(sql);
	}
	sqlite3_finalize(names);
	return result;
}

/* The lock's descriptor, -1: another one has it, -2 with the reason. */
static int
lock(const struct fold *fold, int wait_ms, struct problem *problem)
{
	char		path[704];
	int		fd;

	snprintf(path, sizeof(path), "%s/fold.lock", fold->folder);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1 && errno == ENOENT)
		return -1;	/* there never was a row */
	if (fd == -1) {
		problem_set(problem, PROBLEM_SERVER, "%s: %s", path,
		    strerror(errno));
		return -2;
	}
	while (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		wait_ms -= LOCK_TRY_MS;
		if (wait_ms < 0) {
			close(fd);
			return -1;
		}
		clock_pause_ms(LOCK_TRY_MS);
	}
	return fd;
}

int
fold_all(struct fold *fold, int days, int wait_ms, struct problem *problem)
{
	int	fd = lock(fold, wait_ms, problem), result;

	if (fd < 0)
		return fd == -1 ? 0 : -1;
	problem_clear(problem);
	result = open_books(fold, problem) == -1 ||
	    fold_segments(fold, problem) == -1 ||
	    forget(fold, days, problem) == -1 ? -1 : 1;
	close(fd);
	return result;
}
