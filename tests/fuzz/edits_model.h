#ifndef EDITS_MODEL_H
#define EDITS_MODEL_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edit/edits.h"
#include "json_text.h"

/*
 * What edits should do, said once more in the plainest way: notes per token,
 * and a walk over the values that writes what is left of them without white
 * space. For test_edits.c and fuzz_edits.c.
 */

#define MODEL_TOKENS	2000
#define MODEL_ASKED	64
#define MODEL_OUT_MAX	(1024 * 1024)

struct model {
	struct json_document	*document;
	const char		*replaced[MODEL_TOKENS];
	bool			 deleted[MODEL_TOKENS];	/* keys, elements */
	struct {
		uint32_t	 token;
		const char	*text;	/* into a container or a string */
		bool		 behind;	/* what the container holds */
	} inserts[MODEL_ASKED];
	size_t			 insert_count;
};

static const char *const	model_keys[] = { "a", "model", "x\n", "" };
static const char *const	model_values[] = {
	"7", "\"gpt\"", "[]", "{\"z\":[1,2]}", "null", "\"\\u0041\"",
};
static const char *const	model_texts[] = { "You are", "\\n", "\\\"" };

#define MODEL_COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* Small numbers from bytes; zeros when they are used up. */
struct model_bytes {
	const unsigned char	*at;
	size_t			 length;
};

static inline unsigned int
model_byte(struct model_bytes *bytes)
{
	if (bytes->length == 0)
		return 0;
	bytes->length--;
	return *bytes->at++;
}

static inline void
model_insert(struct model *model, uint32_t token, const char *text)
{
	model->inserts[model->insert_count].token = token;
	model->inserts[model->insert_count].behind = false;
	model->inserts[model->insert_count++].text = text;
}

static inline size_t
model_member(struct model *model, struct json_value object, const char *key,
    const char *replacement)
{
	struct json_walk	walk = json_walk(object);
	size_t			count = 0;

	while (json_next(&walk)) {
		if (!json_equals(walk.key, key))
			continue;
		count++;
		if (replacement != NULL)
			model->replaced[walk.value.index] = replacement;
		else
			model->deleted[walk.key.index] = true;
	}
	return count;
}

static inline void
model_insert_key(struct model *model, struct edits *edits,
    struct json_value object, const char *key, const char *value)
{
	char	*text;

	if (!json_is(object, JSON_OBJECT))
		return;
	text = arena_printf(edits->arena, "\"%s\":%s", key, value);
	model_insert(model, object.index, text);
}

/* A value, not a key, of the document. */
static inline struct json_value
model_pick(struct model *model, struct model_bytes *bytes)
{
	struct json_value	value = json_root(model->document);
	struct json_walk	walk;
	size_t			count, pick;

	while ((count = json_count(value)) > 0) {
		pick = model_byte(bytes) % (count + 1);
		if (pick == count)
			break;
		walk = json_walk(value);
		do
			json_next(&walk);
		while (pick-- > 0);
		value = walk.value;
	}
	return value;
}

/* One random operation, asked of the edits and noted in the model. */
static inline void
model_ask(struct model *model, struct edits *edits, struct model_bytes *bytes)
{
	struct json_value	 value = model_pick(model, bytes), element;
	const char		*key, *json, *text;
	size_t			 pick;

	key = model_keys[model_byte(bytes) % MODEL_COUNT(model_keys)];
	json = model_values[model_byte(bytes) % MODEL_COUNT(model_values)];
	text = model_texts[model_byte(bytes) % MODEL_COUNT(model_texts)];
	pick = model_byte(bytes);
	switch (pick % 8) {
	case 0:
		edits_replace(edits, value, text_of(json));
		model->replaced[value.index] = json;
		break;
	case 1:
		edits_replace_member(edits, value, key, text_of(json));
		model_member(model, value, key, json);
		break;
	case 2:
		edits_delete_member(edits, value, key);
		model_member(model, value, key, NULL);
		break;
	case 3:
		edits_set_member(edits, value, "model", text_of(json));
		if (model_member(model, value, "model", json) == 0)
			model_insert_key(model, edits, value, "model", json);
		break;
	case 4:
		element = json_at(value, pick / 8);
		edits_delete_element(edits, value, element);
		if (!json_is(element, JSON_MISSING))
			model->deleted[element.index] = true;
		break;
	case 5:
		edits_insert_member(edits, value, "new", text_of(json));
		model_insert_key(model, edits, value, "new", json);
		break;
	case 6:
		if (pick / 8 % 2 != 0)
			edits_append_element(edits, value, text_of(json));
		else
			edits_insert_element(edits, value, text_of(json));
		if (json_is(value, JSON_ARRAY)) {
			model_insert(model, value.index, json);
			model->inserts[model->insert_count - 1].behind =
			    pick / 8 % 2 != 0;
		}
		break;
	case 7:
		edits_insert_text(edits, value, escaped_of(text));
		if (json_is(value, JSON_STRING))
			model_insert(model, value.index, text);
		break;
	}
}

