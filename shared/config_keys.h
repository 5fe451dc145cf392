#ifndef CONFIG_KEYS_H
#define CONFIG_KEYS_H

#include <stddef.h>

#include "config_key.h"

/*
 * The table of configuration keys: name, type, default, bounds, and where the
 * value goes. Reading, --print, the warning about unknown keys and the test
 * of droid2api.conf(5) all go by it. A new key is one line here, one member
 * of a struct, and one paragraph in the man page.
 */

/* config_types.c */
extern const struct key_word	config_type_words[];
const struct config_type	*config_type_of(enum dialect_kind);

extern const struct config_key	config_keys[];
extern const size_t		config_keys_count;

/* What stands before a key's name in messages and the manual: "models[].". */
const char	*config_scope_prefix(enum key_scope);

/* The key of that name, or NULL. */
const struct config_key *config_key_find(enum key_scope, const char *name);

/* A key whose name is nearly that, for "did you mean"; or NULL. */
const struct config_key *config_key_nearest(enum key_scope, const char *name);

/* The word for a value, or NULL. */
const char	*key_word_of(const struct key_word *, int value);

/* The words of those values (1u << value), for people: "a", "b" or "c". */
void		 key_words_list(char *out, size_t size,
		    const struct key_word *, unsigned values);

#endif
