#include "build.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "edits.h"
#include "splice.h"

/* What was asked for, by tokens. */
struct edit {
	struct edit	*older;
	enum edit_kind	 kind;
	uint32_t	 token;	/* container, value or string */
	uint32_t	 child;	/* to delete: its first token */
	size_t		 order;	/* of asking */
	struct text	 with;
};

void
edits_start(struct edits *edits, const struct json_document *document,
    struct arena *arena)
{
	memset(edits, 0, sizeof(*edits));
	edits->document = document;
	edits->arena = arena;
	edits->body.at = document->text;
	edits->body.length = document->length;
}

void
edits_plain(struct edits *edits, struct text body)
{
	memset(edits, 0, sizeof(*edits));
	edits->body = body;
	edits->length = body.length;
}

int
edits_plain_but(struct edits *edits, struct text body, struct text span,
    struct text with, struct arena *arena)
{
	edits_plain(edits, body);
	edits->splices = arena_calloc(arena, 1, sizeof(*edits->splices));
	if (edits->splices == NULL)
		return -1;
	edits->splices[0] = (struct splice){ (size_t)(span.at - body.at),
	    span.length, with, EDIT_REPLACE, 0 };
	edits->count = 1;
	edits->length += with.length - span.length;
	return 0;
}

static void
edits_add(struct edits *edits, enum edit_kind kind, struct json_value value,
    uint32_t child, struct text with)
{
	struct edit	*edit = arena_alloc(edits->arena, sizeof(*edit));

	if (edit == NULL) {
		edits->failed = true;
		return;
	}
	edit->older = edits->newest;
	edit->kind = kind;
	edit->token = value.index;
	edit->child = child;
	edit->order = edits->asked++;
	edit->with = with;
	edits->newest = edit;
}

void
edits_replace(struct edits *edits, struct json_value value, struct text json)
{
	if (!json_is(value, JSON_MISSING))
		edits_add(edits, EDIT_REPLACE, value, 0, json);
}

size_t
edits_replace_member(struct edits *edits, struct json_value object,
    const char *key, struct text json)
{
	struct json_walk	walk = json_walk(object);
	size_t			count = 0;

	while (json_next(&walk))
		if (json_equals(walk.key, key)) {
			edits_replace(edits, walk.value, json);
			count++;
		}
	return count;
}

size_t
edits_delete_member(struct edits *edits, struct json_value object,
    const char *key)
{
	struct json_walk	walk = json_walk(object);
	struct text		nothing = { "", 0 };
	size_t			count = 0;

	while (json_next(&walk))
		if (json_equals(walk.key, key)) {
			edits_add(edits, EDIT_DELETE, object, walk.key.index,
			    nothing);
			count++;
		}
	return count;
}

void
edits_set_member(struct edits *edits, struct json_value object,
    const char *key, struct text json)
{
	if (edits_replace_member(edits, object, key, json) == 0)
		edits_insert_member(edits, object, key, json);
}

void
edits_delete_element(struct edits *edits, struct json_value array,
    struct json_value element)
{
	struct text	nothing = { "", 0 };

	if (json_is(array, JSON_ARRAY) && !json_is(element, JSON_MISSING))
		edits_add(edits, EDIT_DELETE, array, element.index, nothing);
}

/* Composes `before`, the text and, but for EDIT_APPEND, a comma. */
static void
edits_insert(struct edits *edits, enum edit_kind kind,
    struct json_value container, struct text before, struct text json)
{
	struct text	with;
	char		*at;

	with.length = before.length + json.length + 1;
	at = arena_alloc(edits->arena, with.length);
	if (at == NULL) {
		edits->failed = true;
		return;
	}
	with.at = at;
	memcpy(at, before.at, before.length);
	memcpy(at + before.length, json.at, json.length);
	at[with.length - 1] = ',';
	with.length -= kind == EDIT_APPEND;
	edits_add(edits, kind, container, 0, with);
}

void
edits_insert_member(struct edits *edits, struct json_value object,
    const char *key, struct text json)
{
	struct text	before;

	if (!json_is(object, JSON_OBJECT))
		return;
	before.at = arena_printf(edits->arena, "\"%s\":", key);
	if (before.at == NULL) {
		edits->failed = true;
		return;
	}
	before.length = strlen(before.at);
	edits_insert(edits, EDIT_INSERT, object, before, json);
}

void
edits_insert_element(struct edits *edits, struct json_value array,
    struct text json)
{
	struct text	nothing = { "", 0 };

