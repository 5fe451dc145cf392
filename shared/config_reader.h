#ifndef CONFIG_READER_H
#define CONFIG_READER_H

#include <stdint.h>

#include "config.h"
#include "config_key.h"

/*
 * What the files that read the configuration share; nobody else includes it.
 *
 * Every reader checks one value and stores it. It returns 0, or -1 with the
 * problem set, by config_wrong(), to a sentence that begins with the file and
 * the path of the key.
 */
#define CONFIG_FILE_MAX		(4u * 1024 * 1024)	/* bytes */
#define CONFIG_MEMORY_MAX	(32u * 1024 * 1024)	/* of a snapshot */
#define CONFIG_DEPTH_MAX	32
#define CONFIG_LIST_MAX		1000			/* elements */

struct config_reader {
	struct config	*config;	/* being filled */
	struct json_object *outer;	/* the entry whose upstreams are read, */
	struct model	*upstreams;	/* ... and where they go */
	const char	*where;		/* "models[3].", or "" at the top */
	const char	*variable;	/* environment variable read, or NULL */
	config_warn	 warn;
	void		*warn_context;
	struct problem	*problem;
};

/* "FILE: models[3].KEY: must be ..."; returns -1. */
int	config_wrong(struct config_reader *, const char *key,
	    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same for an element of the list `key`. */
int	config_wrong_at(struct config_reader *, const char *key, size_t index,
	    const char *format, ...) __attribute__((format(printf, 4, 5)));

int	config_no_memory(struct config_reader *);

/* The same form, to the caller's warn(). */
void	config_warning(struct config_reader *, const char *key,
	    const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * Comments out, then strict JSON; the tree, or NULL with file, line and column
 * in the problem. The caller puts the tree.
 */
struct json_object *config_parse(const char *text, size_t length,
	    const char *path, struct problem *);
/* Overwrites the tree's strings, then puts it. */
void	config_wipe(struct json_object *);

/* Reads the members of an object into the scope's struct, and the defaults. */
int	config_read_object(struct config_reader *, enum key_scope,
	    struct json_object *, void *target);
/* The same of the object that is a key's value: "KEY." is in front of what it says. */
int	config_read_inner(struct config_reader *, const struct config_key *,
	    enum key_scope, struct json_object *, void *target);
/* Reads one value as the key says, type check included. */
int	config_read_value(struct config_reader *, const struct config_key *,
	    struct json_object *, void *target);

/* A copy of a string without NUL; NULL with the problem set. */
const char *config_read_text_value(struct config_reader *, const char *key,
	    struct json_object *);

/* A list's elements, copied and checked. The default of KEY_LIST. */
int	config_read_texts(struct config_reader *, const struct config_key *,
	    struct json_object *, void *target);

/*
 * An array for a list's elements, cleared; *count is the list's length. NULL
 * with the problem set when it is too long.
 */
void	*config_read_array(struct config_reader *, const struct config_key *,
	    struct json_object *list, size_t element_size, size_t *count);

/*
 * Reads a list of objects: each through `read` with "KEY[N]." in front of what
 * it complains about.
 */
int	config_read_each(struct config_reader *, const struct config_key *,
	    struct json_object *list,
	    int (*read)(struct config_reader *, struct json_object *, size_t));

/* An object of models[], or of its upstreams[]. */
int	config_read_model(struct config_reader *, struct json_object *,
	    struct model_entry *);

/* The endpoint of that name, or NULL; as of NULL. */
const struct endpoint *config_find_endpoint(const struct config *,
	    const char *name);

/* What it serves where its entry doesn't say. */
void	config_settle_operations(struct model *);

/* Warns of upstreams and fallbacks that are not there, lead back, or stay unasked. */
void	config_check_fallbacks(struct config_reader *);

/* The readers named in the table. */
int	config_read_auth(struct config_reader *, const struct config_key *,
	    struct json_object *, void *);
int	config_read_base_path(struct config_reader *, const struct config_key *,
	    struct json_object *, void *);
int	config_read_blocks(struct config_reader *, const struct config_key *,
	    struct json_object *, void *);
int	config_read_client_key(struct config_reader *,
	    const struct config_key *, struct json_object *, void *);
int	config_read_client_keys(struct config_reader *,
	    const struct config_key *, struct json_object *, void *);
int	config_read_inputs(struct config_reader *, const struct config_key *,
	    struct json_object *, void *target);
int	config_read_efforts(struct config_reader *, const struct config_key *,
	    struct json_object *, void *);
int	config_read_endpoints(struct config_reader *,
	    const struct config_key *, struct json_object *, void *);
int	config_read_endpoint_path(struct config_reader *,
	    const struct config_key *, struct json_object *, void *);
int	config_read_expires(struct config_reader *, const struct config_key *,
	    struct json_object *, void *);
int	config_read_headers(struct config_reader *, const struct config_key *,
	    struct json_object *, void *);
int	config_read_header_list(struct config_reader *,
	    const struct config_key *, struct json_object *, void *);
int	config_read_header_names(struct config_reader *,
	    const struct config_key *, struct json_object *, void *);
int	config_read_models(struct config_reader *, const struct config_key *,
	    struct json_object *, void *);
int	config_read_path(struct config_reader *, const struct config_key *,
	    struct json_object *, void *);
int	config_read_operations(struct config_reader *,
	    const struct config_key *, struct json_object *, void *);
int	config_read_paths(struct config_reader *, const struct config_key *,
	    struct json_object *, void *);
int	config_read_price(struct config_reader *, const struct config_key *,
	    struct json_object *, void *);
int	config_read_proxies(struct config_reader *, const struct config_key *,
	    struct json_object *, void *);
int	config_read_reasoning(struct config_reader *,
	    const struct config_key *, struct json_object *, void *);
int	config_read_redirects(struct config_reader *,
	    const struct config_key *, struct json_object *, void *);
int	config_read_upstreams(struct config_reader *,
	    const struct config_key *, struct json_object *, void *);
int	config_read_user_agent(struct config_reader *,
	    const struct config_key *, struct json_object *, void *);

/* Why a text won't do, for the table; NULL if it will. */
const char *config_base_url_refusal(const char *);
const char *config_line_refusal(const char *);
const char *config_listen_refusal(const char *);
const char *config_origin_refusal(const char *);
const char *config_url_refusal(const char *);
const char *config_variable_refusal(const char *);

/*
 * Splits keys at commas and white space, leaves out repetitions, and copies the
 * rest; `name` is what they are of. Adds to *keys.
 */
int	config_add_secrets(struct config_reader *, const char *name,
	    const char *text, struct secret **keys, size_t *count);
void	config_wipe_secrets(struct secret *, size_t count);

/* An environment variable that is set and not empty, or NULL. */
const char *config_variable(const char *name);

/*
 * The path of the credential that systemd handed in: 0, or -1 if there is none.
 */
int	config_credential_file(char *path, size_t size);

/* The hash of a list, one element after the other, from 0. */
uint64_t config_hash_add(uint64_t hash, uint64_t next);

/* The environment over the file, and Factory's keys. */
int	config_read_environment(struct config_reader *);

#endif
