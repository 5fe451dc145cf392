#ifndef NEW_KEY_H
#define NEW_KEY_H

/*
 * --new-key: draws a key for a client, and prints it, once, and its entry for
 * client_keys, which holds the key's hash. `models` are shell patterns with
 * commas between, or NULL. Returns the exit status.
 */
int	new_key_print(const char *name, const char *models);

#endif
