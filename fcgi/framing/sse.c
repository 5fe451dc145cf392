#include "build.h"

#include <string.h>
#include <strings.h>

#include "sse.h"

#define MARK		"\xef\xbb\xbf"	/* U+FEFF in UTF-8 */
#define MARK_LENGTH	3
#define DONE		"[DONE]"

/* What servers say, as a name or as data, to keep a stream open. */
static const char *const idle_words[] = {
	"ping", "pong", "keepalive", "keep-alive", "heartbeat",
};

void
sse_init(struct sse *sse, size_t event_max, struct budget *budget)
{
	memset(sse, 0, sizeof(*sse));
	buf_init(&sse->bytes, event_max, budget);
	buf_init(&sse->joined, event_max, budget);
}

void
sse_release(struct sse *sse)
{
	buf_release(&sse->bytes);
	buf_release(&sse->joined);
	sse->handed = 0;
	sse->scanned = 0;
}

int
sse_feed(struct sse *sse, const char *bytes, size_t length)
{
	buf_consume(&sse->bytes, sse->handed);
	sse->scanned -= sse->handed;
	sse->handed = 0;
	if (!sse->returns && length > 0)
		sse->returns = memchr(bytes, '\r', length) != NULL;
	return buf_add(&sse->bytes, bytes, length);
}

static bool
is_line_end(char c)
{
	return c == '\n' || c == '\r';
}

/*
 * Where the line at `from` ends: at its CR or LF, else `to`. Where there are both,
 * neither is looked for much further than the line is long.
 */
static inline size_t
line_end(const struct sse *sse, size_t from, size_t to)
{
	const char	*at = sse->bytes.at, *end;
	size_t		 window = sse->returns ? 64 : to - from, stop;

	for (; from < to; from = stop, window *= 2) {
		stop = window < to - from ? from + window : to;
		end = memchr(at + from, '\n', stop - from);
		if (end != NULL)
			stop = to = (size_t)(end - at);
		end = !sse->returns ? NULL :
		    memchr(at + from, '\r', stop - from);
		if (end != NULL)
			return (size_t)(end - at);
	}
	return to;
}

/*
 * Where the first event ends, behind its blank line; 0 if it does not end yet.
 *
 * A CR that is the last byte so far may be half of a CRLF, so it waits. Only a
 * blank line behind a lone CR does not: in a stream whose lines end in CR that
 * wait would hold every event back until the next one. (An LF behind it then
 * is a blank line of its own, wherever the bytes were cut.)
 */
static size_t
find_end(struct sse *sse)
{
	const char	*at = sse->bytes.at;
	size_t		 i = sse->scanned, length = sse->bytes.length;
	bool		 blank;

	for (;;) {
		i = line_end(sse, i, length);
		sse->scanned = i;
		if (i == length)
			return 0;
		blank = i == sse->handed || is_line_end(at[i - 1]);
		if (at[i] == '\r' &&
		    (!blank || i == sse->handed || at[i - 1] != '\r')) {
			if (i + 1 == length)
				return 0;
			if (at[i + 1] == '\n')
				i++;
		}
		i++;
		if (blank) {
			sse->scanned = i;
			return i;
		}
	}
}

/* Another data line: the first is borrowed, from the second on they are joined. */
static void
event_add_data(struct sse *sse, struct frame *event, struct text value,
    unsigned lines)
{
	if (lines == 0) {
		event->data = value;
		return;
	}
	if (lines == 1)
		buf_add(&sse->joined, event->data.at, event->data.length);
	buf_putc(&sse->joined, '\n');
	buf_add(&sse->joined, value.at, value.length);
	event->data = (struct text){ sse->joined.at, sse->joined.length };
}

static bool
is_field(const char *line, size_t length, const char *name)
{
	return length == strlen(name) && memcmp(line, name, length) == 0;
}

static void
event_read_line(struct sse *sse, struct frame *event, struct text line,
    unsigned *data_lines)
{
	struct text	 value = { line.at + line.length, 0 };
	const char	*colon;
	size_t		 name_length = line.length;

	if (line.length == 0 || line.at[0] == ':')
		return;
	event->comment_only = false;
	colon = memchr(line.at, ':', line.length);
	if (colon != NULL) {
		name_length = (size_t)(colon - line.at);
		value.at = colon + 1;
		value.length = line.length - name_length - 1;
		if (value.length > 0 && value.at[0] == ' ') {
			value.at++;
			value.length--;
		}
	}
	if (is_field(line.at, name_length, "data"))
		event_add_data(sse, event, value, (*data_lines)++);
	else if (is_field(line.at, name_length, "event"))
		event->name = value;
	else if (is_field(line.at, name_length, "error")) {
		event->failure = true;
		event_add_data(sse, event, value, (*data_lines)++);
	}
}

static struct text
trim(struct text text)
{
	while (text.length > 0 && strchr(" \t", *text.at) != NULL) {
		text.at++;
		text.length--;
	}
	while (text.length > 0 &&
	    strchr(" \t", text.at[text.length - 1]) != NULL)
		text.length--;
	return text;
}

static bool
is_idle_word(struct text text)
{
	size_t	i;

	for (i = 0; i < sizeof(idle_words) / sizeof(idle_words[0]); i++)
		if (text.length == strlen(idle_words[i]) &&
		    strncasecmp(text.at, idle_words[i], text.length) == 0)
			return true;
	return false;
}

/* What the event is for, once all its lines are read. */
static void
event_judge(struct frame *event)
{
	struct text	data = event->data;

	if (event->name.length > 0) {
		event->failure = event->failure ||
		    is_field(event->name.at, event->name.length, "error");
		event->comment_only = is_idle_word(event->name);
	}
	if (data.length == 0 || data.length > 16)
		return;
	data = trim(data);
	event->done = is_field(data.at, data.length, DONE);
	event->comment_only = event->comment_only || is_idle_word(data);
}

/* Hands out the bytes from sse->handed to `end` as an event. */
static void
event_read(struct sse *sse, struct frame *event, size_t end)
{
	const char	*at = sse->bytes.at;
	size_t		 i = sse->handed, start;
	unsigned	 data_lines = 0;

	memset(event, 0, sizeof(*event));
	event->comment_only = true;
	event->name.at = event->data.at = "";
	event->bytes = (struct text){ at + i, end - i };
	buf_clear(&sse->joined);
	if (!sse->began && end - i >= MARK_LENGTH &&
	    memcmp(at + i, MARK, MARK_LENGTH) == 0)
		i += MARK_LENGTH;
	sse->began = true;
	while (i < end) {
		start = i;
		i = line_end(sse, i, end);
		event_read_line(sse, event,
		    (struct text){ at + start, i - start }, &data_lines);
		i++;
	}
	event_judge(event);
	sse->handed = end;
	if (sse->scanned < end)
		sse->scanned = end;
}

bool
sse_next(struct sse *sse, struct frame *event)
{
	size_t	end = find_end(sse);

	if (end == 0)
		return false;
	event_read(sse, event, end);
	return true;
}

bool
sse_end(struct sse *sse, struct frame *event)
{
	if (sse_next(sse, event))
		return true;
	if (sse->handed == sse->bytes.length)
		return false;
	event_read(sse, event, sse->bytes.length);
	return true;
}

struct text
sse_tail(const struct sse *sse)
{
	return (struct text){ sse->bytes.at + sse->handed,
	    sse->bytes.length - sse->handed };
}
