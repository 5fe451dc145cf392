#include "build.h"

#include <string.h>

#include "frame_read.h"

void
frame_reader_init(struct frame_reader *reader, enum framing framing,
    size_t frame_max, struct budget *budget)
{
	reader->framing = framing;
	sse_init(&reader->sse, frame_max, budget);
}

void
frame_reader_release(struct frame_reader *reader)
{
	sse_release(&reader->sse);
}

/* White space, and the bytes of a mark of the byte order. */
static bool
is_before(char c)
{
	return c != '\0' && strchr(" \t\r\n\xef\xbb\xbf", c) != NULL;
}

/* "data: ", ": ping", or as much of it as there is. */
static bool
begins_events(const char *at, const char *end)
{
	while (at < end && *at >= 'a' && *at <= 'z')
		at++;
	return at == end || *at == ':';
}

enum framing
frame_look(struct text bytes)
{
	const char	*at = bytes.at, *end = bytes.at + bytes.length;

	while (at < end && is_before(*at))
		at++;
	if (at == end)
		return FRAMING_UNKNOWN;
	return begins_events(at, end) ? FRAMING_EVENTS : FRAMING_JSON;
}

int
frame_feed(struct frame_reader *reader, const char *at, size_t length)
{
	if (reader->framing == FRAMING_UNKNOWN)
		reader->framing = frame_look((struct text){ at,
		    length });
	if (reader->framing == FRAMING_UNKNOWN)
		return 0;
	return sse_feed(&reader->sse, at, length);
}

bool
frame_next(struct frame_reader *reader, struct frame *frame)
{
	return reader->framing == FRAMING_EVENTS &&
	    sse_next(&reader->sse, frame);
}

bool
frame_last(struct frame_reader *reader, struct frame *frame)
{
	struct text	rest = frame_tail(reader);

	if (reader->framing != FRAMING_JSON)
		return sse_end(&reader->sse, frame);
	reader->sse.handed += rest.length;
	*frame = (struct frame){ .name = { "", 0 }, .data = rest,
	    .bytes = rest };
	while (frame->data.length > 0 && is_before(*frame->data.at)) {
		frame->data.at++;
		frame->data.length--;
	}
	return rest.length > 0;
}

struct text
frame_tail(const struct frame_reader *reader)
{
	return sse_tail(&reader->sse);
}
