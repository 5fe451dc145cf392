#include "build.h"

#include <string.h>

#include "frame_write.h"

void
frames_init(struct frames *frames, struct buf *out, enum framing framing)
{
	memset(frames, 0, sizeof(*frames));
	frames->out = out;
	frames->framing = framing;
}

/* What stands before an element of an array. */
static void
part_array(struct frames *frames)
{
	buf_putc(frames->out, frames->begun ? ',' : '[');
}

struct json_write *
frame_begin(struct frames *frames, const char *name)
{
	struct buf	*out = frames->out;

	frames->open = out->length;
	if (frames->framing == FRAMING_JSON) {
		part_array(frames);
	} else {
		if (name != NULL) {
			buf_puts(out, "event: ");
			buf_puts(out, name);
			buf_putc(out, '\n');
		}
		buf_puts(out, "data: ");
	}
	frames->data = out->length;
	json_write_start(&frames->json, out);
	return &frames->json;
}

/* Between tokens, where alone JSON has them, line breaks mean nothing. */
static void
drop_line_breaks(struct buf *out, size_t from)
{
	char	*to = out->at + from;
	size_t	 i;

	for (i = from; i < out->length; i++)
		if (out->at[i] != '\n' && out->at[i] != '\r')
			*to++ = out->at[i];
	out->length = (size_t)(to - out->at);
	*to = '\0';
}

void
frame_end(struct frames *frames)
{
	struct buf	*out = frames->out;
	const char	*data = out->at + frames->data;
	size_t		 length = out->length - frames->data;

	if (json_write_finish(&frames->json) == -1) {
		out->failed = 1;
		return;
	}
	if (memchr(data, '\n', length) != NULL ||
	    memchr(data, '\r', length) != NULL)
		drop_line_breaks(out, frames->data);
	buf_puts(out, frames->framing == FRAMING_JSON ? "\n" : "\n\n");
	frames->begun = true;
}

void
frame_comment(struct frames *frames, const char *comment)
{
	if (frames->framing == FRAMING_EVENTS)
		buf_printf(frames->out, ": %s\n\n", comment);
}

void
frames_finish(struct frames *frames, bool done)
{
	if (frames->framing == FRAMING_JSON)
		buf_puts(frames->out, frames->begun ? "]" : "[]");
	else if (done)
		buf_puts(frames->out, "data: [DONE]\n\n");
}

int
frame_cut(struct frames *frames, struct arena *arena,
    struct frame_stamp *stamp)
{
	struct buf	*out = frames->out;
	size_t		 from = frames->framing == FRAMING_JSON ? frames->data :
			    frames->open, i;
	struct text	 rest = { NULL, out->length - from };
	const char	*gap;

	rest.at = out->failed ? NULL :
	    arena_memdup(arena, out->at + from, rest.length);
	memset(stamp, 0, sizeof(*stamp));
	if (rest.at == NULL)
		return -1;
	frames->begun = out->at[frames->open] != '[';
	out->length = frames->open;
	out->at[out->length] = '\0';
	for (i = 0; i < 2 && (gap = memchr(rest.at, FRAME_GAP[0],
	    rest.length)) != NULL; i++) {
		stamp->part[i] = (struct text){ rest.at,
		    (size_t)(gap - rest.at) };
		rest.length -= stamp->part[i].length + 1;
		rest.at = gap + 1;
	}
	stamp->part[i] = rest;
	return 0;
}

static char *
put(char *to, const char *at, size_t length)
{
	if (length > 0)
		memcpy(to, at, length);
	return to + length;
}

void
frame_stamp(struct frames *frames, const struct frame_stamp *stamp,
    struct escaped first, struct escaped second)
{
	const struct text	*part = stamp->part;
	size_t			 length = part[0].length + first.length +
				    part[1].length + second.length +
				    part[2].length;
	char			*to;

	if (frames->framing == FRAMING_JSON)
		part_array(frames);
	frames->begun = true;
	to = buf_room(frames->out, length);
	if (to == NULL)
		return;
	to = put(to, part[0].at, part[0].length);
	to = put(to, first.at, first.length);
	to = put(to, part[1].at, part[1].length);
	to = put(to, second.at, second.length);
	put(to, part[2].at, part[2].length);
	buf_filled(frames->out, length);
}