static inline void	model_write(struct model *, struct json_value,
			    struct buf *);

/* What was put into a token, with a comma behind each. */
static inline void
model_write_inserts(struct model *model, uint32_t token, struct buf *out,
    bool comma, bool behind)
{
	size_t	i;

	for (i = 0; i < model->insert_count; i++) {
		if (model->inserts[i].token != token ||
		    model->inserts[i].behind != behind)
			continue;
		buf_puts(out, model->inserts[i].text);
		if (comma)
			buf_putc(out, ',');
	}
}

static inline void
model_write_container(struct model *model, struct json_value value,
    struct buf *out)
{
	struct json_walk	walk = json_walk(value);

	buf_putc(out, json_is(value, JSON_OBJECT) ? '{' : '[');
	model_write_inserts(model, value.index, out, true, false);
	while (json_next(&walk)) {
		if (model->deleted[walk.members ? walk.key.index :
		    walk.value.index])
			continue;
		if (walk.members) {
			buf_add(out, json_raw(walk.key).at,
			    json_raw(walk.key).length);
			buf_putc(out, ':');
		}
		model_write(model, walk.value, out);
		buf_putc(out, ',');
	}
	model_write_inserts(model, value.index, out, true, true);
	if (out->at[out->length - 1] == ',')
		out->length--;
	buf_putc(out, json_is(value, JSON_OBJECT) ? '}' : ']');
}

static inline void
model_write(struct model *model, struct json_value value, struct buf *out)
{
	struct escaped	inside = json_escaped(value);

	if (model->replaced[value.index] != NULL) {
		buf_puts(out, model->replaced[value.index]);
	} else if (json_is(value, JSON_OBJECT) || json_is(value, JSON_ARRAY)) {
		model_write_container(model, value, out);
	} else if (json_is(value, JSON_STRING)) {
		buf_putc(out, '"');
		model_write_inserts(model, value.index, out, false, false);
		buf_add(out, inside.at, inside.length);
		buf_putc(out, '"');
	} else {
		buf_add(out, json_raw(value).at, json_raw(value).length);
	}
}

/* Reads finished edits in pieces; their number of bytes must be foretold. */
static inline void
model_read(const struct edits *edits, struct buf *out, size_t piece)
{
	struct edits_reader	reader;
	size_t			length;
	char			at[64];

	edits_rewind(&reader, edits);
	edits_read(&reader, at, piece);
	edits_rewind(&reader, edits);
	while ((length = edits_read(&reader, at, piece)) > 0)
		buf_add(out, at, length);
	if (out->length != edits->length)
		abort();
}

/*
 * Edits `text` as `bytes` say, and aborts when the result is not what the model
 * says. Texts that are not JSON, or too large for the model, are left alone.
 */
static inline void
model_check(const char *text, size_t length, struct model_bytes bytes)
{
	static struct model	model, unchanged;
	struct json_document	document, edited;
	struct edits		edits;
	struct arena		arena;
	struct buf		result, compact, expected;
	unsigned int		asked, piece;

	memset(&model, 0, sizeof(model));
	json_init(&document, NULL);
	json_init(&edited, NULL);
	arena_init(&arena, 1024 * 1024, NULL);
	buf_init(&result, MODEL_OUT_MAX, NULL);
	buf_init(&compact, MODEL_OUT_MAX, NULL);
	buf_init(&expected, MODEL_OUT_MAX, NULL);
	if (json_scan(&document, text, length, NULL) == 0 &&
	    document.count <= MODEL_TOKENS) {
		model.document = &document;
		edits_start(&edits, &document, &arena);
		piece = 1 + model_byte(&bytes) % 64;
		asked = model_byte(&bytes) % MODEL_ASKED;
		while (asked-- > 0)
			model_ask(&model, &edits, &bytes);
		model_write(&model, json_root(&document), &expected);
		if (edits_finish(&edits) == -1)
			abort();
		model_read(&edits, &result, piece);
		if (json_scan(&edited, result.at, result.length, NULL) == -1 ||
		    edited.count > MODEL_TOKENS)
			abort();
		unchanged.document = &edited;
		model_write(&unchanged, json_root(&edited), &compact);
		if (strcmp(compact.at, expected.at) != 0) {
			fprintf(stderr, "%.*s\nedited: %s\nexpected: %s\n",
			    (int)length, text, result.at, expected.at);
			abort();
		}
	}
	buf_release(&expected);
	buf_release(&compact);
	buf_release(&result);
	arena_release(&arena);
	json_release(&edited);
	json_release(&document);
}

#endif
