#ifndef JSON_WRITE_H
#define JSON_WRITE_H

#include "buf.h"
#include "json.h"

/*
 * JSON written as text into a buf, comma and colon placed by the writer, with
 * no tree in between. Spans of other documents are first-class: json_put_value()
 * copies a value as it stands, json_put_escaped() the inside of a string.
 *
 *	struct json_write w;
 *	json_write_start(&w, out);
 *	json_put_object(&w);
 *	json_put_key(&w, "model");
 *	json_put_string(&w, "gpt");
 *	json_put_end(&w);
 *	if (json_write_finish(&w) == -1) ...
 *
 * Nesting mistakes (a value without key, an end too many) are our own bugs and
 * assert. A full buf is remembered and told by json_write_finish() alone.
 */
struct json_write {
	struct buf	*out;		/* borrowed */
	uint32_t	 depth;		/* open containers */
	uint64_t	 objects[3];	/* bit per depth: an object? */
	uint64_t	 filled[3];	/* bit per depth: something in it? */
	bool		 keyed;		/* a key waits for its value */
	bool		 in_string;	/* between string_start and string_end */
};

void	json_write_start(struct json_write *, struct buf *out);

/* 0 when all containers are closed and everything fitted, else -1. */
int	json_write_finish(struct json_write *);

void	json_put_object(struct json_write *);
void	json_put_array(struct json_write *);
void	json_put_end(struct json_write *);	/* of the innermost one */

void	json_put_key(struct json_write *, const char *key); /* plain ASCII */
void	json_put_key_escaped(struct json_write *, struct escaped);

void	json_put_string(struct json_write *, const char *);	/* decoded */
void	json_put_text(struct json_write *, struct text);	/* decoded */
void	json_put_escaped(struct json_write *, struct escaped);

/* A string made of several pieces: start, any number of adds, end. */
void	json_put_string_start(struct json_write *);
void	json_add_text(struct json_write *, struct text);
void	json_add_escaped(struct json_write *, struct escaped);
void	json_put_string_end(struct json_write *);

void	json_put_int(struct json_write *, int64_t);
void	json_put_null(struct json_write *);

/* A value that is already JSON: of a document, or as text; null if missing. */
void	json_put_value(struct json_write *, struct json_value);
void	json_put_raw(struct json_write *, struct text);

/*
 * A shape: JSON as it is to be written, with ' for " and a slot for each value
 * that isn't known before. It may begin and end anywhere between tokens, or in a
 * string; only what it begins with is parted from what stands before it.
 *
 *	json_put(w, "{'type':'message','id':%t,'content':[", id);
 *	for (...)
 *		json_put(w, "{'type':'text','text':%e}", text);
 *	json_put(w, "],'usage':{'input':%d}}", tokens);
 *
 *	%s const char *		%t struct text		strings, decoded
 *	%e struct escaped	%n struct escaped, null when it is empty
 *	%d int64_t		%u unsigned		%b bool
 *	%r struct text: JSON as json_put_raw()		%v struct json_value
 *
 * Inside of a string, %s %t %e %d %u have no quotes of their own: "'id_%t%u'".
 */
void	json_put(struct json_write *, const char *shape, ...);

/* A number's digits in `room`, a NUL behind them. */
#define JSON_DIGITS	24
struct text json_digits(char room[JSON_DIGITS], int64_t);

/* "key":value in one go. json_member_value() writes nothing if missing. */
void	json_member_string(struct json_write *, const char *key, const char *);
void	json_member_text(struct json_write *, const char *key, struct text);
void	json_member_escaped(struct json_write *, const char *key,
	    struct escaped);
void	json_member_int(struct json_write *, const char *key, int64_t);
void	json_member_bool(struct json_write *, const char *key, bool);
void	json_member_null(struct json_write *, const char *key);
void	json_member_value(struct json_write *, const char *key,
	    struct json_value);
void	json_member_raw(struct json_write *, const char *key, struct text);

#endif
