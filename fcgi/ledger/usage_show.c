#include "build.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "json_text.h"
#include "json_write.h"
#include "usage_show.h"

/* What the numbers of a table leave of USAGE_COLUMNS, and the least and most. */
#define NAME_COLUMNS	25
#define MODEL_COLUMNS	22
#define KEY_COLUMNS	11
#define LEAST_COLUMNS	8
#define MOST_COLUMNS	44

char *
usage_size(char out[USAGE_SIZE_TEXT], int64_t count)
{
	static const char	units[] = "kMGTPE";
	int64_t			thousandths = count;
	int			tenths;
	size_t			unit = 0;

	if (count < 1000) {
		snprintf(out, USAGE_SIZE_TEXT, "%lld", (long long)count);
		return out;
	}
	for (; thousandths >= 999950; thousandths /= 1000)
		unit++;
	tenths = (int)(thousandths + 50) / 100;
	snprintf(out, USAGE_SIZE_TEXT, "%d.%d%c", tenths / 10, tenths % 10,
	    units[unit]);
	return out;
}

/* The text in a column of that width: cut, or filled with spaces. */
static void
put_left(struct buf *out, const char *text, int columns)
{
	const char	*at = text;
	int		 used = 0;

	for (; *at != '\0' && used <= columns; at++)
		used += (*at & 0xc0) != 0x80;
	if (used <= columns) {
		buf_puts(out, text);
		buf_printf(out, "%*s", columns - used, "");
		return;
	}
	for (at = text, used = 0; used < columns; at++)
		used += (*at & 0xc0) != 0x80;
	/* One character less, and the sign that there is more. */
	buf_add(out, text, (size_t)(at - 1 - text));
	buf_putc(out, '~');
}

/* How wide a column may be that has `usual` of USAGE_COLUMNS. */
static int
width_of(int usual, int columns)
{
	int	width = usual + columns - USAGE_COLUMNS;

	return width < LEAST_COLUMNS ? LEAST_COLUMNS :
	    width > MOST_COLUMNS ? MOST_COLUMNS : width;
}

static void
put_size(struct buf *out, int64_t count, int columns)
{
	char	text[USAGE_SIZE_TEXT];

	buf_printf(out, " %*s", columns, count < 0 ? "-" :
	    usage_size(text, count));
}

static void
put_seconds(struct buf *out, int64_t us, int columns)
{
	buf_printf(out, " %*.*f", columns, us < 99950000 ? 1 : 0,
	    (double)us / 1e6);
}

static int64_t
input_of(const int64_t tokens[ROW_TOKENS])
{
	int64_t	sum = 0;
	int	i;

	for (i = ROW_INPUT; i <= ROW_CACHE_WRITE; i++)
		sum += tokens[i] > 0 ? tokens[i] : 0;
	return tokens[ROW_INPUT] < 0 && sum == 0 ? -1 : sum;
}

/* ---- sums ---- */

/* The groups on their way into the text, and their sum. */
struct sums {
	struct buf		*out;
	struct json_write	 w;
	enum usage_by		 by;
	int			 width;		/* of a table's names */
	struct usage_group	 total;
};

static void
add_up(struct usage_group *total, const struct usage_group *group)
{
	int	i;

	total->requests += group->requests;
	total->failed += group->failed;
	for (i = 0; i < ROW_TOKENS; i++)
		total->tokens[i] += group->tokens[i];
	total->bytes_in += group->bytes_in;
	total->bytes_out += group->bytes_out;
	total->total_us += group->total_us;
	total->cost += group->cost;
}

static void
table_line(struct buf *out, const struct usage_group *group, int width)
{
	put_left(out, *group->name != '\0' ? group->name : "-", width);
	put_size(out, group->requests, 8);
	put_size(out, group->failed, 7);
	put_size(out, input_of(group->tokens), 8);
	put_size(out, group->tokens[ROW_CACHED], 8);
	put_size(out, group->tokens[ROW_OUTPUT], 8);
	buf_printf(out, " %9.2f\n", group->cost);
}

