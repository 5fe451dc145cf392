#include "build.h"

#include <string.h>

#include "escape.h"
#include "generate_convert.h"
#include "utf8.h"

#define RUN_BYTES	8192	/* of text, a bit each: does a character begin? */

struct generate_offsets_run {
	struct generate_offsets_run	*next;
	int64_t				 characters;	/* before it */
	unsigned char			 begins[RUN_BYTES / 8];
};

void
generate_offsets_init(struct generate_offsets *offsets, struct arena *arena)
{
	memset(offsets, 0, sizeof(*offsets));
	offsets->arena = arena;
}

static int
add_run(struct generate_offsets *offsets)
{
	struct generate_offsets_run	*run;

	run = arena_calloc(offsets->arena, 1, sizeof(*run));
	if (run == NULL)
		return -1;
	run->characters = offsets->characters;
	if (offsets->last == NULL)
		offsets->first = run;
	else
		offsets->last->next = run;
	offsets->last = run;
	return 0;
}

int
generate_offsets_add(struct generate_offsets *offsets, struct escaped text)
{
	struct escape_walk	walk = escape_walk(text);
	struct text		piece;
	size_t			i, at;

	while (escape_next(&walk, &piece))
		for (i = 0; i < piece.length; i++, offsets->bytes++) {
			at = (size_t)(offsets->bytes % RUN_BYTES);
			if (at == 0 && add_run(offsets) == -1)
				return -1;
			if (utf8_follows((unsigned char)piece.at[i]))
				continue;
			offsets->last->begins[at / 8] |=
			    (unsigned char)(1u << (at % 8));
			offsets->characters++;
		}
	return 0;
}

static bool
begins(const struct generate_offsets_run *run, int64_t at)
{
	return (run->begins[at / 8] >> (at % 8) & 1) != 0;
}

int64_t
generate_offsets_characters(const struct generate_offsets *offsets,
    int64_t bytes)
{
	const struct generate_offsets_run	*run = offsets->first;
	int64_t					 count, at;

	if (bytes < 0 || bytes > offsets->bytes)
		return -1;
	if (bytes == offsets->bytes)
		return offsets->characters;
	for (; bytes >= RUN_BYTES; bytes -= RUN_BYTES)
		run = run->next;
	count = run->characters;
	for (at = 0; at < bytes; at++)
		count += begins(run, at);
	return count;
}

int64_t
generate_offsets_bytes(const struct generate_offsets *offsets,
    int64_t characters)
{
	const struct generate_offsets_run	*run = offsets->first;
	int64_t					 at = 0, count, before = 0;

	if (characters < 0 || characters > offsets->characters)
		return -1;
	if (characters == offsets->characters)
		return offsets->bytes;
	while (run->next != NULL && run->next->characters <= characters) {
		run = run->next;
		before += RUN_BYTES;
	}
	for (count = run->characters - 1; at < RUN_BYTES; at++) {
		count += begins(run, at);
		if (count == characters)
			break;
	}
	return before + at;
}
