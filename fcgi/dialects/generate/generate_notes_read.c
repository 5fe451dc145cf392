#include "build.h"

#include "generate_convert.h"
#include "json_text.h"

/* What a part says beside its content. */
static const struct {
	const char	*key;
	enum lost	 lost;
} notes[] = {
	{ "text", LOST_NOTHING },
	{ "thought", LOST_NOTHING },
	{ "thoughtSignature", LOST_NOTHING },
	{ "mediaResolution", LOST_MEDIA_RESOLUTION },
	{ "videoMetadata", LOST_MEDIA_RESOLUTION },
	{ "partMetadata", LOST_UNKNOWN_FIELD },
	{ "mediaProcessing", LOST_UNKNOWN_FIELD },
	{ "speechMetadata", LOST_UNKNOWN_FIELD },
};

static bool
is_note(struct json_value key)
{
	size_t	i;

	for (i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
		if (generate_is(key, notes[i].key))
			return true;
	return false;
}

/* Loses the note; false: it is none. */
static bool
lose_note(const struct place *place, struct json_value key, int *result)
{
	struct request	*request = place->request;
	struct problem	*problem = place->problem;
	size_t		 i;

	for (i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
		if (!generate_is(key, notes[i].key))
			continue;
		if (notes[i].lost == LOST_UNKNOWN_FIELD)
			*result = request_lost_field(request, NULL, key,
			    problem);
		else if (notes[i].lost != LOST_NOTHING)
			*result = request_lost(request, notes[i].lost,
			    problem);
		return true;
	}
	return false;
}

int
generate_read_notes(const struct place *place, struct json_value value)
{
	struct json_walk	walk = json_walk(value);
	int			result = 0, empty = 1;

	while (result == 0 && json_next(&walk))
		if (!lose_note(place, walk.key, &result) &&
		    !json_is(walk.value, JSON_NULL))
			empty = 0;
	return result == -1 ? -1 : empty;
}

int
generate_read_unknown(const struct place *place, struct json_value value)
{
	struct json_walk	walk = json_walk(value);
	struct json_value	name = JSON_NOTHING;
	bool			any = false;
	int			read;

	while (json_next(&walk)) {
		if (json_is(walk.value, JSON_NULL) || is_note(walk.key))
			continue;
		name = walk.key;
		read = place_read_unknown(place, name, walk.value);
		if (read == -1 || (read == 1 && request_lost_field(
		    place->request, NULL, name, place->problem) == -1))
			return -1;
		any = any || read == 0;
	}
	return any ? 0 : place_invalid(place, place_unknown(place, name));
}
