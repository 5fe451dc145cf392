#include "build.h"

#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "config.h"
#include "fold_row.h"
#include "json_text.h"
#include "json_write.h"
#include "neutral/event.h"
#include "neutral/lost.h"

#define TEXT_MAX	256

static_assert(LOST_KINDS <= 64, "losses fit into a row");

/* What a client made up must not upset a terminal. */
static void
bind_text(sqlite3_stmt *statement, int at, const char *field, size_t size)
{
	char	clean[TEXT_MAX];
	size_t	length = strnlen(field, size - 1), good = 0, i;

	memcpy(clean, field, length);
	while (good < length) {
		good += utf8_valid(clean + good, length - good);
		if (good < length)
			clean[good++] = '?';
	}
	for (i = 0; i < length; i++)
		if ((unsigned char)clean[i] < ' ' || clean[i] == 0x7f)
			clean[i] = '?';
	sqlite3_bind_text(statement, at, clean, (int)length,
	    SQLITE_TRANSIENT);
}

#define BIND_FIELD(statement, at, field)				\
	bind_text(statement, at, field, sizeof(field))

/* -1 is not known. */
static void
bind_count(sqlite3_stmt *statement, int at, int64_t count)
{
	if (count < 0)
		sqlite3_bind_null(statement, at);
	else
		sqlite3_bind_int64(statement, at, count);
}

static void
bind_losses(sqlite3_stmt *statement, int at, uint64_t bits)
{
	struct losses	losses = { .bits = { bits } };
	char		names[1024];

	sqlite3_bind_text(statement, at, bits == 0 ? "" :
	    losses_list(&losses, names, sizeof(names)), -1, SQLITE_TRANSIENT);
}

/* [["Bash",1234],...], largest first. */
static void
bind_tools(sqlite3_stmt *statement, int at, const struct row *row)
{
	struct json_write	w;
	struct buf		text;
	int			i;

	buf_init(&text, 4096, NULL);
	json_write_start(&w, &text);
	json_put_array(&w);
	for (i = 0; i < ROW_TOOLS && row->largest[i].bytes != 0; i++) {
		char	name[sizeof(row->largest[i].name)];

		memcpy(name, row->largest[i].name, sizeof(name));
		name[sizeof(name) - 1] = '\0';
		json_put_array(&w);
		json_put_string(&w, name);
		json_put_int(&w, row->largest[i].bytes);
		json_put_end(&w);
	}
	json_put_end(&w);
	sqlite3_bind_text(statement, at, json_write_finish(&w) == 0 ?
	    text.at : "[]", -1, SQLITE_TRANSIENT);
	buf_release(&text);
}

static void
bind_word(sqlite3_stmt *statement, int at, const char *word)
{
	sqlite3_bind_text(statement, at, word, -1, SQLITE_STATIC);
}

static const char *
dialect_word(uint8_t dialect)
{
	static const char *const	words[DIALECT_KINDS] = {
		[DIALECT_CHAT] = "chat",
		[DIALECT_RESPONSES] = "responses",
		[DIALECT_MESSAGES] = "messages",
		[DIALECT_GENERATE] = "generate",
	};

	return dialect < DIALECT_KINDS ? words[dialect] : "-";
}

static void
bind_request(sqlite3_stmt *s, const struct row *row)
{
	BIND_FIELD(s, 1, row->id);
	sqlite3_bind_int64(s, 2, row->began_us);
	BIND_FIELD(s, 3, row->key);
	sqlite3_bind_int64(s, 4, (int64_t)row->session);
	bind_word(s, 5, dialect_word(row->dialect));
	BIND_FIELD(s, 6, row->agent);
	BIND_FIELD(s, 7, row->asked);
	BIND_FIELD(s, 8, row->model);
	BIND_FIELD(s, 9, row->upstream);
	sqlite3_bind_int(s, 10, row->stream != 0);
	sqlite3_bind_int(s, 11, row->attempts);
}

static void
bind_answer(sqlite3_stmt *s, const struct row *row)
{
	int	i;

	sqlite3_bind_int(s, 12, row->status);
	sqlite3_bind_int(s, 13, row->failed != 0);
	sqlite3_bind_int(s, 14, row->gone != 0);
	bind_word(s, 15, stop_word(row->stop < STOPS ? (enum stop)row->stop :
	    STOP_NONE));
	for (i = 0; i < ROW_TOKENS; i++)
		bind_count(s, 16 + i, row->tokens[i]);
	sqlite3_bind_int64(s, 21, (int64_t)row->bytes_in);
	sqlite3_bind_int64(s, 22, (int64_t)row->bytes_out);
	sqlite3_bind_int64(s, 23, (int64_t)row->first_us);
	sqlite3_bind_int64(s, 24, (int64_t)row->total_us);
	if (row->cost < 0)
		sqlite3_bind_null(s, 25);
	else
		sqlite3_bind_double(s, 25, row->cost);
}

void
fold_row_bind(sqlite3_stmt *s, const struct row *row)
{
	bind_request(s, row);
	bind_answer(s, row);
	bind_losses(s, 26, row->losses);
	sqlite3_bind_int64(s, 27, row->system);
	sqlite3_bind_int64(s, 28, row->tools);
	sqlite3_bind_int64(s, 29, row->history);
	sqlite3_bind_int64(s, 30, row->media);
	sqlite3_bind_int64(s, 31, row->tools_count);
	bind_tools(s, 32, row);
	BIND_FIELD(s, 33, row->tries);
}

void
fold_sum_bind(sqlite3_stmt *s, const struct row *row)
{
	int	i;

	sqlite3_bind_int64(s, 1, row->began_us / 1000000 / 3600);
	BIND_FIELD(s, 2, row->key);
	BIND_FIELD(s, 3, row->model);
	BIND_FIELD(s, 4, row->upstream);
	sqlite3_bind_int(s, 5, row->failed != 0);
	for (i = 0; i < ROW_TOKENS; i++)
		sqlite3_bind_int64(s, 6 + i, row->tokens[i] < 0 ? 0 :
		    row->tokens[i]);
	sqlite3_bind_int64(s, 11, (int64_t)row->bytes_in);
	sqlite3_bind_int64(s, 12, (int64_t)row->bytes_out);
	sqlite3_bind_int64(s, 13, (int64_t)row->total_us);
	sqlite3_bind_double(s, 14, row->cost < 0 ? 0 : row->cost);
}
