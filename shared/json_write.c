#include "build.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "json_text.h"
#include "json_write.h"

/* Depth 0 is the top, which holds one value. */
#define DEPTHS		((uint32_t)(64 * 3))

static bool
bit_get(const uint64_t *bits, uint32_t depth)
{
	return (bits[depth / 64] >> depth % 64 & 1) != 0;
}

static void
bit_set(uint64_t *bits, uint32_t depth, bool value)
{
	uint64_t	bit = UINT64_C(1) << depth % 64;

	if (value)
		bits[depth / 64] |= bit;
	else
		bits[depth / 64] &= ~bit;
}

void
json_write_start(struct json_write *w, struct buf *out)
{
	memset(w, 0, sizeof(*w));
	w->out = out;
}

int
json_write_finish(struct json_write *w)
{
	assert(!w->in_string && !w->keyed);
	return w->depth == 0 && bit_get(w->filled, 0) && !w->out->failed ?
	    0 : -1;
}

/* The comma before a member or an element. */
static void
put_comma(struct json_write *w)
{
	if (bit_get(w->filled, w->depth)) {
		assert(w->depth > 0);
		buf_putc(w->out, ',');
	}
	bit_set(w->filled, w->depth, true);
}

/* JSON as it stands; null for nothing. */
static void
add_raw(struct json_write *w, struct text raw)
{
	if (raw.length == 0)
		raw = text_of("null");
	buf_add(w->out, raw.at, raw.length);
}

/* What every value begins with. */
static void
put_value(struct json_write *w)
{
	assert(!w->in_string);
	assert(w->keyed == bit_get(w->objects, w->depth));
	if (!w->keyed)
		put_comma(w);
	w->keyed = false;
}

static void
put_container(struct json_write *w, bool object)
{
	put_value(w);
	w->depth++;
	assert(w->depth < DEPTHS);
	bit_set(w->objects, w->depth, object);
	bit_set(w->filled, w->depth, false);
	buf_putc(w->out, object ? '{' : '[');
}

void
json_put_object(struct json_write *w)
{
	put_container(w, true);
}

void
json_put_array(struct json_write *w)
{
	put_container(w, false);
}

void
json_put_end(struct json_write *w)
{
	assert(w->depth > 0 && !w->keyed && !w->in_string);
	buf_putc(w->out, bit_get(w->objects, w->depth) ? '}' : ']');
	w->depth--;
}

void
json_put_key(struct json_write *w, const char *key)
{
	json_put_key_escaped(w, escaped_of(key));
}

void
json_put_key_escaped(struct json_write *w, struct escaped key)
{
	assert(bit_get(w->objects, w->depth) && !w->keyed && !w->in_string);
	put_comma(w);
	buf_putc(w->out, '"');
	buf_add(w->out, key.at, key.length);
	buf_add(w->out, "\":", 2);
	w->keyed = true;
}

void
json_put_string_start(struct json_write *w)
{
	put_value(w);
	buf_putc(w->out, '"');
	w->in_string = true;
}

void
json_add_text(struct json_write *w, struct text text)
{
	assert(w->in_string);
	text_encode(w->out, text);
}

void
json_add_escaped(struct json_write *w, struct escaped escaped)
{
	assert(w->in_string);
	buf_add(w->out, escaped.at, escaped.length);
}

void
json_put_string_end(struct json_write *w)
{
	assert(w->in_string);
	buf_putc(w->out, '"');
	w->in_string = false;
}

void
json_put_string(struct json_write *w, const char *string)
{
	json_put_text(w, text_of(string));
}

void
json_put_text(struct json_write *w, struct text text)
{
	json_put_string_start(w);
	json_add_text(w, text);
	json_put_string_end(w);
}

void
json_put_escaped(struct json_write *w, struct escaped escaped)
{
	json_put_string_start(w);
	json_add_escaped(w, escaped);
	json_put_string_end(w);
}