static int
table_group(void *of, const struct usage_group *group)
{
	struct sums	*sums = of;

	add_up(&sums->total, group);
	table_line(sums->out, group, sums->width);
	return 0;
}

/* Names of the numbers, for programs. */
static const char *const token_names[ROW_TOKENS] = {
	[ROW_INPUT] = "input",
	[ROW_CACHED] = "cached",
	[ROW_CACHE_WRITE] = "cache_write",
	[ROW_OUTPUT] = "output",
	[ROW_REASONING] = "reasoning",
};

/* Below 0: not known. */
static void
json_cost(struct json_write *w, double cost)
{
	char	text[64];

	snprintf(text, sizeof(text), "%.6f", cost);
	json_member_raw(w, "cost", text_of(cost < 0 ? "null" : text));
}

static void
json_numbers(struct json_write *w, const struct usage_group *group)
{
	int	i;

	json_member_int(w, "requests", group->requests);
	json_member_int(w, "failed", group->failed);
	for (i = 0; i < ROW_TOKENS; i++)
		json_member_int(w, token_names[i], group->tokens[i]);
	json_member_int(w, "bytes_in", group->bytes_in);
	json_member_int(w, "bytes_out", group->bytes_out);
	json_member_int(w, "total_ms", group->total_us / 1000);
	json_cost(w, group->cost);
}

static int
json_group(void *of, const struct usage_group *group)
{
	struct sums	*sums = of;

	add_up(&sums->total, group);
	json_put_object(&sums->w);
	json_member_string(&sums->w, usage_by_word(sums->by), group->name);
	json_numbers(&sums->w, group);
	json_put_end(&sums->w);
	return 0;
}

/* A spreadsheet takes what begins with these, and goes on, for a formula. */
static void
csv_text(struct buf *out, const char *text)
{
	buf_puts(out, *text != '\0' && text[1] != '\0' &&
	    strchr("=+-@", *text) != NULL ? "\"'" : "\"");
	for (; *text != '\0'; text++) {
		if (*text == '"')
			buf_putc(out, '"');
		buf_putc(out, *text);
	}
	buf_putc(out, '"');
}

static int
csv_group(void *of, const struct usage_group *group)
{
	struct buf	*out = ((struct sums *)of)->out;
	int		 i;

	csv_text(out, group->name);
	buf_printf(out, ",%lld,%lld", (long long)group->requests,
	    (long long)group->failed);
	for (i = 0; i < ROW_TOKENS; i++)
		buf_printf(out, ",%lld", (long long)group->tokens[i]);
	buf_printf(out, ",%lld,%lld,%lld,%.6f\r\n",
	    (long long)group->bytes_in, (long long)group->bytes_out,
	    (long long)group->total_us / 1000, group->cost);
	return 0;
}

static int
show_table(struct sums *sums, struct usage_db *usage,
    const struct usage_question *question, struct problem *problem)
{
	put_left(sums->out, usage_by_word(question->by), sums->width);
	buf_puts(sums->out,
	    " requests  failed    input   cached   output      cost\n");
	if (usage_groups(usage, question, table_group, sums, problem) == -1)
		return -1;
	sums->total.name = "total";
	table_line(sums->out, &sums->total, sums->width);
	return 0;
}

static int
show_json(struct sums *sums, struct usage_db *usage,
    const struct usage_question *question, struct problem *problem)
{
	struct json_write	*w = &sums->w;

	json_write_start(w, sums->out);
	json_put_object(w);
	json_member_int(w, "since", question->since);
	json_member_int(w, "until", question->until);
	json_put_key(w, "groups");
	json_put_array(w);
	if (usage_groups(usage, question, json_group, sums, problem) == -1)
		return -1;
	json_put_end(w);
	json_put_key(w, "total");
	json_put_object(w);
	json_numbers(w, &sums->total);
	json_put_end(w);
	json_put_end(w);
	if (json_write_finish(w) == -1)
		return problem_no_memory(problem);
	buf_putc(sums->out, '\n');
	return 0;
}

