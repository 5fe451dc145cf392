#include "build.h"

#include <string.h>

#include "edits.h"
#include "splice.h"

bool
edits_change(const struct edits *edits)
{
	return edits->count > 0;
}

void
edits_rewind(struct edits_reader *reader, const struct edits *edits)
{
	reader->edits = edits;
	reader->offset = 0;
	reader->splice = 0;
	reader->within = 0;
}

/* The next bytes that lie together, which are then read; empty at the end. */
static struct text
reader_next(struct edits_reader *reader, size_t max)
{
	const struct edits	*edits = reader->edits;
	const struct splice	*splice = NULL;
	struct text		 next = edits->body;
	size_t			*position = &reader->offset;

	if (reader->splice < edits->count)
		splice = &edits->splices[reader->splice];
	if (splice != NULL && reader->offset < splice->offset) {
		next.length = splice->offset;
	} else if (splice != NULL) {
		next = splice->with;
		position = &reader->within;
	}
	next.at += *position;
	next.length -= *position;
	if (next.length > max)
		next.length = max;
	*position += next.length;
	if (splice != NULL && position == &reader->within &&
	    reader->within == splice->with.length) {
		reader->offset = splice->offset + splice->length;
		reader->splice++;
		reader->within = 0;
	}
	return next;
}

size_t
edits_read(struct edits_reader *reader, char *to, size_t length)
{
	struct text	next;
	size_t		done = 0;

	while (done < length && (reader->splice < reader->edits->count ||
	    reader->offset < reader->edits->body.length)) {
		next = reader_next(reader, length - done);
		memcpy(to + done, next.at, next.length);
		done += next.length;
	}
	return done;
}

int
edits_render(const struct edits *edits, struct buf *out)
{
	struct edits_reader	 reader;
	char			*room = buf_room(out, edits->length);

	if (room == NULL)
		return -1;
	edits_rewind(&reader, edits);
	buf_filled(out, edits_read(&reader, room, edits->length));
	return 0;
}
