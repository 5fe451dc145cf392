#include "build.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"

/* A chunk's size, its head included; what does not fit gets a chunk alone. */
#define CHUNK_MIN	((size_t)2 * 1024)
#define CHUNK_MAX	((size_t)64 * 1024)

/* Under sanitizers every allocation is a chunk, so that overruns are seen. */
#ifdef SANITIZED
#define ALIGNMENT	((size_t)1)
#define CHUNK_ALONE	1
#else
#define ALIGNMENT	alignof(max_align_t)
#define CHUNK_ALONE	0
#endif

struct arena_chunk {
	struct arena_chunk	*next;
	size_t			 size;	/* bytes, this head included */
	size_t			 taken;	/* of them */
	alignas(max_align_t) char at[];
};

void
arena_init(struct arena *arena, size_t max, struct budget *budget)
{
	memset(arena, 0, sizeof(*arena));
	arena->max = max;
	arena->budget = budget;
}

void
arena_release(struct arena *arena)
{
	struct arena_chunk	*chunk, *next;

	for (chunk = arena->chunks; chunk != NULL; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	budget_give(arena->budget, arena->used);
	arena->chunks = NULL;
	arena->used = 0;
	arena->failed = 0;
}

/* A chunk for `need` bytes, head included, of `size` if there is room. */
static struct arena_chunk *
chunk_new(struct arena *arena, size_t need, size_t size)
{
	struct arena_chunk	*chunk;

	if (size > arena->max - arena->used)
		size = arena->max - arena->used;
	if (size < need)
		return NULL;
	if (budget_take(arena->budget, size) == -1) {
		size = need;
		if (budget_take(arena->budget, size) == -1)
			return NULL;
	}
	chunk = malloc(size);
	if (chunk == NULL) {
		budget_give(arena->budget, size);
		return NULL;
	}
	chunk->size = size;
	chunk->taken = sizeof(*chunk);
	arena->used += size;
	return chunk;
}

/*
 * What is large goes behind the newest chunk, so that the room left there
 * still serves.
 */
static struct arena_chunk *
arena_grow(struct arena *arena, size_t need)
{
	struct arena_chunk	*chunk, *newest = arena->chunks;
	size_t			 size;

	size = newest == NULL ? CHUNK_MIN : arena->used;
	if (size > CHUNK_MAX)
		size = CHUNK_MAX;
	if (need > size / 2 || CHUNK_ALONE)
		size = need;
	chunk = chunk_new(arena, need, size);
	if (chunk == NULL)
		return NULL;
	if (newest != NULL && size == need) {
		chunk->next = newest->next;
		newest->next = chunk;
	} else {
		chunk->next = newest;
		arena->chunks = chunk;
	}
	return chunk;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	struct arena_chunk	*chunk = arena->chunks;
	char			*at;

	if (size > SIZE_MAX - sizeof(*chunk) - ALIGNMENT)
		goto fail;
	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (chunk == NULL || size > chunk->size - chunk->taken) {
		chunk = arena_grow(arena, sizeof(*chunk) + size);
		if (chunk == NULL)
			goto fail;
	}
	at = (char *)chunk + chunk->taken;
	chunk->taken += size;
	return at;
fail:
	arena->failed = 1;
	return NULL;
}

void *
arena_calloc(struct arena *arena, size_t count, size_t size)
{
	void	*at;
	size_t	 bytes;

	if (__builtin_mul_overflow(count, size, &bytes)) {
		arena->failed = 1;
		return NULL;
	}
	at = arena_alloc(arena, bytes);
	if (at != NULL)
		memset(at, 0, bytes);
	return at;
}

char *
arena_strdup(struct arena *arena, const char *string)
{
	return arena_memdup(arena, string, strlen(string));
}

char *
arena_memdup(struct arena *arena, const char *from, size_t length)
{
	char	*to;

	if (length == SIZE_MAX) {
		arena->failed = 1;
		return NULL;
	}
	to = arena_alloc(arena, length + 1);
	if (to == NULL)
		return NULL;
	if (length > 0)
		memcpy(to, from, length);
	to[length] = '\0';
	return to;
}

char *
arena_printf(struct arena *arena, const char *format, ...)
{
	va_list	 ap;
	char	*string;

	va_start(ap, format);
	string = arena_vprintf(arena, format, ap);
	va_end(ap);
	return string;
}

char *
arena_vprintf(struct arena *arena, const char *format, va_list ap)
{
	va_list	 again;
	char	*string = NULL;
	int	 length;

	va_copy(again, ap);
	length = vsnprintf(NULL, 0, format, ap);
	if (length >= 0)
		string = arena_alloc(arena, (size_t)length + 1);
	if (string != NULL)
		vsnprintf(string, (size_t)length + 1, format, again);
	else
		arena->failed = 1;
	va_end(again);
	return string;
}

int
arena_append(struct arena *arena, struct arena_text *text, const char *more,
    size_t length)
{
	size_t	 need, room;
	char	*at;

	if (__builtin_add_overflow(text->length, length, &need) ||
	    need > SIZE_MAX / 2 - 1) {
		arena->failed = 1;
		return -1;
	}
	if (need >= text->room) {
		room = 2 * (need + 1);
		at = arena_alloc(arena, room);
		if (at == NULL)
			return -1;
		if (text->length > 0)
			memcpy(at, text->at, text->length);
		text->at = at;
		text->room = room;
	}
	if (length > 0)
		memcpy(text->at + text->length, more, length);
	text->length = need;
	text->at[need] = '\0';
	return 0;
}
