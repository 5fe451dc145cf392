#include "build.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "json_text.h"
#include "json_write.h"
#include "log_form.h"

/* Of an id on a terminal: behind "req_", enough to tell two apart. */
#define SHORT_ID	8

/* Of a text in JSON, where all must end as it should. */
#define JSON_TEXT	256
#define JSON_MESSAGE	3000

#define DIM	"\033[2m"
#define RED	"\033[1;31m"
#define GREEN	"\033[32m"
#define YELLOW	"\033[33m"
#define PLAIN	"\033[0m"

static const struct {
	const char	*text;		/* of one length */
	const char	*json;
	const char	*colour;	/* "": none */
	const char	*priority;	/* sd-daemon(3) */
} levels[] = {
	[LOG_LEVEL_ERROR] = { "ERROR", "error", RED, "<3>" },
	[LOG_LEVEL_WARNING] = { "WARN ", "warning", YELLOW, "<4>" },
	[LOG_LEVEL_INFO] = { "INFO ", "info", "", "<6>" },
	[LOG_LEVEL_DEBUG] = { "DEBUG", "debug", "\033[36m", "<7>" },
};

/* systemd says which file its journal is; a service may have sent it elsewhere. */
static bool
is_journal(int fd)
{
	const char	*stream = getenv("JOURNAL_STREAM");
	struct stat	 status;
	char		 text[64];

	if (stream == NULL || fstat(fd, &status) != 0)
		return false;
	snprintf(text, sizeof(text), "%ju:%ju", (uintmax_t)status.st_dev,
	    (uintmax_t)status.st_ino);
	return strcmp(stream, text) == 0;
}

enum log_form
log_form_of_error(void)
{
	const char	*none = getenv("NO_COLOR"), *term = getenv("TERM");

	if (is_journal(STDERR_FILENO))
		return LOG_FORM_JOURNAL;
	if (!isatty(STDERR_FILENO))
		return LOG_FORM_TEXT;
	if ((none != NULL && *none != '\0') ||
	    (term != NULL && strcmp(term, "dumb") == 0))
		return LOG_FORM_TERMINAL;
	return LOG_FORM_COLOURS;
}

/* ---- text ---- */

