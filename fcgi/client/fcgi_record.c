#include "build.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi_record.h"

/* A name and its value, still in the content. */
struct pair {
	struct text	name, value;
};

int
fcgi_record_read(struct fcgi_record *record,
    const unsigned char at[FCGI_HEADER_LEN])
{
	record->type = at[1];
	record->id = at[2] << 8 | at[3];
	record->length = (size_t)at[4] << 8 | at[5];
	record->padding = at[6];
	return at[0] == FCGI_VERSION_1 ? 0 : -1;
}

void
fcgi_record_write(unsigned char at[FCGI_HEADER_LEN], int type, int id,
    size_t length)
{
	at[0] = FCGI_VERSION_1;
	at[1] = (unsigned char)type;
	at[2] = (unsigned char)(id >> 8);
	at[3] = (unsigned char)id;
	at[4] = (unsigned char)(length >> 8);
	at[5] = (unsigned char)length;
	at[6] = at[7] = 0;
}

void
fcgi_end_write(unsigned char at[FCGI_END_LENGTH], int id, int status)
{
	memset(at, 0, FCGI_END_LENGTH);
	fcgi_record_write(at, FCGI_END_REQUEST, id,
	    FCGI_END_LENGTH - FCGI_HEADER_LEN);
	at[FCGI_HEADER_LEN + 4] = (unsigned char)status;
}

void
fcgi_unknown_write(unsigned char at[FCGI_UNKNOWN_LENGTH], int type)
{
	memset(at, 0, FCGI_UNKNOWN_LENGTH);
	fcgi_record_write(at, FCGI_UNKNOWN_TYPE, FCGI_NULL_REQUEST_ID,
	    FCGI_UNKNOWN_LENGTH - FCGI_HEADER_LEN);
	at[FCGI_HEADER_LEN] = (unsigned char)type;
}

/* One of a pair's lengths, of one byte or four, off the front. 0 or -1. */
static int
length_read(struct text *left, size_t *length)
{
	const unsigned char	*at = (const unsigned char *)left->at;
	size_t			 bytes;

	if (left->length == 0)
		return -1;
	bytes = at[0] < 0x80 ? 1 : 4;
	if (left->length < bytes)
		return -1;
	*length = bytes == 1 ? at[0] : (size_t)(at[0] & 0x7f) << 24 |
	    (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
	left->at += bytes;
	left->length -= bytes;
	return 0;
}

/* `length` bytes off the front: 0, or -1 when there are not so many. */
static int
text_read(struct text *left, size_t length, struct text *text)
{
	if (length > left->length)
		return -1;
	*text = (struct text){ left->at, length };
	left->at += length;
	left->length -= length;
	return 0;
}

static int
pair_read(struct text *left, struct pair *pair)
{
	size_t	name, value;

	if (length_read(left, &name) == -1 || length_read(left, &value) == -1 ||
	    text_read(left, name, &pair->name) == -1 ||
	    text_read(left, value, &pair->value) == -1)
		return -1;
	return 0;
}

static bool
has_byte(struct text text, char byte)
{
	return text.length > 0 && memchr(text.at, byte, text.length) != NULL;
}

/* The value stands behind the name. */
static bool
pair_valid(const struct pair *pair)
{
	struct text	both = { pair->name.at,
			    pair->name.length + pair->value.length };

	return pair->name.length > 0 && !has_byte(pair->name, '=') &&
	    !has_byte(both, '\0');
}

/* How many pairs there are; -1: they are none, or not valid. */
static ssize_t
pairs_count(struct text left)
{
	struct pair	pair;
	ssize_t		count = 0;

	while (left.length > 0) {
		if (pair_read(&left, &pair) == -1 || !pair_valid(&pair))
			return -1;
		count++;
	}
	return count;
}

/* A pair's lengths take at least the two bytes that '=' and NUL will. */
char **
fcgi_params_read(struct buf *buf)
{
	struct text	  left = { buf->at, buf->length };
	ssize_t		  count = pairs_count(left);
	struct pair	  pair;
	char		**params, **param, *to = buf->at;

	if (count == -1) {
		errno = EPROTO;
		return NULL;
	}
	params = param = calloc((size_t)count + 1, sizeof(*params));
	while (params != NULL && pair_read(&left, &pair) == 0) {
		*param++ = to;
		memmove(to, pair.name.at, pair.name.length);
		to += pair.name.length;
		*to++ = '=';
		memmove(to, pair.value.at, pair.value.length);
		to += pair.value.length;
		*to++ = '\0';
	}
	return params;
}

/* 1: `name` is asked for, 0: it is not, -1: these are no pairs. */
static int
is_asked(struct text left, const char *name)
{
	struct pair	pair;
	int		asked = 0;

	while (left.length > 0) {
		if (pair_read(&left, &pair) == -1)
			return -1;
		if (pair.name.length == strlen(name) &&
		    memcmp(pair.name.at, name, pair.name.length) == 0)
			asked = 1;
	}
	return asked;
}

int
fcgi_values_write(unsigned char at[FCGI_VALUES_LENGTH], struct text asked,
    int requests_max)
{
	const struct {
		const char	*name;
		int		 value;
	} values[] = {
		{ FCGI_MAX_CONNS, requests_max },
		{ FCGI_MAX_REQS, requests_max },
		{ FCGI_MPXS_CONNS, 0 },
	};
	char	text[32];
	size_t	i, length = FCGI_HEADER_LEN;
	int	found;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		found = is_asked(asked, values[i].name);
		if (found == -1)
			return -1;
		if (found == 0)
			continue;
		at[length++] = (unsigned char)strlen(values[i].name);
		at[length++] = (unsigned char)snprintf(text, sizeof(text),
		    "%d", values[i].value);
		length += (size_t)snprintf((char *)at + length,
		    FCGI_VALUES_LENGTH - length, "%s%s", values[i].name, text);
	}
	fcgi_record_write(at, FCGI_GET_VALUES_RESULT, FCGI_NULL_REQUEST_ID,
	    length - FCGI_HEADER_LEN);
	return (int)length;
}
