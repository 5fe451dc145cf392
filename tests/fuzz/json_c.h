#ifndef JSON_C_H
#define JSON_C_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "json_text.h"

/*
 * The scanner next to json-c, for test_json_scan.c and fuzz_json.c. What the
 * scanner accepts json-c must accept with the same values; what json-c accepts
 * the scanner must too, but for the laxness of JSON_TOKENER_STRICT (0.16) in
 * json_c_is_lax(), and json-c refuses numbers as json_c_refuses_number() says.
 */

/* Strict json-c 0.18 takes every byte above 127 for a control character. */
static inline bool
json_c_can_be_strict(const char *text, size_t length)
{
	size_t	i;

	for (i = 0; i < length && (unsigned char)text[i] < 128; i++)
		continue;
	return i == length || json_c_version_num() >> 8 != 18;
}

/* NULL when refused; JSON `null` is NULL too, so *accepted says which. */
static inline struct json_object *
json_c_parse(const char *text, size_t length, bool *accepted)
{
	struct json_tokener	*tokener = json_tokener_new_ex(
				    JSON_DEPTH_MAX + 2);
	struct json_object	*object;

	json_tokener_set_flags(tokener, JSON_TOKENER_VALIDATE_UTF8 |
	    (json_c_can_be_strict(text, length) ? JSON_TOKENER_STRICT : 0));
	object = json_tokener_parse_ex(tokener, text, (int)length);
	if (json_tokener_get_error(tokener) == json_tokener_continue)
		object = json_tokener_parse_ex(tokener, "", 1);
	*accepted = json_tokener_get_error(tokener) == json_tokener_success;
	json_tokener_free(tokener);
	return object;
}

/* Whether the scanner refused for a reason that strict json-c doesn't know. */
static inline bool
json_c_is_lax(const struct json_document *document)
{
	static const char *const	reasons[] = {
		"invalid UTF-8 in a string",	/* overlong, surrogates */
		"control character in a string",
		"expected a digit",		/* 1.e1 -.5 */
	};
	const char			*at = document->text + document->offset;
	size_t				 i;

	if (!json_c_can_be_strict(document->text, document->length))
		return true;
	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strcmp(document->reason, reasons[i]) == 0)
			return true;
	/* 007, 1., NaN, -Infinity, 'a', and other white space (0.15) */
	return (document->offset > 0 && strchr("0.", at[-1]) != NULL) ||
	    (document->offset < document->length &&
	    strchr("NnIi'\v\f", *at) != NULL);
}

/*
 * Whether there is a number in it that no int64_t or double can hold: json-c
 * refuses those since 0.18.
 */
static inline bool
json_c_refuses_number(struct json_value value)
{
	struct json_walk	walk = json_walk(value);
	struct text		raw;
	char			number[512];

	while (json_next(&walk))
		if (json_c_refuses_number(walk.value))
			return true;
	if (!json_is(value, JSON_NUMBER))
		return false;
	raw = json_raw(value);
	if (raw.length >= sizeof(number))
		return true;
	memcpy(number, raw.at, raw.length);
	number[raw.length] = '\0';
	errno = 0;
	if (strcspn(number, ".eE") < raw.length)
		(void)strtod(number, NULL);
	else if (*number == '-')
		(void)strtoll(number, NULL, 10);
	else
		(void)strtoull(number, NULL, 10);
	return errno == ERANGE;
}

static inline bool	json_c_equals(struct json_value,
			    struct json_object *);

static inline bool
json_c_string_equals(struct json_value value, struct json_object *object)
{
	struct buf	decoded;
	bool		equal;

	buf_init(&decoded, SIZE_MAX, NULL);
	text_decode_into(&decoded, json_escaped(value), NULL);
	equal = decoded.length == (size_t)json_object_get_string_len(object) &&
	    memcmp(decoded.at, json_object_get_string(object),
	    decoded.length) == 0;
	buf_release(&decoded);
	return equal;
}

static inline bool
json_c_object_equals(struct json_value value, struct json_object *object)
{
	struct json_value	member;
	struct text		raw = json_raw(value);
	size_t			count = 0;

	/* A NUL ends a key there. */
	if (memmem(raw.at, raw.length, "\\u0000", 6) != NULL)
		return true;
	json_object_object_foreach(object, key, child) {
		member = json_get(value, key);
		if (!json_c_equals(member, child))
			return false;
		count++;
	}
	return count <= json_count(value);
}

static inline bool
json_c_array_equals(struct json_value value, struct json_object *array)
{
	struct json_walk	walk = json_walk(value);
	size_t			i = 0;

	if (json_count(value) != json_object_array_length(array))
		return false;
	while (json_next(&walk))
		if (!json_c_equals(walk.value,
		    json_object_array_get_idx(array, i++)))
			return false;
	return true;
}

static inline bool
json_c_number_equals(struct json_value value, struct json_object *number)
{
	int64_t	whole;
	double	real;

	/* Whole numbers out of range stop at the range's end there. */
	if (json_object_is_type(number, json_type_int))
		return json_int64(value, &whole) == -1 ||
		    whole == json_object_get_int64(number);
	if (json_double(value, &real) == 0)
		return real == json_object_get_double(number);
	return true;
}

static inline bool
json_c_equals(struct json_value value, struct json_object *object)
{
	switch (json_kind(value)) {
	case JSON_MISSING:
		return false;
	case JSON_NULL:
		return object == NULL;
	case JSON_FALSE:
	case JSON_TRUE:
		return json_object_is_type(object, json_type_boolean) &&
		    json_object_get_boolean(object) == json_true(value);
	case JSON_NUMBER:
		return (json_object_is_type(object, json_type_int) ||
		    json_object_is_type(object, json_type_double)) &&
		    json_c_number_equals(value, object);
	case JSON_STRING:
		return json_object_is_type(object, json_type_string) &&
		    json_c_string_equals(value, object);
	case JSON_ARRAY:
		return json_object_is_type(object, json_type_array) &&
		    json_c_array_equals(value, object);
	case JSON_OBJECT:
		return json_object_is_type(object, json_type_object) &&
		    json_c_object_equals(value, object);
	}
	return false;
}

/* The document must be the outcome of a scan; aborts when the two disagree. */
static inline void
json_c_check(const struct json_document *document)
{
	struct json_object	*object;
	bool			 accepted, ours, same;

	ours = document->failure == JSON_OK;
	if ((!ours && document->failure != JSON_INVALID) ||
	    document->length == 0 || document->length > 1 << 20 ||
	    memchr(document->text, '\0', document->length) != NULL)
		return;
	object = json_c_parse(document->text, document->length, &accepted);
	same = accepted == ours || (accepted && json_c_is_lax(document)) ||
	    (ours && json_c_refuses_number(json_root(document)));
	if (accepted && ours && !json_c_equals(json_root(document), object))
		same = false;
	json_object_put(object);
	if (same)
		return;
	fprintf(stderr, "json-c %s, the scanner: %s at %zu\n%.*s\n",
	    accepted ? "accepts" : "refuses",
	    ours ? "accepted" : document->reason, document->offset,
	    (int)document->length, document->text);
	abort();
}

#endif
