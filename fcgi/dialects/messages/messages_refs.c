#include "build.h"

#include "encoding.h"
#include "json_text.h"
#include "messages_refs.h"

#define SCHEMA_MAX	((size_t)1024 * 1024)
#define POINTER_MAX	((size_t)1024)

/* One character of a pointer (RFC 6901) in a URL; how many bytes it takes. */
static size_t
read_character(struct text pointer, char *c)
{
	int	byte = percent_byte(pointer.at, pointer.length);

	*c = byte >= 0 ? (char)byte : pointer.at[0];
	if (byte >= 0)
		return 3;
	if (*c != '~' || pointer.length < 2)
		return 1;
	*c = pointer.at[1] == '1' ? '/' : '~';
	return 2;
}

/* Takes "/name" from the front; the name is decoded into `room`. */
static struct text
take_name(struct text *pointer, char room[POINTER_MAX])
{
	size_t	at = 1, length = 0;

	while (at < pointer->length && pointer->at[at] != '/')
		at += read_character((struct text){ pointer->at + at,
		    pointer->length - at }, &room[length++]);
	pointer->at += at;
	pointer->length -= at;
	return (struct text){ room, length };
}

static struct json_value
element_at(struct json_value array, struct text name)
{
	size_t	i, index = 0;

	if (name.length == 0 || name.length > 6)
		return JSON_NOTHING;
	for (i = 0; i < name.length; i++) {
		if (name.at[i] < '0' || name.at[i] > '9')
			return JSON_NOTHING;
		index = index * 10 + (size_t)(name.at[i] - '0');
	}
	return json_at(array, index);
}

static struct json_value
follow(struct json_value root, struct text ref)
{
	struct json_value	value = root;
	struct text		pointer, name;
	char			room[POINTER_MAX];

	if (ref.length == 0 || ref.at[0] != '#')
		return JSON_NOTHING;
	pointer = (struct text){ ref.at + 1, ref.length - 1 };
	while (pointer.length > 0 && !json_is(value, JSON_MISSING)) {
		if (pointer.at[0] != '/')
			return JSON_NOTHING;
		name = take_name(&pointer, room);
		value = json_is(value, JSON_ARRAY) ?
		    element_at(value, name) : json_member(value, name);
	}
	return value;
}

static void
add(struct refs *refs, struct json_value root, struct json_value value)
{
	struct ref	*ref = &refs->refs[refs->count];
	struct buf	 decoded;

	if (refs->count == MESSAGES_REFS_MAX) {
		refs->full = true;
		return;
	}
	*ref = (struct ref){ .at = json_raw(value).at };
	buf_init(&decoded, POINTER_MAX, NULL);
	if (text_decode_into(&decoded, json_escaped(value), NULL) == 0)
		ref->target = json_raw(follow(root, (struct text){
		    decoded.at, decoded.length }));
	buf_release(&decoded);
	refs->count++;
}

/* Wherever they stand: one in what is no schema does no harm. */
static void
collect(struct refs *refs, struct json_value root, struct json_value value)
{
	struct json_walk	walk = json_walk(value);

	while (json_next(&walk))
		if (!json_is(walk.value, JSON_STRING))
			collect(refs, root, walk.value);
		else if (json_equals(walk.key, "$ref"))
			add(refs, root, walk.value);
}

static bool
holds(struct text schema, const struct ref *ref)
{
	return schema.length > 0 && ref->at >= schema.at &&
	    ref->at < schema.at + schema.length;
}

/* No deeper than there are refs: each is entered once. */
static void
visit(struct refs *refs, struct ref *ref)
{
	size_t	i;

	ref->state = REF_ENTERED;
	for (i = 0; i < refs->count; i++)
		if (refs->refs[i].state == REF_ENTERED &&
		    holds(ref->target, &refs->refs[i])) {
			ref->state = REF_CLOSING;
			return;
		}
	for (i = 0; i < refs->count; i++)
		if (refs->refs[i].state == REF_NEW &&
		    holds(ref->target, &refs->refs[i]))
			visit(refs, &refs->refs[i]);
	ref->state = REF_LEFT;
}

void
messages_refs_find(struct refs *refs, struct json_value schema)
{
	size_t	i;

	refs->count = 0;
	refs->full = json_raw(schema).length > SCHEMA_MAX;
	if (refs->full)
		return;
	collect(refs, schema, schema);
	for (i = 0; i < refs->count; i++)
		if (refs->refs[i].state == REF_NEW)
			visit(refs, &refs->refs[i]);
}

bool
messages_refs_enter(const struct refs *refs, struct json_value part)
{
	struct text	raw = json_raw(part);
	size_t		i;

	for (i = 0; i < refs->count; i++)
		if (refs->refs[i].target.length > 0 &&
		    refs->refs[i].target.at >= raw.at &&
		    refs->refs[i].target.at < raw.at + raw.length)
			return true;
	return refs->full;
}

bool
messages_ref_recurs(const struct refs *refs, struct json_value ref)
{
	const char	*at = json_raw(ref).at;
	size_t		 i;

	for (i = 0; i < refs->count; i++)
		if (refs->refs[i].at == at)
			return refs->refs[i].state == REF_CLOSING;
	return refs->full;
}
