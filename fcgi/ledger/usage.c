#include "build.h"

#include <stdio.h>
#include <string.h>

#include "usage.h"

#define SUMS	"sum(requests), sum(failed), sum(input), sum(cached)," \
		" sum(cache_write), sum(output), sum(reasoning)," \
		" sum(bytes_in), sum(bytes_out), sum(total_us), sum(cost)" \
		" FROM sum WHERE hour >= ?1 / 3600 AND hour * 3600 < ?2" \
		" AND (?3 IS NULL OR key = ?3)"
#define ROWS	"count(*), sum(failed), total(input), total(cached)," \
		" total(cache_write), total(output), total(reasoning)," \
		" sum(bytes_in), sum(bytes_out), sum(total_us), total(cost)" \
		" FROM row WHERE began_us >= ?1 * 1000000" \
		" AND began_us < ?2 * 1000000 AND (?3 IS NULL OR key = ?3)"
#define LARGEST	" GROUP BY 1 ORDER BY sum(input) + sum(cached) +" \
		" sum(cache_write) + sum(output) DESC, 1"
#define IN_TIME	" GROUP BY 1 ORDER BY 1"

static const struct {
	const char	*word, *sql;
} bys[USAGE_BYS] = {
	[USAGE_KEY] = { "key", "SELECT key, " SUMS LARGEST },
	[USAGE_MODEL] = { "model", "SELECT model, " SUMS LARGEST },
	[USAGE_DAY] = { "day", "SELECT strftime('%Y-%m-%d', hour * 3600,"
	    " 'unixepoch'), " SUMS IN_TIME },
	[USAGE_HOUR] = { "hour", "SELECT strftime('%Y-%m-%d %H:00',"
	    " hour * 3600, 'unixepoch'), " SUMS IN_TIME },
	[USAGE_UPSTREAM] = { "upstream", "SELECT upstream, " SUMS LARGEST },
	[USAGE_TOOL] = { "tool", "SELECT tool, " ROWS LARGEST },
	[USAGE_SESSION] = { "session", "SELECT CASE session WHEN 0 THEN ''"
	    " ELSE printf('%016x', session) END, " ROWS LARGEST },
	[USAGE_TOTAL] = { "total", "SELECT '', " SUMS },
};

int
usage_by_of(const char *word, enum usage_by *by)
{
	for (*by = USAGE_KEY; *by < USAGE_BYS; (*by)++)
		if (strcmp(bys[*by].word, word) == 0)
			return 0;
	return -1;
}

const char *
usage_by_word(enum usage_by by)
{
	return bys[by].word;
}

int
usage_open(struct usage_db *usage, const char *folder, struct problem *problem)
{
	char	path[800];

	snprintf(path, sizeof(path), "%s/usage.db", folder);
	return books_open(&usage->books, path, false, problem);
}

void
usage_close(struct usage_db *usage)
{
	books_close(&usage->books);
}

/* SQLite's result after all rows were taken, or the callback had enough. */
static int
finish(struct usage_db *usage, sqlite3_stmt *statement, int result,
    struct problem *problem)
{
	int	status = result == SQLITE_DONE || result == SQLITE_ROW ? 0 :
		    books_problem(&usage->books, problem);

	sqlite3_finalize(statement);
	return status;
}

static const char *
text_at(sqlite3_stmt *statement, int at)
{
	const unsigned char	*text = sqlite3_column_text(statement, at);

	return text != NULL ? (const char *)text : "";
}

static struct usage_group
read_group(sqlite3_stmt *s)
{
	struct usage_group	group = { .name = text_at(s, 0) };
	int			i;

	group.requests = sqlite3_column_int64(s, 1);
	group.failed = sqlite3_column_int64(s, 2);
	for (i = 0; i < ROW_TOKENS; i++)
		group.tokens[i] = sqlite3_column_int64(s, 3 + i);
	group.bytes_in = sqlite3_column_int64(s, 8);
	group.bytes_out = sqlite3_column_int64(s, 9);
	group.total_us = sqlite3_column_int64(s, 10);
	group.cost = sqlite3_column_double(s, 11);
	return group;
}

int
usage_groups(struct usage_db *usage, const struct usage_question *question,
    int (*each)(void *, const struct usage_group *), void *context,
    struct problem *problem)
{
	sqlite3_stmt		*s = books_prepare(&usage->books,
				    bys[question->by].sql, problem);
	struct usage_group	 group;
	int			 result;

