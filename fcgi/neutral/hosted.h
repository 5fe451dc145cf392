#ifndef HOSTED_H
#define HOSTED_H

#include "config.h"
#include "tool_names.h"

/*
 * Tools that an API knows by their type alone: no schema comes with them. The
 * provider runs some (kind TOOL_SERVER), and another provider may have the like;
 * the client runs the others, and for another provider's model they must be
 * described. One table, a row each.
 */
#define HOSTED_TYPES_MAX	5

struct hosted {
	enum tool_kind	 kind;
	enum dialect_kind dialect;	/* whose it is, unless it is a server's */
	/* What its type is, or with '_' at its end how that begins. */
	const char	*types[HOSTED_TYPES_MAX];

	/* TOOL_SERVER: how each API calls it; NULL: it has none such. */
	const char	*said[DIALECT_KINDS];

	/* The others: what their models are told. */
	const char	*name;		/* NULL: the client gives it one */
	const char	*description;
	const char	*schema;	/* of a call's arguments; ' for " */

	/* Responses: a call's item, and its member that holds the arguments. */
	const char	*call, *member;
	bool		 is_list;	/* it is one of the arguments, a list */
	const char	*required;	/* what it is without any; ' for ", or NULL */
};

/* The tool of that type that a client of the dialect says; NULL: unknown. */
const struct hosted	*hosted_of(enum dialect_kind, struct text type);

/* The one that such an item calls, or that has that name; NULL. */
const struct hosted	*hosted_of_call(struct json_value item);
const struct hosted	*hosted_named(struct text name);

/* The arguments of the call that an item is, in the arena; empty: none. */
struct text		 hosted_arguments(struct arena *, const struct hosted *,
			    struct json_value item);

/* Whether an item or block of that type is of a tool that the provider ran. */
bool			 hosted_ran(struct json_value type);

/* The schema, or what is required, as JSON in the arena; missing: it is full. */
struct json_value	hosted_schema(struct arena *, const struct hosted *);
struct json_value	hosted_required(struct arena *, const struct hosted *);

/* How `to` calls the like of the tool of that type; NULL: it has none. */
const char		*hosted_said(enum dialect_kind to, struct text type);

#endif