static int
show_csv(struct sums *sums, struct usage_db *usage,
    const struct usage_question *question, struct problem *problem)
{
	buf_printf(sums->out, "%s,requests,failed,input,cached,cache_write,"
	    "output,reasoning,bytes_in,bytes_out,total_ms,cost\r\n",
	    usage_by_word(question->by));
	return usage_groups(usage, question, csv_group, sums, problem);
}

int
usage_show_groups(struct buf *out, struct usage_db *usage,
    const struct usage_question *question, enum usage_form form, int columns,
    struct problem *problem)
{
	struct sums	sums = { .out = out, .by = question->by,
			    .width = width_of(NAME_COLUMNS, columns) };

	switch (form) {
	case USAGE_TABLE:
		return show_table(&sums, usage, question, problem);
	case USAGE_JSON:
		return show_json(&sums, usage, question, problem);
	case USAGE_CSV:
		return show_csv(&sums, usage, question, problem);
	}
	return 0;
}

/* ---- exchanges ---- */

/* A time of the ledger in UTC: RFC 3339, or without year and zone. */
static void
put_time(struct buf *out, int64_t us, bool whole)
{
	time_t		seconds = (time_t)(us / 1000000);
	struct tm	utc;
	char		text[32];

	if (gmtime_r(&seconds, &utc) != NULL && (whole ?
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc) :
	    strftime(text, sizeof(text), "%m-%d %H:%M:%S", &utc)) > 0)
		buf_puts(out, text);
}

/* The lines on their way into the text. */
struct lines {
	struct buf	*out;
	int		 width;		/* of a model's name */
};

static int
table_exchange(void *of, const struct usage_exchange *exchange)
{
	const struct lines	*lines = of;
	struct buf		*out = lines->out;

	put_time(out, exchange->began_us, false);
	buf_putc(out, ' ');
	put_left(out, *exchange->key != '\0' ? exchange->key : "-",
	    KEY_COLUMNS);
	buf_putc(out, ' ');
	put_left(out, exchange->model, lines->width);
	buf_printf(out, " %3d", exchange->status);
	put_size(out, input_of(exchange->tokens), 7);
	put_size(out, exchange->tokens[ROW_OUTPUT], 6);
	put_seconds(out, exchange->first_us, 4);
	put_seconds(out, exchange->total_us, 5);
	buf_puts(out, exchange->gone ? "g\n" : exchange->failed ? "f\n" :
	    "\n");
	return 0;
}

static int
last_table(struct buf *out, struct usage_db *usage, int count, int columns,
    struct problem *problem)
{
	struct lines	lines = { out, width_of(MODEL_COLUMNS, columns) };

	buf_puts(out, "time (UTC)     ");
	put_left(out, "key", KEY_COLUMNS + 1);
	put_left(out, "model", lines.width);
	buf_puts(out, " sts   input output  1st  time\n");
	return usage_last(usage, count, table_exchange, &lines, problem);
}

static void
json_known(struct json_write *w, const char *name, int64_t count)
{
	if (count < 0)
		json_member_null(w, name);
	else
		json_member_int(w, name, count);
}

