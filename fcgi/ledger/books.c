#include "build.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "books.h"

#define BUSY_MS		5000
#define STRICT_SINCE	3037000

/* %s: STRICT where SQLite has it. Tables are only ever added to. */
static const char *const versions[] = {
	"CREATE TABLE row ("
	" id TEXT NOT NULL, began_us INTEGER NOT NULL, key TEXT NOT NULL,"
	" session INTEGER NOT NULL, client TEXT NOT NULL, tool TEXT NOT NULL,"
	" asked TEXT NOT NULL, model TEXT NOT NULL, upstream TEXT NOT NULL,"
	" stream INTEGER NOT NULL, attempts INTEGER NOT NULL,"
	" status INTEGER NOT NULL, failed INTEGER NOT NULL,"
	" gone INTEGER NOT NULL, stop TEXT NOT NULL,"
	" input INTEGER, cached INTEGER, cache_write INTEGER,"
	" output INTEGER, reasoning INTEGER,"
	" bytes_in INTEGER NOT NULL, bytes_out INTEGER NOT NULL,"
	" first_us INTEGER NOT NULL, total_us INTEGER NOT NULL,"
	" cost REAL, losses TEXT NOT NULL,"
	" system_bytes INTEGER NOT NULL, tools_bytes INTEGER NOT NULL,"
	" history_bytes INTEGER NOT NULL, media_bytes INTEGER NOT NULL,"
	" tools INTEGER NOT NULL, largest_tools TEXT NOT NULL) %s;"
	"CREATE INDEX row_began ON row (began_us);"
	"CREATE TABLE sum ("
	" hour INTEGER NOT NULL, key TEXT NOT NULL, model TEXT NOT NULL,"
	" upstream TEXT NOT NULL, requests INTEGER NOT NULL,"
	" failed INTEGER NOT NULL, input INTEGER NOT NULL,"
	" cached INTEGER NOT NULL, cache_write INTEGER NOT NULL,"
	" output INTEGER NOT NULL, reasoning INTEGER NOT NULL,"
	" bytes_in INTEGER NOT NULL, bytes_out INTEGER NOT NULL,"
	" total_us INTEGER NOT NULL, cost REAL NOT NULL,"
	" PRIMARY KEY (hour, key, model, upstream)) %s;"
	"CREATE TABLE segment (name TEXT NOT NULL PRIMARY KEY,"
	" position INTEGER NOT NULL) %s;",
	"ALTER TABLE row ADD COLUMN tries TEXT NOT NULL DEFAULT '';",
};

#define VERSIONS	((int)(sizeof(versions) / sizeof(versions[0])))

int
books_problem(const struct books *books, struct problem *problem)
{
	return problem_set(problem, PROBLEM_SERVER, "usage.db: %s",
	    sqlite3_errmsg(books->db));
}

sqlite3_stmt *
books_prepare(struct books *books, const char *sql, struct problem *problem)
{
	sqlite3_stmt	*statement = NULL;

	if (sqlite3_prepare_v2(books->db, sql, -1, &statement, NULL) ==
	    SQLITE_OK)
		return statement;
	books_problem(books, problem);
	return NULL;
}

int
books_execute(struct books *books, const char *sql, struct problem *problem)
{
	if (sqlite3_exec(books->db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return books_problem(books, problem);
}

static int
version_of(struct books *books, struct problem *problem)
{
	sqlite3_stmt	*statement = books_prepare(books,
			    "PRAGMA user_version", problem);
	int		 version = -1;

	if (statement == NULL)
		return -1;
	if (sqlite3_step(statement) == SQLITE_ROW)
		version = sqlite3_column_int(statement, 0);
	else
		books_problem(books, problem);
	sqlite3_finalize(statement);
	return version;
}

/* From version `from` to the next one: all of it or nothing. */
static int
migrate_once(struct books *books, int from, struct problem *problem)
{
	const char	*strict = sqlite3_libversion_number() >= STRICT_SINCE ?
			    "STRICT" : "";
	char		*tables, *sql;
	int		 result;

	tables = sqlite3_mprintf(versions[from], strict, strict, strict);
	sql = sqlite3_mprintf("BEGIN IMMEDIATE; %s PRAGMA user_version = %d; "
	    "COMMIT;", tables, from + 1);
	result = sql == NULL ? problem_no_memory(problem) :
	    books_execute(books, sql, problem);
	if (result == -1 && sqlite3_get_autocommit(books->db) == 0)
		(void)sqlite3_exec(books->db, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_free(sql);
	sqlite3_free(tables);
	return result;
}

static int
migrate(struct books *books, struct problem *problem)
{
	int	version = version_of(books, problem);

	if (version > VERSIONS)
		return problem_set(problem, PROBLEM_SERVER,
		    "usage.db is of a newer droid2api");
	while (version >= 0 && version < VERSIONS) {
		if (migrate_once(books, version, problem) == -1)
			return -1;
		version++;
	}
	return version == VERSIONS ? 0 : -1;
}

static int
prepare_file(struct books *books, struct problem *problem)
{
	/* A commit is not synced: the journal isn't, either. */
	static const char	pragmas[] = "PRAGMA journal_mode = WAL;"
				    "PRAGMA synchronous = NORMAL;"
				    "PRAGMA cache_size = -512;"
				    "PRAGMA temp_store = MEMORY;";

	sqlite3_busy_timeout(books->db, BUSY_MS);
	if (!books->writable)
		return 0;
	return books_execute(books, pragmas, problem) == -1 ||
	    migrate(books, problem) == -1 ? -1 : 0;
}

/*
 * The file is there; SQLite would make it with looser modes. It is never opened
 * here while it may be in use: closing it would drop this process's locks on it,
 * and another one would take its log away.
 */
static int
find_file(const char *path, bool writable, struct problem *problem)
{
	struct stat	status;
	int		fd;

	if (lstat(path, &status) == 0)
		return S_ISREG(status.st_mode) ? 0 : problem_set(problem,
		    PROBLEM_SERVER, "%s is no file", path);
	if (!writable || errno != ENOENT)
		return problem_set(problem, errno == ENOENT ? PROBLEM_MISSING :
		    PROBLEM_SERVER, "%s: %s", path, strerror(errno));
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_CREAT | O_EXCL,
	    0600);
	if (fd == -1 && errno != EEXIST)
		return problem_set(problem, PROBLEM_SERVER, "%s: %s", path,
		    strerror(errno));
	if (fd != -1)
		close(fd);
	return 0;
}

int
books_open(struct books *books, const char *path, bool writable,
    struct problem *problem)
{
	static pthread_mutex_t	making = PTHREAD_MUTEX_INITIALIZER;
	int			flags = SQLITE_OPEN_READWRITE |
				    SQLITE_OPEN_NOMUTEX;
	int			result;

	books->db = NULL;
	books->writable = writable;
	pthread_mutex_lock(&making);
	result = find_file(path, writable, problem);
	pthread_mutex_unlock(&making);
	if (result == -1)
		return -1;
	result = sqlite3_open_v2(path, &books->db, flags, NULL) == SQLITE_OK ?
	    prepare_file(books, problem) : books_problem(books, problem);
	if (result == -1)
		books_close(books);
	return result;
}

void
books_close(struct books *books)
{
	(void)sqlite3_close(books->db);
	books->db = NULL;
}

bool
books_in_place(const struct books *books)
{
	int	moved = 0;

	return sqlite3_file_control(books->db, "main",
	    SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved == 0;
}