	if (s == NULL)
		return -1;
	sqlite3_bind_int64(s, 1, question->since);
	sqlite3_bind_int64(s, 2, question->until);
	if (question->key != NULL)
		sqlite3_bind_text(s, 3, question->key, -1, SQLITE_STATIC);
	while ((result = sqlite3_step(s)) == SQLITE_ROW) {
		group = read_group(s);
		if (each(context, &group) != 0)
			break;
	}
	return finish(usage, s, result, problem);
}

/* ---- exchanges ---- */

static int64_t
count_at(sqlite3_stmt *s, int at)
{
	return sqlite3_column_type(s, at) == SQLITE_NULL ? -1 :
	    sqlite3_column_int64(s, at);
}

static void
read_answer(sqlite3_stmt *s, struct usage_exchange *exchange)
{
	int	i;

	exchange->attempts = sqlite3_column_int(s, 10);
	exchange->status = sqlite3_column_int(s, 11);
	exchange->failed = sqlite3_column_int(s, 12) != 0;
	exchange->gone = sqlite3_column_int(s, 13) != 0;
	exchange->stop = text_at(s, 14);
	for (i = 0; i < ROW_TOKENS; i++)
		exchange->tokens[i] = count_at(s, 15 + i);
	exchange->bytes_in = sqlite3_column_int64(s, 20);
	exchange->bytes_out = sqlite3_column_int64(s, 21);
	exchange->first_us = sqlite3_column_int64(s, 22);
	exchange->total_us = sqlite3_column_int64(s, 23);
	exchange->cost = sqlite3_column_type(s, 24) == SQLITE_NULL ? -1 :
	    sqlite3_column_double(s, 24);
	exchange->losses = text_at(s, 25);
}

/* In the order of the table's columns. */
static struct usage_exchange
read_exchange(sqlite3_stmt *s)
{
	struct usage_exchange	exchange = { .id = text_at(s, 0) };

	exchange.began_us = sqlite3_column_int64(s, 1);
	exchange.key = text_at(s, 2);
	exchange.session = (uint64_t)sqlite3_column_int64(s, 3);
	exchange.client = text_at(s, 4);
	exchange.tool = text_at(s, 5);
	exchange.asked = text_at(s, 6);
	exchange.model = text_at(s, 7);
	exchange.upstream = text_at(s, 8);
	exchange.stream = sqlite3_column_int(s, 9) != 0;
	read_answer(s, &exchange);
	exchange.system = sqlite3_column_int64(s, 26);
	exchange.tools = sqlite3_column_int64(s, 27);
	exchange.history = sqlite3_column_int64(s, 28);
	exchange.media = sqlite3_column_int64(s, 29);
	exchange.tools_count = sqlite3_column_int64(s, 30);
	exchange.largest_tools = text_at(s, 31);
	exchange.tries = text_at(s, 32);
	return exchange;
}

int
usage_last(struct usage_db *usage, int count,
    int (*each)(void *, const struct usage_exchange *), void *context,
    struct problem *problem)
{
	sqlite3_stmt		*s = books_prepare(&usage->books, "SELECT * "
				    "FROM row ORDER BY began_us DESC LIMIT ?",
				    problem);
	struct usage_exchange	 exchange;
	int			 result;

	if (s == NULL)
		return -1;
	sqlite3_bind_int(s, 1, count);
	while ((result = sqlite3_step(s)) == SQLITE_ROW) {
		exchange = read_exchange(s);
		if (each(context, &exchange) != 0)
			break;
	}
	return finish(usage, s, result, problem);
}

int
usage_key_tokens(struct usage_db *usage, const char *key, int64_t since,
    uint64_t *tokens, struct problem *problem)
{
	sqlite3_stmt	*s = books_prepare(&usage->books, "SELECT "
			    "total(input + cached + cache_write + output) "
			    "FROM sum WHERE key = ? AND hour >= ? / 3600",
			    problem);
	int		 result;

	if (s == NULL)
		return -1;
	sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 2, since);
	result = sqlite3_step(s);
	if (result == SQLITE_ROW)
		*tokens = (uint64_t)sqlite3_column_int64(s, 0);
	return finish(usage, s, result, problem);
}