	if (json_is(array, JSON_ARRAY))
		edits_insert(edits, EDIT_INSERT, array, nothing, json);
}

void
edits_insert_before(struct edits *edits, struct json_value element,
    struct text json)
{
	struct text	nothing = { "", 0 };

	if (!json_is(element, JSON_MISSING))
		edits_insert(edits, EDIT_BEFORE, element, nothing, json);
}

void
edits_append_element(struct edits *edits, struct json_value array,
    struct text json)
{
	struct text	comma = { ",", 1 };

	if (json_is(array, JSON_ARRAY))
		edits_insert(edits, EDIT_APPEND, array, comma, json);
}

void
edits_insert_text(struct edits *edits, struct json_value string,
    struct escaped escaped)
{
	struct text	with = { escaped.at, escaped.length };

	if (json_is(string, JSON_STRING) && with.length > 0)
		edits_add(edits, EDIT_INSERT_TEXT, string, 0, with);
}

static void
splice_add(struct edits *edits, const struct edit *edit, size_t offset,
    size_t length, struct text with)
{
	struct splice	*splice = &edits->splices[edits->count++];

	splice->offset = offset;
	splice->length = length;
	splice->with = with;
	splice->kind = edit->kind;
	splice->order = edit->order + edits->asked * (edit->kind == EDIT_APPEND);
}

static size_t
token_end(const struct edits *edits, uint32_t index)
{
	const struct json_token	*token = &edits->document->tokens[index];

	return (size_t)token->offset + token->length;
}

/* Whether nothing but white space is between a container's brackets. */
static bool
container_is_empty(const struct edits *edits, uint32_t index)
{
	const char	*at = edits->body.at;
	size_t		 offset = edits->document->tokens[index].offset + 1;

	while (strchr(" \t\r\n", at[offset]) != NULL)
		offset++;
	return at[offset] == ']' || at[offset] == '}';
}

/*
 * Deletes children of one container; `edit` to `end` is sorted by child. A run
 * of neighbours takes the comma behind it along, the last run the one before it.
 * Returns how many children are left.
 */
static size_t
splice_deletes(struct edits *edits, const struct edit *edit,
    const struct edit *end)
{
	static const struct text nothing = { "", 0 };
	const struct json_token	*tokens = edits->document->tokens;
	const struct edit	*run = NULL;
	uint32_t		 child = edit->token + 1, value;
	uint32_t		 last = tokens[edit->token].next;
	bool			 keyed = tokens[edit->token].kind == JSON_OBJECT;
	size_t			 left = 0, start = 0, kept_end = 0, run_end = 0;

	for (; child < last; child = tokens[value].next) {
		value = child + keyed;
		while (edit < end && edit->child < child)
			edit++;
		if (edit < end && edit->child == child) {
			if (run == NULL)
				start = tokens[child].offset;
			run = edit;
			run_end = token_end(edits, value);
			continue;
		}
		if (run != NULL)
			splice_add(edits, run, start,
			    tokens[child].offset - start, nothing);
		run = NULL;
		kept_end = token_end(edits, value);
		left++;
	}
	if (run != NULL && left > 0)
		start = kept_end;
	if (run != NULL)
		splice_add(edits, run, start, run_end - start, nothing);
	return left;
}

/* All deletes of one container, then all that is put in front and behind. */
static void
splice_container(struct edits *edits, const struct edit *edit,
    const struct edit *end)
{
	size_t			 front, behind;
	const struct edit	*at = edit;
	bool			 empty, alone;

	front = edits->document->tokens[edit->token].offset + 1;
	behind = token_end(edits, edit->token) - 1;
	while (at < end && at->kind == EDIT_DELETE)
		at++;
	if (at > edit)
		empty = splice_deletes(edits, edit, at) == 0;
	else
		empty = container_is_empty(edits, edit->token);
	for (; at < end && at->kind == EDIT_INSERT; at++) {
		alone = empty && (at + 1 == end || at[1].kind != EDIT_INSERT);
		splice_add(edits, at, front, 0, (struct text){ at->with.at,
		    at->with.length - alone });
		empty = empty && !alone;
	}
	for (; at < end; at++, empty = false)
		splice_add(edits, at, behind, 0, (struct text){
		    at->with.at + empty, at->with.length - empty });
}

static void
splice_value(struct edits *edits, const struct edit *edit)
{
	const struct json_token	*token = &edits->document->tokens[edit->token];
	size_t			 inside = edit->kind == EDIT_INSERT_TEXT;

	splice_add(edits, edit, token->offset + inside, edit->kind ==
	    EDIT_REPLACE ? token->length : 0, edit->with);
}

