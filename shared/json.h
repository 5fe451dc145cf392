#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "arena.h"
#include "text.h"

/*
 * JSON as spans of the text it came in.
 *
 * json_scan() makes one validating pass over the text and leaves a flat array
 * of tokens behind: kind, offset, length, and the index of the token behind the
 * whole value. The text is never copied and must outlive the document. Text
 * travels from client to upstream in the escaped form in which it came; it is
 * decoded only where its meaning is needed.
 *
 * The grammar is RFC 8259, strictly: no comments, no trailing commas, no NaN,
 * nothing behind the value but white space; valid UTF-8 throughout (RFC 3629).
 * A byte order mark is refused. Escaped lone surrogates (\ud800) are accepted
 * as the grammar does; duplicate keys are accepted, reading takes the last.
 */
enum json_kind {
	JSON_MISSING,		/* of a value that is not there */
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

#define JSON_DEPTH_MAX	128	/* containers inside one another */
#define JSON_TOKENS_MAX	(2u * 1000 * 1000)
#define JSON_TEXT_MAX	(1024u * 1024 * 1024)

struct json_token {
	uint32_t	offset;	/* first byte of the value, a string's quote */
	uint32_t	length;	/* of the whole value, quotes and brackets in */
	uint32_t	next;	/* index of the token behind it and its children */
	uint8_t		kind;	/* enum json_kind */
	uint8_t		escaped; /* a string that holds a backslash */
	uint16_t	unused;
};

/* What a scan may use. Zero means the default given. */
struct json_limits {
	uint32_t	depth_max;	/* JSON_DEPTH_MAX, never more */
	/*
	 * Containers inside this many others or more are validated but not
	 * looked into: each is one token without children. Default: all
	 * are looked into. With 1, the root's members have values but the
	 * objects and arrays among those are closed boxes.
	 */
	uint32_t	record_depth;
	uint32_t	tokens_max;	/* JSON_TOKENS_MAX; a key is a token */
};

enum json_failure {
	JSON_OK,
	JSON_INVALID,		/* not JSON */
	JSON_TOO_DEEP,
	JSON_TOO_MANY,		/* over tokens_max or JSON_TEXT_MAX */
	JSON_NO_MEMORY,
};

struct json_document {
	const char		*text;		/* borrowed */
	size_t			 length;
	struct json_token	*tokens;	/* owned, grown by json_scan */
	uint32_t		 count;
	uint32_t		 capacity;
	struct budget		*budget;	/* borrowed, may be NULL */
	/* Of a failed scan. */
	enum json_failure	 failure;
	const char		*reason;	/* static, "expected ':'" */
	size_t			 offset;	/* where in the text */
};

/* A value in a document. Cheap, passed by value, no ownership. */
struct json_value {
	const struct json_document	*document;
	uint32_t			 index;
};

#define JSON_NOTHING	((struct json_value){ NULL, 0 })	/* is missing */

void	json_init(struct json_document *, struct budget *);
void	json_release(struct json_document *);

/*
 * Scans `length` bytes of `text`. A document may be scanned again with another
 * text; its token memory is reused. Returns 0, or -1 with failure, reason and
 * offset set and no tokens. `limits` may be NULL. Uses no recursion.
 */
int	json_scan(struct json_document *, const char *text, size_t length,
	    const struct json_limits *);

/*
 * Scans text into a document that lives in the arena and needs no release: its
 * root, or a missing value when it isn't JSON or there is no memory. For what is
 * small: JSON inside a string, schemas of our own.
 */
struct json_value	json_scan_into(struct arena *, struct text);

/* The whole document's value; JSON_MISSING when it was not scanned. */
struct json_value	json_root(const struct json_document *);

/*
 * Everything below takes a missing value for granted: it is of kind
 * JSON_MISSING, has no members, equals nothing and is empty.
 */
enum json_kind		json_kind(struct json_value);
bool			json_is(struct json_value, enum json_kind);

/* The value of the last member with that (decoded) key; missing if none. */
struct json_value	json_member(struct json_value object, struct text key);

/* A key that is a literal is measured while it is compiled. */
static inline struct json_value
json_get(struct json_value object, const char *key)
{
	return json_member(object, (struct text){ key, strlen(key) });
}

/* The same for several, which differ, in one pass: values[i] is that of keys[i]. */
void	json_members(struct json_value object, const struct text *keys,
	    size_t count, struct json_value *values);

/* The element at `index` of an array, in time proportional to index. */
struct json_value	json_at(struct json_value array, size_t index);

/* How many elements an array, or members an object has; 0 for the rest. */
size_t			json_count(struct json_value);

/*
 * Walks the members of an object or the elements of an array:
 *
 *	struct json_walk walk = json_walk(value);
 *	while (json_next(&walk))
 *		use(walk.key, walk.value);
 *
 * Duplicates are all visited. walk.key is missing for arrays. A value without
 * children, or a closed box, ends at once.
 */
struct json_walk {
	struct json_value	key;
	struct json_value	value;
	uint32_t		index, end;	/* private */
	bool			members;	/* private */
};
struct json_walk	json_walk(struct json_value);
bool			json_next(struct json_walk *);

/* Whether each of its members has a key that, as it stands, `known` knows. */
bool			json_all_known(struct json_value object,
			    bool (*known)(struct escaped));

/* The value's bytes as they stand, quotes and brackets included. */
struct text		json_raw(struct json_value);

/* The elements of an array as they stand, between the brackets. */
struct text		json_inside(struct json_value array);

/* A string's inside; empty for every other kind. */
struct escaped		json_escaped(struct json_value);

/* Whether a string's decoded text is `text`. */
bool			json_says(struct json_value string, struct text);

static inline bool
json_equals(struct json_value string, const char *text)
{
	return json_says(string, (struct text){ text, strlen(text) });
}

/* JSON_TRUE. */
bool			json_true(struct json_value);

/*
 * A number without fraction and exponent, or with ones that leave it whole
 * (1e3, 2.0), that fits: returns 0; else -1 and leaves *out alone.
 */
int			json_int64(struct json_value, int64_t *out);

/*
 * A finite number as a double (for comparing only): 0 or -1. One written with
 * more than 512 bytes is refused.
 */
int			json_double(struct json_value, double *out);

/* Line and column (from 1, in bytes) of an offset, for messages. */
void	json_position(const char *text, size_t offset, size_t *line,
	    size_t *column);

#endif
