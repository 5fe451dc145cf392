#include "build.h"

#include "stream.h"

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
