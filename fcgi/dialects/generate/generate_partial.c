#include "build.h"

#include <ctype.h>
#include <string.h>

#include "generate_convert.h"
#include "json_text.h"

/* A path is of an agent's tool call, and no deeper than its schema. */
#define DEPTH_MAX	64
#define CHILDREN_MAX	4096		/* of one object or array */
#define NODES_MAX	100000

/* Text of a string, as it came: escaped, and copied. */
struct span {
	struct span	*next;
	struct text	 text;
};

enum node_kind {
	NODE_UNSET,
	NODE_OBJECT,
	NODE_ARRAY,
	NODE_STRING,		/* `spans` */
	NODE_VALUE,		/* `value` is its JSON */
};

struct generate_node {
	struct generate_node	*next, *first, *last;	/* of its children */
	enum node_kind		 kind;
	struct text		 key;		/* of an object's child */
	size_t			 children;
	struct span		*spans, *last_span;
	struct text		 value;
};

static struct generate_node *
add_child(struct generate_partial *partial, struct generate_node *parent,
    struct text key)
{
	struct generate_node	*node;

	if (parent->children == CHILDREN_MAX ||
	    partial->nodes++ == NODES_MAX)
		return NULL;
	node = arena_calloc(partial->arena, 1, sizeof(*node));
	if (node == NULL)
		return NULL;
	node->key = key;
	if (parent->last == NULL)
		parent->first = node;
	else
		parent->last->next = node;
	parent->last = node;
	parent->children++;
	return node;
}

/* The child of that name, made if it isn't there; NULL: it is no object. */
static struct generate_node *
member(struct generate_partial *partial, struct generate_node *node,
    struct text key)
{
	struct generate_node	*child;

	if (node->kind == NODE_UNSET)
		node->kind = NODE_OBJECT;
	if (node->kind != NODE_OBJECT)
		return NULL;
	for (child = node->first; child != NULL; child = child->next)
		if (text_same(child->key, key))
			return child;
	return add_child(partial, node, key);
}

static struct generate_node *
element(struct generate_partial *partial, struct generate_node *node,
    size_t index)
{
	struct generate_node	*child;

	if (node->kind == NODE_UNSET)
		node->kind = NODE_ARRAY;
	if (node->kind != NODE_ARRAY || index > CHILDREN_MAX)
		return NULL;
	while (node->children <= index)
		if (add_child(partial, node, (struct text){ "", 0 }) == NULL)
			return NULL;
	for (child = node->first; index > 0; index--)
		child = child->next;
	return child;
}

/* The name in brackets: ['a b'] or ["a b"], where \ takes the next as it is. */
static struct generate_node *
quoted(struct generate_partial *partial, struct generate_node *node,
    const char **at)
{
	char	 quote = *(*at)++;
	char	*name = arena_alloc(partial->arena, strlen(*at) + 1);
	size_t	 length = 0;

	if (name == NULL)
		return NULL;
	for (; **at != quote; (*at)++) {
		if (**at == '\\')
			(*at)++;
		if (**at == '\0')
			return NULL;
		name[length++] = **at;
	}
	(*at)++;
	return member(partial, node, (struct text){ name, length });
}

/* One step of the path behind *at, which is moved. NULL: it is none. */
static struct generate_node *
step(struct generate_partial *partial, struct generate_node *node,
    const char **at)
{
	struct text	name;
	size_t		index = 0;

	if (**at == '.') {
		name.at = ++*at;
		name.length = strcspn(*at, ".[");
		*at += name.length;
		return name.length == 0 ? NULL : member(partial, node, name);
	}
	if (*(*at)++ != '[')
		return NULL;
	if (**at == '\'' || **at == '"') {
		node = quoted(partial, node, at);
	} else {
		if (!isdigit((unsigned char)**at))
			return NULL;
		for (; isdigit((unsigned char)**at) && index <= CHILDREN_MAX;
		    (*at)++)
			index = index * 10 + (size_t)(**at - '0');
		node = element(partial, node, index);
	}
	return node == NULL || *(*at)++ != ']' ? NULL : node;
}

