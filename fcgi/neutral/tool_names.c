#include "build.h"

#include <string.h>

#include "encoding.h"
#include "json_text.h"
#include "tool_names.h"

/* Copies with every byte that doesn't fit replaced; false if there was one. */
static bool
copy_fitting(char *to, const char *from, size_t length)
{
	bool	all = true;
	size_t	i;

	for (i = 0; i < length; i++) {
		to[i] = from[i];
		if (memchr(base64url_digits, from[i], 64) == NULL) {
			to[i] = '_';
			all = false;
		}
	}
	return all;
}

static bool
fits(struct text text, size_t max)
{
	size_t	i;

	if (text.length == 0 || text.length > max)
		return false;
	for (i = 0; i < text.length; i++)
		if (memchr(base64url_digits, text.at[i], 64) == NULL)
			return false;
	return true;
}

struct text
id_hashed(struct arena *arena, struct text whole, uint64_t hash, size_t max)
{
	size_t	 keep = max - NAME_HASH_LENGTH - 1;
	char	*to;

	if (keep > whole.length)
		keep = whole.length;
	to = arena_alloc(arena, keep + 1 + NAME_HASH_LENGTH);
	if (to == NULL)
		return (struct text){ "", 0 };
	copy_fitting(to, whole.at, keep);
	to[keep] = '_';
	name_hash_write(to + keep + 1, hash);
	return (struct text){ to, keep + 1 + NAME_HASH_LENGTH };
}

struct text
id_fit(struct arena *arena, struct text id, size_t max)
{
	if (fits(id, max))
		return id;
	return id_hashed(arena, id, name_hash(0, id), max);
}

void
tool_names_init(struct tool_names *names, struct arena *arena)
{
	memset(names, 0, sizeof(*names));
	names->arena = arena;
	text_table_init(&names->declared, arena);
	text_table_init(&names->wires, arena);
	text_table_init(&names->calls, arena);
}

const struct tool_name *
tool_names_declared(const struct tool_names *names, struct text namespace_name,
    struct text name)
{
	return text_table_find(&names->declared, namespace_name, name);
}

const struct tool_name *
tool_names_find(const struct tool_names *names, struct text wire)
{
	return text_table_find(&names->wires, wire, (struct text){ "", 0 });
}

const char *
tool_names_joint(struct text namespace_name)
{
	size_t	length = namespace_name.length;

	return length == 0 || (length > 2 &&
	    memcmp(namespace_name.at + length - 2, "__", 2) == 0) ? "" : "__";
}

static struct text
joined(struct arena *arena, struct text namespace_name, struct text name)
{
	const char	*joint = tool_names_joint(namespace_name);
	size_t		 between = strlen(joint);
	size_t		 length = namespace_name.length + between +
			    name.length;
	char		*to;

	if (namespace_name.length == 0)
		return name;
	to = arena_alloc(arena, length);
	if (to == NULL)
		return (struct text){ "", 0 };
	memcpy(to, namespace_name.at, namespace_name.length);
	memcpy(to + namespace_name.length, joint, between);
	if (name.length > 0)
		memcpy(to + namespace_name.length + between, name.at,
		    name.length);
	return (struct text){ to, length };
}

struct text
tool_names_wire(struct tool_names *names, struct text namespace_name,
    struct text name, size_t max)
{
	const struct tool_name	*entry;
	struct text		 whole;
	uint64_t		 hash;

	entry = tool_names_declared(names, namespace_name, name);
	if (entry != NULL)
		return entry->wire;
	whole = joined(names->arena, namespace_name, name);
	if (fits(whole, max) && tool_names_find(names, whole) == NULL)
		return whole;
	hash = name_hash(name_hash(1, namespace_name), name);
	return id_hashed(names->arena, whole, hash, max);
}

static struct text
kept(struct arena *arena, struct text text)
{
	char	*copy = arena_memdup(arena, text.at, text.length);

	return (struct text){ copy == NULL ? "" : copy,
	    copy == NULL ? 0 : text.length };
}

struct text
tool_names_declare(struct tool_names *names, enum tool_kind kind,
    struct text namespace_name, struct text name, size_t max)
{
	const struct tool_name	*found;
	struct tool_name	*entry;

	found = tool_names_declared(names, namespace_name, name);
	if (found != NULL)
		return found->wire;
	entry = arena_calloc(names->arena, 1, sizeof(*entry));
	if (entry == NULL)
		return (struct text){ "", 0 };
	entry->kind = kind;
	entry->wire = kept(names->arena,
	    tool_names_wire(names, namespace_name, name, max));
	entry->name = kept(names->arena, name);
	entry->namespace_name = kept(names->arena, namespace_name);
	if (names->arena->failed)
		return (struct text){ "", 0 };
	if (text_table_add(&names->declared, entry->namespace_name,
	    entry->name, entry) == -1 || text_table_add(&names->wires,
	    entry->wire, (struct text){ "", 0 }, entry) == -1)
		return (struct text){ "", 0 };
	return entry->wire;
}

void
tool_names_note_call(struct tool_names *names, struct text id)
{
	text_table_add(&names->calls, kept(names->arena, id),
	    (struct text){ "", 0 }, names);
}

bool
tool_names_knows_call(const struct tool_names *names, struct text id)
{
	return text_table_find(&names->calls, id,
	    (struct text){ "", 0 }) != NULL;
}

int
tool_names_rename(struct tool_names *names, struct text from, struct text to)
{
	struct text		 none = { "", 0 };
	const struct tool_name	*found = tool_names_find(names, from);
	struct tool_name	*renamed;

	if (found == NULL || text_same(from, to))
		return 0;
	renamed = arena_alloc(names->arena, sizeof(*renamed));
	if (renamed == NULL)
		return -1;
	*renamed = *found;
	renamed->wire = to;
	return text_table_add(&names->wires, to, none, renamed) == -1 ? -1 : 0;
}