/* Length of the UTF-8 character there; 0 if it is none, or a control. */
static size_t
character_length(const unsigned char *c)
{
	static const unsigned	least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned		value;
	size_t			length, i;

	if (c[0] < 0x80)
		return c[0] >= ' ' && c[0] != 0x7f;
	length = c[0] >= 0xf0 ? 4 : c[0] >= 0xe0 ? 3 : 2;
	if (c[0] < 0xc2 || c[0] > 0xf4)
		return 0;
	value = c[0] & (0xffu >> (length + 1));
	for (i = 1; i < length; i++) {
		if ((c[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (c[i] & 0x3fu);
	}
	if (value < least[length] || value > 0x10ffff || value < 0xa0 ||
	    (value >= 0xd800 && value < 0xe000))
		return 0;
	return length;
}

static bool
is_plain(char c)
{
	return c >= ' ' && c < 0x7f;
}

/* How much of a line is text: behind it is "..." where it was cut, and its end. */
#define TEXT_MAX	(LOG_LINE_MAX - 1 - 3)

/* Adds text, escaped, up to the line's end; returns the new length. */
static size_t
add_escaped(char *line, size_t used, const char *text)
{
	const size_t	most = TEXT_MAX;
	size_t		length;

	if (used >= most)	/* it was cut before */
		return used;
	while (*text != '\0') {
		for (length = 0; is_plain(text[length]); )
			length++;
		if (length > most - used)
			length = most - used;
		memcpy(line + used, text, length);
		used += length;
		text += length;
		if (*text == '\0')
			break;
		length = character_length((const unsigned char *)text);
		if (used + (length == 0 ? 4 : length) > most) {
			memcpy(line + used, "...", 3);
			return used + 3;
		}
		if (length > 0) {
			memcpy(line + used, text, length);
			used += length;
		} else {
			used += (size_t)snprintf(line + used, 5, "\\x%02x",
			    (unsigned char)*text);
		}
		text += length == 0 ? 1 : length;
	}
	return used;
}

/* "2026-01-02T03:04:05.678Z" */
static const char *
stamp_of(const struct timespec *now)
{
	static _Thread_local char	stamp[32];
	static _Thread_local time_t	of = -1;
	long				ms = now->tv_nsec / 1000000;
	struct tm			utc;
	size_t				end;

	if (of != now->tv_sec) {
		gmtime_r(&now->tv_sec, &utc);
		strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S.000Z",
		    &utc);
		of = now->tv_sec;
	}
	end = strlen(stamp);
	stamp[end - 4] = (char)('0' + ms / 100);
	stamp[end - 3] = (char)('0' + ms / 10 % 10);
	stamp[end - 2] = (char)('0' + ms % 10);
	return stamp;
}

/* What is ours and needs no escapes. */
static size_t
add_plain(char *line, size_t used, const char *text)
{
	size_t	length = strlen(text);

	if (used >= TEXT_MAX || length > TEXT_MAX - used)
		return add_escaped(line, used, text);
	memcpy(line + used, text, length);
	return used + length;
}

/* "2026-01-02T03:04:05.678Z INFO  [id] ", "<6>[id] " for the journal */
static size_t
add_start(char *line, bool journal, enum log_level level, const char *id,
    const struct timespec *now)
{
	size_t	used = add_plain(line, 0, journal ? levels[level].priority :
		    stamp_of(now));

	if (!journal) {
		line[used++] = ' ';
		used = add_plain(line, used, levels[level].text);
		line[used++] = ' ';
	}
	if (id == NULL)
		return used;
	used = add_escaped(line, add_plain(line, used, "["), id);
	return add_escaped(line, used, "] ");
}

/* "03:04:05 1a2b3c4d ", and the level where it is another than usual. */
static size_t
add_short_start(char *line, bool colours, enum log_level level,
    const char *id, const struct timespec *now)
{
	const char	*stamp = stamp_of(now) + sizeof("2026-01-02");
	const char	*colour = colours ? levels[level].colour : "";
	size_t		 used;
	char		 text[64];

	used = (size_t)snprintf(line, LOG_LINE_MAX, "%s%.8s ",
	    colours ? DIM : "", stamp);
	if (id != NULL) {
		if (strncmp(id, "req_", 4) == 0)
			id += 4;
		snprintf(text, sizeof(text), "%.*s ", SHORT_ID, id);
		used = add_escaped(line, used, text);
	}
	used += (size_t)snprintf(line + used, LOG_LINE_MAX - used, "%s",
	    colours ? PLAIN : "");
	if (level == LOG_LEVEL_INFO)
		return used;
	return used + (size_t)snprintf(line + used, LOG_LINE_MAX - used,
	    "%s%s%s ", colour, levels[level].text,
	    *colour != '\0' ? PLAIN : "");
}

/* Whether a person at a terminal has no use for it. */
static bool
is_dull(const struct log_field *field)
{
	return field->terminal == LOG_HIDDEN || (field->kind == LOG_NUMBER &&
	    field->number == 0) || (field->kind == LOG_TEXT &&
	    strcmp(field->text, "-") == 0);
}

static size_t
add_field(char *line, size_t used, const struct log_field *field)
{
	char	room[JSON_DIGITS];

	used = add_plain(line, used, " ");
	used = add_plain(line, used, field->name);
	switch (field->kind) {
	case LOG_NUMBER:
	case LOG_STATUS:
		used = add_plain(line, used, "=");
		return add_plain(line, used, json_digits(room,
		    field->number).at);
	case LOG_TEXT:
		used = add_plain(line, used, "=");
		return add_escaped(line, used, field->text);
	case LOG_SENTENCE:
		used = add_plain(line, used, ": ");
		return add_escaped(line, used, field->text);
	case LOG_FLAG:
		break;
	}
	return used;
}

/* " 200" */
static size_t
add_status(char *line, size_t used, int64_t status, bool colours)
{
	const char	*colour = status >= 500 ? RED : status >= 400 ? YELLOW
			    : GREEN;

	if (used + 32 > LOG_LINE_MAX - 1)	/* nothing is behind "..." */
		return used;
	return used + (size_t)snprintf(line + used, 32, " %s%d%s",
	    colours ? colour : "", (int)status, colours ? PLAIN : "");
}

static size_t
add_short_field(char *line, size_t used, const struct log_field *field,
    bool colours)
{
	if (is_dull(field))
		return used;
	if (field->kind == LOG_STATUS)
		return add_status(line, used, field->number, colours);
	if (field->terminal == LOG_NAMED || field->kind != LOG_TEXT)
		return add_field(line, used, field);
	return add_escaped(line, add_escaped(line, used, " "), field->text);
}

/* ---- JSON ---- */

static struct text
cut(const char *text, size_t most)
{
	size_t	length = strnlen(text, most);

	while (length == most && (text[length] & 0xc0) == 0x80)
		length--;
	return (struct text){ text, length };
}

static int
write_json(struct buf *out, enum log_level level, const char *id,
    const char *stamp, struct text message, const struct log_field *fields,
    size_t count)
{
	struct json_write	w;
	size_t			i;

	json_write_start(&w, out);
	json_put_object(&w);
	json_member_string(&w, "time", stamp);
	json_member_string(&w, "level", levels[level].json);
	if (id != NULL)
		json_member_text(&w, "id", cut(id, JSON_TEXT));
	json_member_text(&w, "message", message);
	for (i = 0; i < count; i++) {
		const struct log_field	*field = &fields[i];

		if (field->kind == LOG_NUMBER || field->kind == LOG_STATUS)
			json_member_int(&w, field->name, field->number);
		else if (field->kind == LOG_FLAG)
			json_member_bool(&w, field->name, true);
		else if (strcmp(field->text, "-") != 0)
			json_member_text(&w, field->name, cut(field->text,
			    JSON_TEXT));
	}
	json_put_end(&w);
	return json_write_finish(&w);
}

/* Escapes may make it too long: then with less of the message. */
static size_t
json_line(char *line, enum log_level level, const char *id,
    const struct timespec *now, const char *message,
    const struct log_field *fields, size_t count)
{
	size_t		most = JSON_MESSAGE, used = 0;
	struct buf	out;

	buf_init(&out, LOG_LINE_MAX - 1, NULL);
	while (used == 0 && most > 0) {
		buf_clear(&out);
		if (write_json(&out, level, id, stamp_of(now),
		    cut(message, most), fields, count) == 0) {
			used = out.length;
			memcpy(line, out.at, used);
		}
		most /= 4;
	}
	buf_release(&out);
	line[used++] = '\n';
	return used;
}

size_t
log_form_line(char line[LOG_LINE_MAX + 1], enum log_form form,
    enum log_level level, const char *id, const struct timespec *now,
    const char *message, const struct log_field *fields, size_t count)
{
	bool	terminal = form == LOG_FORM_TERMINAL ||
		    form == LOG_FORM_COLOURS;
	size_t	used, i;

	if (form == LOG_FORM_JSON)
		return json_line(line, level, id, now, message, fields, count);
	used = terminal ? add_short_start(line, form == LOG_FORM_COLOURS,
	    level, id, now) : add_start(line, form == LOG_FORM_JOURNAL, level,
	    id, now);
	used = add_escaped(line, used, message);
	for (i = 0; i < count; i++)
		used = terminal ? add_short_field(line, used, &fields[i],
		    form == LOG_FORM_COLOURS) : add_field(line, used,
		    &fields[i]);
	line[used++] = '\n';
	return used;
}
