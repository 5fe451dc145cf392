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
	    passed->dialect->events_are_replies;
}

/* The document is used again for the next event. A full arena is seen by the caller. */
static void
keep_whole(struct passed *passed, struct json_value event)
{
	struct text	whole;

	whole = json_raw(passed->dialect->whole_of(event, &passed->pieces));
	if (whole.length == 0)
		return;
	passed->whole.at = arena_memdup(passed->arena, whole.at, whole.length);
	passed->whole.length = passed->whole.at != NULL ? whole.length : 0;
}

static int
put_event(struct frames *frames, struct json_value event)
{
	size_t	length = frames->out->length;
	bool	begun = frames->begun;

	json_put_value(frame_begin(frames, NULL), event);
	frame_end(frames);
	if (!frames->out->failed)
		return 0;
	buf_cut(frames->out, length);
	frames->begun = begun;
	return -1;
}

int
passed_take(struct passed *passed, struct json_value event, bool *began)
{
	if (passed->dialect == NULL || !json_is(event, JSON_OBJECT))
		return 0;
	if (passed_streams(passed)) {
		if (put_event(passed->frames, event) == -1)
			return -1;
		*began = true;
	} else if (passed->frames == NULL &&
	    passed->dialect->whole_of != NULL) {
		keep_whole(passed, event);
	}
	return 0;
}