/* RFC 9535, of which a value's place needs names and indexes: $.a[0]['b c'] */
static struct generate_node *
find(struct generate_partial *partial, const char *path)
{
	struct generate_node	*node;
	int			 depth;

	if (partial->root == NULL)
		partial->root = arena_calloc(partial->arena, 1, sizeof(*node));
	node = partial->root;
	if (node == NULL || path == NULL || *path != '$')
		return NULL;
	path++;
	node->kind = NODE_OBJECT;
	for (depth = 0; node != NULL && *path != '\0'; depth++)
		node = depth == DEPTH_MAX ? NULL : step(partial, node, &path);
	return node == partial->root ? NULL : node;
}

static struct text
copy(struct arena *arena, struct text text)
{
	char	*at = arena_memdup(arena, text.at, text.length);

	return (struct text){ at == NULL ? "" : at,
	    at == NULL ? 0 : text.length };
}

static int
add_string(struct generate_partial *partial, struct generate_node *node,
    struct escaped text)
{
	struct span	*span;

	if (node->kind == NODE_UNSET)
		node->kind = NODE_STRING;
	span = arena_calloc(partial->arena, 1, sizeof(*span));
	if (node->kind != NODE_STRING || span == NULL)
		return -1;
	span->text = copy(partial->arena, (struct text){ text.at,
	    text.length });
	if (node->last_span == NULL)
		node->spans = span;
	else
		node->last_span->next = span;
	node->last_span = span;
	return partial->arena->failed ? -1 : 0;
}

int
generate_partial_add(struct generate_partial *partial, struct json_value piece)
{
	static const char *const	values[] = { "numberValue", "boolValue" };
	struct json_value		value = json_get(piece, "stringValue");
	struct generate_node		*node;
	size_t				 i;

	node = find(partial, text_decode_string(partial->arena,
	    json_escaped(json_get(piece, "jsonPath"))));
	if (node == NULL)
		return -1;
	if (json_is(value, JSON_STRING))
		return add_string(partial, node, json_escaped(value));
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		value = json_get(piece, values[i]);
		if (json_kind(value) > JSON_NULL)
			break;
	}
	if (i == sizeof(values) / sizeof(values[0]) &&
	    json_is(json_get(piece, "nullValue"), JSON_MISSING))
		return 0;		/* more of it will come */
	if (node->kind != NODE_UNSET && node->kind != NODE_VALUE)
		return -1;
	node->kind = NODE_VALUE;
	node->value = json_kind(value) <= JSON_NULL ? text_of("null") :
	    copy(partial->arena, json_raw(value));
	return node->value.length == 0 ? -1 : 0;
}

static void
write_node(struct json_write *w, const struct generate_node *node)
{
	const struct generate_node	*child;
	const struct span		*span;

	switch (node->kind) {
	case NODE_OBJECT:
		json_put_object(w);
		for (child = node->first; child != NULL; child = child->next) {
			json_put(w, "'%t':", child->key);
			write_node(w, child);
		}
		json_put_end(w);
		break;
	case NODE_ARRAY:
		json_put_array(w);
		for (child = node->first; child != NULL; child = child->next)
			write_node(w, child);
		json_put_end(w);
		break;
	case NODE_STRING:
		json_put_string_start(w);
		for (span = node->spans; span != NULL; span = span->next)
			json_add_escaped(w, (struct escaped){ span->text.at,
			    span->text.length });
		json_put_string_end(w);
		break;
	case NODE_VALUE:
		json_put_raw(w, node->value);
		break;
	case NODE_UNSET:
		json_put_null(w);
		break;
	}
}

struct text
generate_partial_text(const struct generate_partial *partial,
    size_t max, struct budget *budget)
{
	struct json_write	w;
	struct buf		out;
	struct text		text = { "", 0 };

	buf_init(&out, max, budget);
	json_write_start(&w, &out);
	write_node(&w, partial->root);
	if (json_write_finish(&w) == 0)
		text = copy(partial->arena, (struct text){ out.at,
		    out.length });
	buf_release(&out);
	return text;
}
