#include "build.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "headers.h"

/* Doubled when full, so an exchange's usual thirty fields cost two steps. */
#define CAPACITY_MIN	16

/* tchar of RFC 9110 section 5.6.2. */
enum character {
	CHARACTER_NONE,
	CHARACTER_NAME,
	CHARACTER_UPPER,	/* of a name that has to be copied */
};

static const unsigned char name_characters[256] = {
	['0' ... '9'] = CHARACTER_NAME, ['a' ... 'z'] = CHARACTER_NAME,
	['A' ... 'Z'] = CHARACTER_UPPER,
	['!'] = CHARACTER_NAME, ['#' ... '\''] = CHARACTER_NAME,
	['*'] = CHARACTER_NAME, ['+'] = CHARACTER_NAME,
	['-'] = CHARACTER_NAME, ['.'] = CHARACTER_NAME,
	['^' ... '`'] = CHARACTER_NAME, ['|'] = CHARACTER_NAME,
	['~'] = CHARACTER_NAME,
};

/* The greatest of its characters' kinds; CHARACTER_NONE: it is no name. */
static unsigned
name_kind(const char *name)
{
	unsigned	kind = CHARACTER_NONE, one;

	for (; (one = name_characters[(unsigned char)*name]) !=
	    CHARACTER_NONE; name++)
		kind |= one;
	return *name == '\0' ? kind : CHARACTER_NONE;
}

int
header_name_valid(const char *name)
{
	return name_kind(name) != CHARACTER_NONE;
}

int
header_value_valid(const char *value)
{
	static const bool	wrong[256] = {
		[1 ... '\t' - 1] = true, ['\t' + 1 ... ' ' - 1] = true,
		[0x7f] = true,
	};

	for (; *value != '\0'; value++)
		if (wrong[(unsigned char)*value])
			return 0;
	return 1;
}

void
headers_init(struct headers *headers, struct arena *arena)
{
	memset(headers, 0, sizeof(*headers));
	headers->arena = arena;
}

static int
headers_grow(struct headers *headers)
{
	struct header	*at;
	size_t		 capacity;

	if (headers->count < headers->capacity)
		return 0;
	capacity = headers->capacity == 0 ? CAPACITY_MIN :
	    headers->capacity * 2;
	at = arena_calloc(headers->arena, capacity, sizeof(*at));
	if (at == NULL)
		return -1;
	if (headers->count > 0)
		memcpy(at, headers->at, headers->count * sizeof(*at));
	headers->at = at;
	headers->capacity = capacity;
	return 0;
}

static const char *
name_lower(struct arena *arena, const char *name)
{
	char	*copy = arena_strdup(arena, name);
	size_t	 i;

	for (i = 0; copy != NULL && copy[i] != '\0'; i++)
		copy[i] = (char)tolower((unsigned char)copy[i]);
	return copy;
}

int
headers_add(struct headers *headers, const char *name, const char *value)
{
	unsigned	kind = name_kind(name);

	if (kind == CHARACTER_NONE || !header_value_valid(value))
		return -1;
	if ((kind & CHARACTER_UPPER) != 0)
		name = name_lower(headers->arena, name);
	if (name == NULL || headers_grow(headers) == -1)
		return -1;
	headers->at[headers->count++] = (struct header){ name, value };
	return 0;
}

int
headers_printf(struct headers *headers, const char *name, const char *format,
    ...)
{
	va_list	 ap;
	char	*value;

	va_start(ap, format);
	value = arena_vprintf(headers->arena, format, ap);
	va_end(ap);
	if (value == NULL)
		return -1;
	return headers_add(headers, name, value);
}

int
headers_set(struct headers *headers, const char *name, const char *value)
{
	if (!header_name_valid(name) || !header_value_valid(value))
		return -1;
	headers_remove(headers, name);
	return headers_add(headers, name, value);
}

void
headers_remove(struct headers *headers, const char *name)
{
	size_t	from, to = 0;

	for (from = 0; from < headers->count; from++)
		if (strcasecmp(headers->at[from].name, name) != 0)
			headers->at[to++] = headers->at[from];
	headers->count = to;
}

const char *
headers_find(const struct headers *headers, const char *name)
{
	size_t	i;

	for (i = 0; i < headers->count; i++)
		if (strcasecmp(headers->at[i].name, name) == 0)
			return headers->at[i].value;
	return NULL;
}
