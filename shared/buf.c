#include "build.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

#define CAPACITY_MIN	64
#define KEPT_MAX	((size_t)64 * 1024)

/* What buf->at points to before the first add; never written to. */
static char	empty[1];

void
buf_init(struct buf *buf, size_t max, struct budget *budget)
{
	memset(buf, 0, sizeof(*buf));
	buf->at = empty;
	buf->max = max < SIZE_MAX ? max : SIZE_MAX - 1;
	buf->budget = budget;
}

void
buf_release(struct buf *buf)
{
	if (buf->capacity > 0) {
		free(buf->at);
		budget_give(buf->budget, buf->capacity);
	}
	buf->at = empty;
	buf->length = 0;
	buf->capacity = 0;
	buf->failed = 0;
}

void
buf_clear(struct buf *buf)
{
	if (buf->capacity > KEPT_MAX)
		buf_release(buf);
	if (buf->capacity > 0)
		buf->at[0] = '\0';
	buf->length = 0;
	buf->failed = 0;
}

void
buf_cut(struct buf *buf, size_t length)
{
	if (length < buf->length) {
		buf->length = length;
		buf->at[length] = '\0';
	}
	buf->failed = 0;
}

/* Makes the capacity, with the NUL's byte, exactly `capacity` > the old one. */
static int
buf_resize(struct buf *buf, size_t capacity)
{
	char	*at;

	if (budget_take(buf->budget, capacity - buf->capacity) == -1)
		return -1;
	at = realloc(buf->capacity > 0 ? buf->at : NULL, capacity);
	if (at == NULL) {
		budget_give(buf->budget, capacity - buf->capacity);
		return -1;
	}
	buf->at = at;
	buf->capacity = capacity;
	at[buf->length] = '\0';
	return 0;
}

/* Room for `bytes` more and the NUL: doubled while that fits, else just so. */
static int
buf_grow(struct buf *buf, size_t bytes)
{
	size_t	need, capacity;

	if (bytes > buf->max - buf->length) {
		buf->failed = 1;
		return -1;
	}
	need = buf->length + bytes + 1;
	if (need <= buf->capacity)
		return 0;
	capacity = buf->capacity < CAPACITY_MIN ? CAPACITY_MIN : buf->capacity;
	while (capacity < need)
		capacity = capacity > SIZE_MAX / 2 ? need : capacity * 2;
	if (capacity > buf->max + 1)
		capacity = buf->max + 1;
	if (buf_resize(buf, capacity) == 0 || buf_resize(buf, need) == 0)
		return 0;
	buf->failed = 1;
	return -1;
}

/* The same, without a call when the room is there. */
static inline int
buf_reserve(struct buf *buf, size_t bytes)
{
	if (bytes < buf->capacity - buf->length)
		return 0;
	return buf_grow(buf, bytes);
}

int
buf_add(struct buf *buf, const void *from, size_t length)
{
	if (length == 0)
		return 0;
	if (buf_reserve(buf, length) == -1)
		return -1;
	memcpy(buf->at + buf->length, from, length);
	buf->length += length;
	buf->at[buf->length] = '\0';
	return 0;
}

int
buf_puts(struct buf *buf, const char *string)
{
	return buf_add(buf, string, strlen(string));
}

int
buf_putc(struct buf *buf, char c)
{
	if (buf_reserve(buf, 1) == -1)
		return -1;
	buf->at[buf->length++] = c;
	buf->at[buf->length] = '\0';
	return 0;
}

int
buf_printf(struct buf *buf, const char *format, ...)
{
	va_list	ap;
	int	length;

	va_start(ap, format);
	length = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (length < 0) {
		buf->failed = 1;
		return -1;
	}
	if (buf_grow(buf, (size_t)length) == -1)
		return -1;
	va_start(ap, format);
	vsnprintf(buf->at + buf->length, (size_t)length + 1, format, ap);
	va_end(ap);
	buf->length += (size_t)length;
	return 0;
}

char *
buf_room(struct buf *buf, size_t bytes)
{
	if (buf_reserve(buf, bytes) == -1)
		return NULL;
	return buf->at + buf->length;
}

void
buf_filled(struct buf *buf, size_t bytes)
{
	if (bytes == 0)
		return;
	assert(bytes < buf->capacity - buf->length);
	buf->length += bytes;
	buf->at[buf->length] = '\0';
}

void
buf_consume(struct buf *buf, size_t bytes)
{
	assert(bytes <= buf->length);
	if (bytes == 0)
		return;
	buf->length -= bytes;
	memmove(buf->at, buf->at + bytes, buf->length + 1);
}
