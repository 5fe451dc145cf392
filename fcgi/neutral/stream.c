#include "build.h"

#include <string.h>
#include <sys/random.h>

#include "stream.h"

#define ID_LETTERS	24

static int
write_event(struct stream *stream, const struct stream_writer *writer,
    const struct event *event)
{
	switch (event->kind) {
	case EVENT_START:
		return writer->start(stream);
	case EVENT_OPEN:
		writer->open(stream, stream->reply->last);
		break;
	case EVENT_DELTA:
		return writer->delta(stream, event);
	case EVENT_CLOSE:
		writer->close(stream, stream->reply->last);
		break;
	case EVENT_STOP:
		writer->stop(stream);
		break;
	case EVENT_ERROR:
		return -1;
	}
	return 0;
}

int
stream_write(struct stream *stream, const struct stream_writer *writer,
    const struct event *event)
{
	if (write_event(stream, writer, event) == -1)
		return -1;
	stream->watch->began = true;
	stream->watch->ended = event->kind == EVENT_STOP;
	return stream->frames.out->failed || stream->arena->failed ? -1 : 0;
}

struct text
id_mint(struct arena *arena, const char *prefix)
{
	static const char	letters[] = "0123456789"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	unsigned char		random[ID_LETTERS];
	size_t			length = strlen(prefix);
	char			*to;
	size_t			i;

	to = arena_alloc(arena, length + ID_LETTERS);
	if (to == NULL || getrandom(random, sizeof(random), 0) !=
	    (ssize_t)sizeof(random))
		return (struct text){ NULL, 0 };
	memcpy(to, prefix, length);
	for (i = 0; i < ID_LETTERS; i++)
		to[length + i] = letters[random[i] % (sizeof(letters) - 1)];
	return (struct text){ to, length + ID_LETTERS };
}
