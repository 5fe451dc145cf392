#include "build.h"

#include "passed.h"

void
passed_init(struct passed *passed, const struct dialect *dialect,
    struct frames *frames, struct arena *arena)
{
	*passed = (struct passed){ .dialect = dialect, .frames = frames,
	    .arena = arena };
}

bool
passed_streams(const struct passed *passed)
{
	return passed->dialect != NULL && passed->frames != NULL &&
	    passed->dialect->reply_of != NULL;
}

/* The document is used again for the next event. A full arena is seen by the caller. */
void
passed_note(struct passed *passed, struct json_value event)
{
	struct text	whole;

	if (passed->dialect == NULL || passed->frames != NULL ||
	    passed->dialect->whole_of == NULL)
		return;
	whole = json_raw(passed->dialect->whole_of(event, &passed->pieces));
	if (whole.length == 0)
		return;
	passed->whole.at = arena_memdup(passed->arena, whole.at, whole.length);
	passed->whole.length = passed->whole.at != NULL ? whole.length : 0;
}

int
passed_put(struct passed *passed, struct json_value event)
{
	struct frames	*frames = passed->frames;
	size_t		 length;
	bool		 begun;

	if (!passed_streams(passed) || !json_is(event, JSON_OBJECT))
		return 0;
	length = frames->out->length;
	begun = frames->begun;
	json_put_value(frame_begin(frames, NULL),
	    passed->dialect->reply_of(event));
	frame_end(frames);
	if (!frames->out->failed)
		return 1;
	buf_cut(frames->out, length);
	frames->begun = begun;
	return -1;
}

void
passed_end(struct passed *passed)
{
	if (passed_streams(passed) && !passed->ended)
		frames_finish(passed->frames, false);
	passed->ended = true;
}
