#ifndef TOOL_NAMES_H
#define TOOL_NAMES_H

#include "arena.h"
#include "json.h"
#include "name_hash.h"
#include "text_table.h"

/*
 * How the tools of a request are called on the two sides. A client's tool may
 * have a namespace, a name too long or with characters that the upstream
 * refuses, or be of a kind that the upstream doesn't know (a custom tool sent as
 * a function). The table, built while the request is written, turns a call in
 * the reply back into what the client declared. It lives in the reply's arena.
 */
enum tool_kind {
	TOOL_FUNCTION,
	TOOL_CUSTOM,		/* free text input, perhaps with a grammar */
	TOOL_SEARCH,		/* responses tool_search, run by the client */
	TOOL_SHELL,		/* responses local_shell / shell, by the client */
	TOOL_PATCH,		/* responses apply_patch, by the client */
	TOOL_COMPUTER,		/* by the client */
	TOOL_CLIENT,		/* messages' versioned client tools: bash_* ... */
	TOOL_SERVER,		/* run by the provider: web search ... */
};

struct tool_name {
	struct text		 wire;		/* what the upstream is told */
	struct text		 name;		/* what the client calls it */
	struct text		 namespace_name; /* empty: none */
	enum tool_kind		 kind;
};

struct tool_names {
	struct arena		*arena;		/* borrowed: the reply's */
	struct text_table	 declared;	/* by namespace and name */
	struct text_table	 wires;		/* by what the upstream says */
	struct text_table	 calls;		/* ids that the conversation has */
};

void	tool_names_init(struct tool_names *, struct arena *);

/*
 * Declares a tool and returns the name to tell the upstream: namespace and name
 * joined by "__", every byte outside [A-Za-z0-9_-] replaced, at most `max`
 * bytes, a hash of the whole at the end when anything was changed or it is
 * taken: a pure function of the declared tools. Empty on a full arena.
 * Declaring the same namespace and name again returns the same.
 */
struct text	tool_names_declare(struct tool_names *, enum tool_kind,
		    struct text namespace_name, struct text name, size_t max);

/* The wire name of a call in history: declared, or made the same way. */
struct text	tool_names_wire(struct tool_names *, struct text namespace_name,
		    struct text name, size_t max);

/* What was declared by that namespace and name; NULL: nothing. */
const struct tool_name *tool_names_declared(const struct tool_names *,
		    struct text namespace_name, struct text name);

/*
 * The upstream is told another name for one declared; whose it is already keeps
 * it. 0, or -1 on a full arena.
 */
int		tool_names_rename(struct tool_names *, struct text from,
		    struct text to);

/*
 * What stands between a namespace and a name: "__", once, as MCP's clients have
 * it, so nothing where the namespace ends so.
 */
const char	*tool_names_joint(struct text namespace_name);

/* What the client declared under a wire name; NULL when unknown. */
const struct tool_name *tool_names_find(const struct tool_names *,
		    struct text wire);

/* An id of a call of the request, which no call of the reply may have. */
void		tool_names_note_call(struct tool_names *, struct text id);
bool		tool_names_knows_call(const struct tool_names *, struct text id);

/* The member that holds arguments which are no object, where one is wanted. */
#define ARGUMENTS_RAW	"_raw"

/* What fits of an id, cut for '_' and a hash. */
struct text	id_hashed(struct arena *, struct text id, uint64_t hash,
		    size_t max);

/*
 * An id that fits: the same when it has only [A-Za-z0-9_-] and at most `max`
 * bytes, else a prefix of what fits and a hash of the whole. Pure.
 */
struct text	id_fit(struct arena *, struct text id, size_t max);

#endif