struct text
json_digits(char room[JSON_DIGITS], int64_t number)
{
	uint64_t	rest = (uint64_t)number;
	size_t		at = JSON_DIGITS - 1;

	if (number < 0)
		rest = 0 - rest;
	room[at] = '\0';
	do {
		room[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (number < 0)
		room[--at] = '-';
	return (struct text){ room + at, JSON_DIGITS - 1 - at };
}

static void
add_int(struct json_write *w, int64_t number)
{
	char		room[JSON_DIGITS];
	struct text	digits = json_digits(room, number);

	buf_add(w->out, digits.at, digits.length);
}

void
json_put_int(struct json_write *w, int64_t number)
{
	put_value(w);
	add_int(w, number);
}

void
json_put_null(struct json_write *w)
{
	json_put_raw(w, text_of("null"));
}

void
json_put_value(struct json_write *w, struct json_value value)
{
	json_put_raw(w, json_raw(value));
}

void
json_put_raw(struct json_write *w, struct text raw)
{
	put_value(w);
	add_raw(w, raw);
}

/* A bracket of a shape. */
static void
shape_nest(struct json_write *w, char c)
{
	if (c == '{' || c == '[') {
		bit_set(w->filled, w->depth, true);
		w->depth++;
		assert(w->depth < DEPTHS);
		bit_set(w->objects, w->depth, c == '{');
		bit_set(w->filled, w->depth, false);
	} else if (c == '}' || c == ']') {
		assert(w->depth > 0 &&
		    bit_get(w->objects, w->depth) == (c == '}'));
		w->depth--;
	}
}

/* A constant part of a shape, which is not empty, with its quotes as JSON's. */
static void
put_constant(struct json_write *w, const char *at, size_t length)
{
	char		*to = buf_room(w->out, length), last = at[length - 1];
	const char	*c, *end = at + length;

	if (to != NULL) {
		memcpy(to, at, length);
		buf_filled(w->out, length);
	}
	for (c = at; c < end; c++) {
		if (w->in_string &&
		    (c = memchr(c, '\'', (size_t)(end - c))) == NULL)
			break;
		if (*c != '\'') {
			shape_nest(w, *c);
			continue;
		}
		w->in_string = !w->in_string;
		if (to != NULL)
			to[c - at] = '"';
	}
	w->keyed = !w->in_string && last == ':';
	bit_set(w->filled, w->depth, w->in_string ||
	    (last != '{' && last != '['));
}

/* The value of a slot; what parts it from others is the shape's. */
static void
put_slot(struct json_write *w, char slot, va_list *ap)
{
	bool		quoted = !w->in_string && strchr("ste", slot) != NULL;
	struct escaped	escaped;

	w->keyed = false;
	if (quoted)
		buf_putc(w->out, '"');
	switch (slot) {
	case 's':
		text_encode(w->out, text_of(va_arg(*ap, const char *)));
		break;
	case 't':
		text_encode(w->out, va_arg(*ap, struct text));
		break;
	case 'e':
		escaped = va_arg(*ap, struct escaped);
		buf_add(w->out, escaped.at, escaped.length);
		break;
	case 'n':
		escaped = va_arg(*ap, struct escaped);
		if (escaped.length > 0)
			buf_putc(w->out, '"');
		add_raw(w, (struct text){ escaped.at, escaped.length });
		if (escaped.length > 0)
			buf_putc(w->out, '"');
		break;
	case 'd':
		add_int(w, va_arg(*ap, int64_t));
		break;
	case 'u':
		add_int(w, va_arg(*ap, unsigned));
		break;
	case 'b':
		buf_puts(w->out, va_arg(*ap, int) ? "true" : "false");
		break;
	case 'r':
		add_raw(w, va_arg(*ap, struct text));
		break;
	case 'v':
		add_raw(w, json_raw(va_arg(*ap, struct json_value)));
		break;
	default:
		assert(false);
	}
	if (quoted)
		buf_putc(w->out, '"');
}

void
json_put(struct json_write *w, const char *shape, ...)
{
	const char	*slot;
	va_list		 ap;

	if (!w->in_string && shape[0] != '}' && shape[0] != ']') {
		assert(w->keyed || shape[0] == '\'' ||
		    !bit_get(w->objects, w->depth));
		if (!w->keyed)
			put_comma(w);
		w->keyed = false;
	}
	va_start(ap, shape);
	for (;; shape = slot + 2) {
		slot = strchrnul(shape, '%');
		if (slot > shape)
			put_constant(w, shape, (size_t)(slot - shape));
		if (*slot == '\0')
			break;
		put_slot(w, slot[1], &ap);
	}
	va_end(ap);
}

void
json_member_string(struct json_write *w, const char *key, const char *string)
{
	json_put_key(w, key);
	json_put_string(w, string);
}

void
json_member_text(struct json_write *w, const char *key, struct text text)
{
	json_put_key(w, key);
	json_put_text(w, text);
}

void
json_member_escaped(struct json_write *w, const char *key,
    struct escaped escaped)
{
	json_put_key(w, key);
	json_put_escaped(w, escaped);
}

void
json_member_int(struct json_write *w, const char *key, int64_t number)
{
	json_put_key(w, key);
	json_put_int(w, number);
}

void
json_member_bool(struct json_write *w, const char *key, bool value)
{
	json_member_raw(w, key, text_of(value ? "true" : "false"));
}

void
json_member_null(struct json_write *w, const char *key)
{
	json_put_key(w, key);
	json_put_null(w);
}

void
json_member_value(struct json_write *w, const char *key,
    struct json_value value)
{
	if (json_is(value, JSON_MISSING))
		return;
	json_put_key(w, key);
	json_put_value(w, value);
}

void
json_member_raw(struct json_write *w, const char *key, struct text raw)
{
	json_put_key(w, key);
	json_put_raw(w, raw);
}
