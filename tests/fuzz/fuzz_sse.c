/*
 * Server-sent events: the same however the bytes are cut, and not one byte lost.
 * The first two bytes say where they are cut.
 */
#include "build.h"

#include <string.h>

#include "framing/sse.h"
#include "fuzz.h"

#define EVENT_MAX	((size_t)1 << 20)

/* All events as text of our own: each span with its length in front. */
static void
note(struct buf *out, const struct frame *event)
{
	buf_printf(out, "%d %zu ", event->comment_only, event->name.length);
	buf_add(out, event->name.at, event->name.length);
	buf_printf(out, " %zu ", event->data.length);
	buf_add(out, event->data.at, event->data.length);
	buf_printf(out, " %zu ", event->bytes.length);
}

static void
read_in_pieces(const char *bytes, size_t length, size_t piece,
    struct buf *notes, struct buf *whole)
{
	struct sse		sse;
	struct frame		event;
	size_t			done, next;

	sse_init(&sse, EVENT_MAX, NULL);
	for (done = 0; done < length; done += next) {
		next = piece < length - done ? piece : length - done;
		FUZZ_ASSERT(sse_feed(&sse, bytes + done, next) == 0);
		while (sse_next(&sse, &event)) {
			note(notes, &event);
			buf_add(whole, event.bytes.at, event.bytes.length);
		}
	}
	while (sse_end(&sse, &event)) {
		note(notes, &event);
		buf_add(whole, event.bytes.at, event.bytes.length);
	}
	FUZZ_ASSERT(!sse.joined.failed);
	sse_release(&sse);
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t length)
{
	struct buf	notes[3], whole[3];
	const char	*bytes = (const char *)input + 2;
	size_t		pieces[3] = { EVENT_MAX, 1, 0 };
	int		i;

	if (length < 2 || length > EVENT_MAX)
		return 0;
	pieces[2] = (size_t)input[0] + 1;
	length -= 2;
	for (i = 0; i < 3; i++) {
		buf_init(&notes[i], SIZE_MAX, NULL);
		buf_init(&whole[i], SIZE_MAX, NULL);
		read_in_pieces(bytes, length, pieces[i], &notes[i], &whole[i]);
		FUZZ_ASSERT(whole[i].length == length &&
		    memcmp(whole[i].at, bytes, length) == 0);
		FUZZ_ASSERT(notes[i].length == notes[0].length &&
		    memcmp(notes[i].at, notes[0].at, notes[0].length) == 0);
	}
	for (i = 0; i < 3; i++) {
		buf_release(&notes[i]);
		buf_release(&whole[i]);
	}
	return 0;
}