static void
json_names(struct json_write *w, const struct usage_exchange *exchange)
{
	char	session[20];

	snprintf(session, sizeof(session), "%016llx",
	    (unsigned long long)exchange->session);
	json_member_string(w, "id", exchange->id);
	json_member_int(w, "began_ms", exchange->began_us / 1000);
	json_member_string(w, "key", exchange->key);
	json_member_string(w, "session", exchange->session == 0 ? "" :
	    session);
	json_member_string(w, "client", exchange->client);
	json_member_string(w, "tool", exchange->tool);
	json_member_string(w, "asked", exchange->asked);
	json_member_string(w, "model", exchange->model);
	json_member_string(w, "upstream", exchange->upstream);
	json_member_bool(w, "stream", exchange->stream);
	json_member_int(w, "attempts", exchange->attempts);
	json_member_string(w, "tries", exchange->tries);
	json_member_int(w, "status", exchange->status);
	json_member_bool(w, "failed", exchange->failed);
	json_member_bool(w, "gone", exchange->gone);
	json_member_string(w, "stop", exchange->stop);
	json_member_string(w, "losses", exchange->losses);
}

static int
json_exchange(void *of, const struct usage_exchange *exchange)
{
	struct json_write	*w = of;
	int			 i;

	json_put_object(w);
	json_names(w, exchange);
	for (i = 0; i < ROW_TOKENS; i++)
		json_known(w, token_names[i], exchange->tokens[i]);
	json_member_int(w, "bytes_in", exchange->bytes_in);
	json_member_int(w, "bytes_out", exchange->bytes_out);
	json_member_int(w, "first_ms", exchange->first_us / 1000);
	json_member_int(w, "total_ms", exchange->total_us / 1000);
	json_member_int(w, "system_bytes", exchange->system);
	json_member_int(w, "tools_bytes", exchange->tools);
	json_member_int(w, "history_bytes", exchange->history);
	json_member_int(w, "media_bytes", exchange->media);
	json_member_int(w, "tools", exchange->tools_count);
	json_member_raw(w, "largest_tools", text_of(exchange->largest_tools));
	json_cost(w, exchange->cost);
	json_put_end(w);
	return 0;
}

static int
csv_exchange(void *of, const struct usage_exchange *exchange)
{
	struct buf	*out = of;
	const char	*texts[] = { exchange->key, exchange->client,
			    exchange->tool, exchange->asked, exchange->model,
			    exchange->upstream, exchange->stop };
	size_t		 i;

	put_time(out, exchange->began_us, true);
	buf_printf(out, ",%s", exchange->id);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		buf_putc(out, ',');
		csv_text(out, texts[i]);
	}
	buf_printf(out, ",%d,%d", exchange->attempts, exchange->status);
	for (i = 0; i < ROW_TOKENS; i++) {
		buf_putc(out, ',');
		if (exchange->tokens[i] >= 0)
			buf_printf(out, "%lld", (long long)exchange->tokens[i]);
	}
	buf_printf(out, ",%lld,%lld,%lld,%lld\r\n",
	    (long long)exchange->bytes_in, (long long)exchange->bytes_out,
	    (long long)exchange->first_us / 1000,
	    (long long)exchange->total_us / 1000);
	return 0;
}

static int
last_json(struct buf *out, struct usage_db *usage, int count,
    struct problem *problem)
{
	struct json_write	w;

	json_write_start(&w, out);
	json_put_object(&w);
	json_put_key(&w, "exchanges");
	json_put_array(&w);
	if (usage_last(usage, count, json_exchange, &w, problem) == -1)
		return -1;
	json_put_end(&w);
	json_put_end(&w);
	if (json_write_finish(&w) == -1)
		return problem_no_memory(problem);
	buf_putc(out, '\n');
	return 0;
}

int
usage_show_last(struct buf *out, struct usage_db *usage, int count,
    enum usage_form form, int columns, struct problem *problem)
{
	switch (form) {
	case USAGE_TABLE:
		return last_table(out, usage, count, columns, problem);
	case USAGE_JSON:
		return last_json(out, usage, count, problem);
	case USAGE_CSV:
		buf_puts(out, "began,id,key,client,tool,asked,model,upstream,"
		    "stop,attempts,status,input,cached,cache_write,output,"
		    "reasoning,bytes_in,bytes_out,first_ms,total_ms\r\n");
		return usage_last(usage, count, csv_exchange, out, problem);
	}
	return 0;
}
