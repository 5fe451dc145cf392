#include "build.h"

#include <string.h>

#include "json_text.h"
#include "stops.h"

void
stops_init(struct stops *stops, struct stops_wanted wanted, size_t text_max,
    struct budget *budget, stops_sink sink, void *context)
{
	*stops = (struct stops){ .wanted = wanted, .sink = sink,
	    .context = context };
	buf_init(&stops->text, text_max + STOPS_BYTES, budget);
	buf_init(&stops->logprobs, text_max, budget);
	buf_init(&stops->escaped, text_max * 2 + STOPS_BYTES, budget);
	usage_init(&stops->usage);
}

void
stops_release(struct stops *stops)
{
	buf_release(&stops->text);
	buf_release(&stops->logprobs);
	buf_release(&stops->escaped);
}

struct stops_wanted
stops_keep(struct arena *arena, const struct escaped *said, size_t count)
{
	struct stops_wanted	 wanted = { NULL, 0 };
	struct text		*kept, text;
	size_t			 i;

	kept = arena_calloc(arena, STOPS_KEPT, sizeof(*kept));
	for (i = 0; kept != NULL && i < count &&
	    wanted.count < STOPS_KEPT; i++) {
		text = text_decode(arena, said[i], NULL);
		if (text.length == 0 || text.length > STOPS_BYTES)
			continue;
		kept[wanted.count].at = arena_memdup(arena, text.at,
		    text.length);
		kept[wanted.count].length = text.length;
		wanted.count += kept[wanted.count].at != NULL;
	}
	wanted.at = kept;
	return wanted;
}

static int
fail(struct stops *stops)
{
	stops->failed = true;
	return -1;
}

/* Where the first of them stands; the text's length: nowhere. */
static size_t
find(struct stops *stops, size_t *length)
{
	const struct buf	*text = &stops->text;
	const struct text	*one;
	const char		*at;
	size_t			 i, first = text->length;

	for (i = 0; i < stops->wanted.count; i++) {
		one = &stops->wanted.at[i];
		at = memmem(text->at, text->length, one->at, one->length);
		if (at == NULL || (size_t)(at - text->at) >= first)
			continue;
		first = (size_t)(at - text->at);
		stops->found = one;
	}
	*length = first;
	return first < text->length;
}

/* How many bytes at the end may be the beginning of one. */
static size_t
beginning(const struct stops *stops)
{
	const struct buf	*text = &stops->text;
	const struct text	*one;
	size_t			 i, n, most = 0;

	for (i = 0; i < stops->wanted.count; i++) {
		one = &stops->wanted.at[i];
		n = one->length - 1 < text->length ? one->length - 1 :
		    text->length;
		while (n > most && memcmp(text->at + text->length - n, one->at,
		    n) != 0)
			n--;
		if (n > most)
			most = n;
	}
	return most;
}

/* The first bytes of the text, with the logprobs of all that came. */
static int
pass(struct stops *stops, unsigned block, size_t length)
{
	struct event	piece = { .kind = EVENT_DELTA, .block = block,
			    .block_kind = BLOCK_TEXT };
	int		result;

	if (length == 0 && (stops->text.length > 0 ||
	    stops->logprobs.length == 0))
		return 0;
	buf_clear(&stops->escaped);
	if (text_encode(&stops->escaped, (struct text){ stops->text.at,
	    length }) == -1)
		return fail(stops);
	piece.text = (struct escaped){ stops->escaped.at,
	    stops->escaped.length };
	piece.logprobs = (struct text){ stops->logprobs.at,
	    stops->logprobs.length };
	buf_consume(&stops->text, length);
	result = stops->sink(stops->context, &piece);
	buf_clear(&stops->logprobs);
	return result;
}

static int
note_logprobs(struct stops *stops, struct text logprobs)
{
	if (logprobs.length == 0)
		return 0;
	if (stops->logprobs.length > 0)
		buf_putc(&stops->logprobs, ',');
	return buf_add(&stops->logprobs, logprobs.at, logprobs.length);
}

static int
take_text(struct stops *stops, const struct event *event)
{
	size_t	length;

	if (text_decode_into(&stops->text, event->text, NULL) == -1 ||
	    note_logprobs(stops, event->logprobs) == -1)
		return fail(stops);
	if (!find(stops, &length))
		return pass(stops, event->block,
		    stops->text.length - beginning(stops));
	stops->block = event->block;
	buf_clear(&stops->logprobs);	/* which of them are cut is not said */
	return pass(stops, event->block, length);
}

/* What was held back begins none. */
static int
take_close(struct stops *stops, const struct event *event)
{
	if (event->block_kind == BLOCK_TEXT && pass(stops, event->block,
	    stops->text.length) == -1)
		return -1;
	return stops->sink(stops->context, event);
}

/* The end of the block; what it cites may be of what was cut. */
static int
close_block(struct stops *stops)
{
	if (stops->closed)
		return 0;
	stops->closed = true;
	return stops->sink(stops->context, &(struct event){
	    .kind = EVENT_CLOSE, .block = stops->block,
	    .block_kind = BLOCK_TEXT });
}

static int
end_reply(struct stops *stops, const struct usage *usage)
{
	struct event	end = { .kind = EVENT_STOP, .stop = STOP_SEQUENCE,
			    .usage = *usage };

	if (close_block(stops) == -1)
		return -1;
	buf_clear(&stops->escaped);
	if (text_encode(&stops->escaped, *stops->found) == -1)
		return fail(stops);
	end.stop_sequence = (struct escaped){ stops->escaped.at,
	    stops->escaped.length };
	return stops->sink(stops->context, &end);
}

/* Behind it there is nothing but the end of its block, and of the reply. */
static int
take_rest(struct stops *stops, const struct event *event)
{
	switch (event->kind) {
	case EVENT_START:
	case EVENT_OPEN:
	case EVENT_DELTA:
		break;
	case EVENT_CLOSE:
		return event->block == stops->block ? close_block(stops) : 0;
	case EVENT_STOP:
		return end_reply(stops, &event->usage);
	case EVENT_ERROR:
		return end_reply(stops, &stops->usage);
	}
	return 0;
}

int
stops_take(void *context, const struct event *event)
{
	struct stops	*stops = context;

	if (stops->found != NULL)
		return take_rest(stops, event);
	if (event->kind == EVENT_START)
		stops->usage = event->usage;
	if (event->kind == EVENT_CLOSE)
		return take_close(stops, event);
	if (event->kind == EVENT_DELTA && event->block_kind == BLOCK_TEXT)
		return take_text(stops, event);
	return stops->sink(stops->context, event);
}
