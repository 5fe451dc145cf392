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

static enum framing
look(const char *at, size_t length)
{
	size_t	i;

	for (i = 0; i < length; i++) {
		if (at[i] == '{' || at[i] == '[')
			return FRAMING_JSON;
		if (strchr(" \t\r\n", at[i]) == NULL || at[i] == '\0')
			return FRAMING_EVENTS;
	}
	return FRAMING_UNKNOWN;
}

int
frame_feed(struct frame_reader *reader, const char *at, size_t length)
{
	if (reader->framing == FRAMING_UNKNOWN)
		reader->framing = look(at, length);
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
	return rest.length > 0;
}

struct text
frame_tail(const struct frame_reader *reader)
{
	return sse_tail(&reader->sse);
}