static int
compare(size_t one, size_t other)
{
	return one < other ? -1 : one > other;
}

/* What is done to one token together: by kind, then child, then as asked. */
static int
edit_compare(const void *a, const void *b)
{
	const struct edit	*one = a, *other = b;
	int			 result = compare(one->token, other->token);

	if (result == 0)
		result = compare(one->kind, other->kind);
	if (result == 0)
		result = compare(one->child, other->child);
	return result != 0 ? result : compare(one->order, other->order);
}

/*
 * By place. There what only puts in comes first, as asked; then the longest,
 * which swallows the rest; of two as long deleting, else what was asked last.
 */
static int
splice_compare(const void *a, const void *b)
{
	const struct splice	*one = a, *other = b;
	int			 result = compare(one->offset, other->offset);

	if (result != 0)
		return result;
	if (one->length == 0 || other->length == 0)
		return one->length == other->length ?
		    compare(one->order, other->order) :
		    compare(one->length, other->length);
	result = compare(other->length, one->length);
	if (result == 0)
		result = compare(one->kind, other->kind);
	return result != 0 ? result : compare(other->order, one->order);
}

/* Drops what lies inside of what was removed; adds up the length. */
static void
splices_settle(struct edits *edits)
{
	struct splice	*splices = edits->splices;
	size_t		 i, count = 0, end = 0;

	edits->length = edits->body.length;
	for (i = 0; i < edits->count; i++) {
		if (splices[i].offset < end)
			continue;
		end = splices[i].offset + splices[i].length;
		edits->length += splices[i].with.length;
		edits->length -= splices[i].length;
		splices[count++] = splices[i];
	}
	edits->count = count;
}

/* The list as an array, sorted by edit_compare(). */
static struct edit *
edits_sort(struct edits *edits)
{
	struct edit	*sorted, *edit;
	size_t		 i = 0;

	sorted = arena_calloc(edits->arena, edits->asked, sizeof(*sorted));
	if (sorted == NULL)
		return NULL;
	for (edit = edits->newest; edit != NULL; edit = edit->older)
		sorted[i++] = *edit;
	qsort(sorted, edits->asked, sizeof(*sorted), edit_compare);
	return sorted;
}

static bool
is_deleted(const struct edits *edits, struct json_value array,
    struct json_value element)
{
	const struct edit	*edit = edits->newest;

	while (edit != NULL && (edit->kind != EDIT_DELETE ||
	    edit->token != array.index || edit->child != element.index))
		edit = edit->older;
	return edit != NULL;
}

/* Many may be deleted at the end: one pass, beside their sorted list. */
struct json_value
edits_last_element(struct edits *edits, struct json_value array)
{
	struct json_walk	 walk = json_walk(array);
	struct json_value	 last = JSON_NOTHING;
	const struct edit	*edit, *end;

	if (json_count(array) > 0)
		last = json_at(array, json_count(array) - 1);
	if (!is_deleted(edits, array, last))
		return last;
	last = JSON_NOTHING;
	edit = edits_sort(edits);
	if (edit == NULL) {
		edits->failed = true;
		return last;
	}
	end = edit + edits->asked;
	while (edit < end && edit->token < array.index)
		edit++;
	while (json_next(&walk)) {
		while (edit < end && edit->child < walk.value.index)
			edit++;
		if (edit == end || edit->child != walk.value.index)
			last = walk.value;
	}
	return last;
}

int
edits_finish(struct edits *edits)
{
	const struct edit	*edit, *end, *next;

	edits->length = edits->body.length;
	if (edits->failed)
		return -1;
	if (edits->asked == 0)
		return 0;
	edit = edits_sort(edits);
	edits->splices = arena_calloc(edits->arena, edits->asked,
	    sizeof(*edits->splices));
	if (edit == NULL || edits->splices == NULL) {
		edits->failed = true;
		return -1;
	}
	for (end = edit + edits->asked; edit < end; edit = next) {
		next = edit + 1;
		if (edit->kind > EDIT_APPEND) {
			splice_value(edits, edit);
			continue;
		}
		while (next < end && next->token == edit->token &&
		    next->kind <= EDIT_APPEND)
			next++;
		splice_container(edits, edit, next);
	}
	qsort(edits->splices, edits->count, sizeof(*edits->splices),
	    splice_compare);
	splices_settle(edits);
	edits->document = NULL;
	return 0;
}
