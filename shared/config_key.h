#ifndef CONFIG_KEY_H
#define CONFIG_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

/* What the table of configuration keys (config_keys.h) says of a key. */

/* Which object of the file a key stands in. */
enum key_scope {
	SCOPE_TOP,
	SCOPE_AUTH,		/* auth{} */
	SCOPE_ENDPOINT,		/* endpoint[]{} */
	SCOPE_HEADERS,		/* endpoint[].headers{} */
	SCOPE_PATHS,		/* endpoint[].paths{} */
	SCOPE_MODEL,		/* models[]{} */
	SCOPE_UPSTREAM,		/* models[].upstreams[]{}, beside a model's */
	SCOPE_PRICE,		/* models[].price{} */
	SCOPE_PROXY,		/* proxies[]{} */
	SCOPE_CLIENT_KEY,	/* client_keys[]{} */
	SCOPES
};

enum key_type {
	KEY_BOOLEAN,
	KEY_INTEGER,		/* whole, least to most */
	KEY_MEBIBYTES,		/* the same; bytes in the struct, a size_t */
	KEY_NUMBER,		/* from 0 on; a double, -1: not said */
	KEY_TEXT,
	KEY_WORD,		/* one of `words`; an enum in the struct */
	KEY_LIST,		/* of strings, unless `read` is set */
	KEY_OBJECT,
	KEY_TYPES
};

#define MEBIBYTE	((size_t)1024 * 1024)

struct key_word {
	const char	*word;		/* NULL ends the list */
	int		 value;
};

struct json_object;
struct config_reader;

struct config_key {
	enum key_scope		 scope;
	const char		*name;
	enum key_type		 type;
	size_t			 at, size;	/* in the scope's struct */

	/* The default. For lists `text` is JSON; NULL: none. */
	int64_t			 initial;
	const char		*text;

	int64_t			 least, most;
	const struct key_word	*words;
	bool			 required;
	bool			 secret;	/* never printed */

	/* Why a text, or a list's text, will not do (static); may be NULL. */
	const char		*(*refusal)(const char *text);

	/*
	 * Instead of the type's own way. The value is of the key's JSON type;
	 * `target` is the scope's struct, not the member.
	 */
	int			 (*read)(struct config_reader *,
				    const struct config_key *,
				    struct json_object *, void *target);
};

/* An entry of models[] until its endpoint is known; SCOPE_MODEL reads it. */
struct model_entry {
	struct model	 model;
	const char	*endpoint;	/* name, or NULL */
	int		 type;		/* enum dialect_kind, -1: not said */
};

/* What follows from a type, where the configuration doesn't say otherwise. */
struct config_type {
	char			 letter;	/* dialect_letter() */
	enum auth_style		 auth;		/* of a plain endpoint */
	enum thinking_style	 thinking;
	unsigned		 thinking_known; /* 1u << enum thinking_style */
	const char		*conversations;	/* how base_url's path ends */
	const char		*models;	/* instead: the list of models */
};

#endif
