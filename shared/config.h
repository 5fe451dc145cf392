#ifndef CONFIG_H
#define CONFIG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"
#include "arena.h"
#include "problem.h"

/*
 * The configuration: config.json, read by json-c with // and block comments
 * allowed, checked, and turned into an immutable, reference-counted snapshot.
 * An exchange holds one snapshot from start to end; a reload makes another.
 *
 * All strings live in the snapshot's arena and are never NULL where a default
 * exists; NULL means "not said". Lists are (pointer, count).
 *
 * The keys, their types, defaults and bounds are one table in config_keys.c;
 * the man page droid2api.conf(5) is held to it by a test.
 */

/* The four wire APIs, as client dialect and as upstream dialect. */
enum dialect_kind {
	DIALECT_CHAT,		/* OpenAI Chat Completions; type "common" */
	DIALECT_RESPONSES,	/* OpenAI Responses; type "openai" */
	DIALECT_MESSAGES,	/* Anthropic Messages; type "anthropic" */
	DIALECT_GENERATE,	/* Google generateContent; type "google" */
	DIALECT_KINDS
};

/*
 * What an endpoint may be asked for: each has a key in endpoint[].paths and
 * rows in the gateway's table (operation.h).
 */
enum operation_kind {
	OPERATION_CONVERSATIONS,	/* an answer by a model */
	OPERATION_COUNT_TOKENS,
	OPERATION_EMBEDDINGS,
	OPERATION_COMPLETIONS,
	OPERATION_IMAGES,
	OPERATION_IMAGE_EDITS,
	OPERATION_SPEECH,
	OPERATION_TRANSCRIPTIONS,
	OPERATION_TRANSLATIONS,
	OPERATION_MODERATIONS,
	OPERATION_RERANK,
	OPERATION_COMPACT,
	OPERATION_PREDICT,
	OPERATION_STORED,		/* what it keeps: files, batches */
	OPERATION_KINDS
};

enum effort {
	EFFORT_AUTO,		/* as the client says */
	EFFORT_OFF,		/* also written "none" in requests */
	EFFORT_MINIMAL,
	EFFORT_LOW,
	EFFORT_MEDIUM,
	EFFORT_HIGH,
	EFFORT_XHIGH,
	EFFORT_MAX,
	EFFORT_KINDS
};

enum access {
	ACCESS_LOOPBACK,	/* peers on this machine only */
	ACCESS_KEYS,		/* one of client_keys */
	ACCESS_SERVER,		/* whom the web server has authenticated */
	ACCESS_OPEN,
};

enum log_format {
	LOG_FORMAT_TEXT,
	LOG_FORMAT_JSON,
};

/* How an endpoint wants its credential. */
enum auth_style {
	AUTH_BEARER,		/* authorization: Bearer KEY */
	AUTH_X_API_KEY,
	AUTH_X_GOOG_API_KEY,
	AUTH_NONE,
};

/* Where Factory's requests are served. */
enum region {
	REGION_US,
	REGION_EU,
};

enum profile {
	PROFILE_FACTORY,	/* Factory's credentials and headers */
	PROFILE_PLAIN,		/* only its own key or the client's */
};

/* How a model of the messages or generate API is told to think. */
enum thinking_style {
	THINKING_BUDGET,	/* messages: enabled + budget_tokens */
	THINKING_ADAPTIVE,	/* messages: adaptive + output_config.effort */
	THINKING_LEVEL,		/* generate: thinkingLevel (its default) */
};

/* What to write where a model thinks without being asked. */
enum thinking_off {
	THINKING_OFF_REMOVE,	/* nothing: absent means off */
	THINKING_OFF_DISABLED,
	THINKING_OFF_BETWEEN_TOOLS,
	THINKING_OFF_IMPOSSIBLE,	/* effort low instead */
};

/* What a model says of its earlier thoughts, with its messages. */
enum own_thoughts {
	THOUGHTS_OPTIONAL,
	THOUGHTS_REQUIRED,
	THOUGHTS_FORBIDDEN,
};

/* What a conversation must look like for a model of type "common". */
enum chat_template {
	TEMPLATE_BY_NAME,	/* not said: the model's name tells */
	TEMPLATE_ANY,
	TEMPLATE_MISTRAL,	/* see policy_mistral() */
};

/* What a model takes beside and instead of text. */
enum modality {
	MODALITY_TEXT,
	MODALITY_IMAGE,
	MODALITY_AUDIO,
	MODALITY_VIDEO,
	MODALITY_FILE,
	MODALITY_KINDS
};

struct header {
	const char	*name;		/* lower case */
	const char	*value;
};

struct strings {
	const char	**at;
	size_t		  count;
};

/* A secret out of the configuration or environment; wiped on release. */
struct secret {
	const char	*at;
	size_t		 length;
	uint64_t	 hash;		/* names it in the scoreboard */
};

struct endpoint {
	const char		*name;
	enum dialect_kind	 dialect;	/* of `type` */
	bool			 is_default;	/* of what carries no model */
	const char		*base_url;	/* of conversations */
	bool			 model_in_url;	/* {model} is in it */
	const char		*urls[OPERATION_KINDS];	/* named; NULL: derived
							 * from base_url */
	enum profile		 profile;
	enum auth_style		 auth;
	const char		*api_key_env;	/* NULL: none */
	struct secret		*keys;		/* read from api_key_env */
	size_t			 keys_count;
	struct strings		 key_command;	/* prints the key; empty: none */
	int			 key_refresh_s;	/* and is run again after that */
	bool			 http2;
	bool			 discover;	/* tokend asks for its models: */
	const char		*models_url;	/* there; NULL: it doesn't */
	struct header		*add, *replace;
	size_t			 add_count, replace_count;
	struct strings		 remove;	/* header names, lower case */
};

/* What a million tokens cost; below 0: not said. */
struct price {
	double	input, cached, cache_write, output;
};

/*
 * An entry of models[]. Where it names `upstreams`, each of these is an entry
 * again: what it does not say itself is the outer one's.
 */
struct model {
	const char		*id;		/* may end in '*' */
	const char		*name;		/* for people */
	const char		*provider;	/* x-api-provider, or NULL */
	const char		*provider_eu;	/* the same in that region */
	const struct endpoint	*endpoint;	/* never NULL */
	enum effort		 reasoning;	/* default EFFORT_OFF */
	bool			 fast;
	int64_t			 max_output_tokens; /* 0: not said */
	int64_t			 context_window;    /* 0: not said */
	unsigned		 inputs;	/* 1u << enum modality; 0: not said */
	const char		*base_instructions; /* for Codex, or NULL */
	enum thinking_style	 thinking;
	enum thinking_off	 thinking_off;
	unsigned		 efforts;	/* 1u << enum effort; 0: all */
	bool			 sampling;	/* default true */
	bool			 mid_system;	/* default false, */
	bool			 mid_system_refused;	/* or said so */
	bool			 prefill;	/* default true */
	bool			 forced_tools;	/* default true */
	bool			 tools_reasoning; /* default true */
	bool			 openai_reasoning, /* if it is said: */
				 openai_reasoning_said;
	enum own_thoughts	 own_thoughts;	/* reasoning_content */
	enum chat_template	 template;
	struct strings		 drop;		/* body fields to leave out */
	unsigned		 operations;	/* 1u << enum operation_kind */
	bool			 operations_said;
	struct price		 price;

	struct model		*upstreams;	/* NULL: itself alone */
	size_t			 upstreams_count; /* 0: itself alone */
	const char		*served_as;	/* of an upstream: the name there,
						 * NULL: as it was asked for */
	int			 weight;	/* 0: when the others are out */
	uint64_t		 hash;		/* names it in the scoreboard */
	struct strings		 fallback;	/* other models, in this order */
	int			 first_event_timeout_s;	/* 0: none */
};

struct redirect {
	const char	*from, *to;
};

struct proxy {
	const char	*name;
	const char	*url;		/* with credentials: never log it */
	bool		 valid;
	const char	*reason;	/* why not */
	uint64_t	 hash;		/* names it in the scoreboard */
};

/* Who may use the gateway's own credential, and how much. 0: no limit. */
struct client_key {
	const char	*name;		/* for people; never NULL */
	uint64_t	 hash;		/* of the name, for the scoreboard */
	uint8_t		 sha256[32];
	struct strings	 models;	/* shell patterns; none: all */
	int		 requests_per_minute;
	int		 concurrent;
	int64_t		 tokens_per_day, tokens_per_month;
	int64_t		 expires;	/* Unix time; 0: never */
	bool		 stored;	/* may use what endpoints keep */
	bool		 admin;
};
#define CLIENT_KEY_NAME_MAX	40	/* bytes */

struct config {
	struct arena		 arena;
	atomic_size_t		 references;
	const char		*path;		/* where it was read from */

	int			 port;
	struct strings		 listen;
	const char		*state_dir;	/* NULL: see state.h */
	const char		*log_file;	/* NULL: stderr */
	enum log_format		 log_format;
	const char		*base_path;	/* "" or "/x", no last slash */
	bool			 dev_mode;
	bool			 strict;
	bool			 guard;		/* default true */

	enum access		 access;	/* decided, see the man page */
	struct client_key	*client_keys;
	size_t			 client_keys_count;
	struct address_block	*local_peers, *trusted_proxies, *fastcgi_peers;
	size_t			 local_peers_count, trusted_proxies_count,
				 fastcgi_peers_count;
	struct strings		 cors_origins;

	size_t			 body_max, reply_max, memory_max; /* bytes */
	uint32_t		 json_tokens_max;
	int			 ledger_days;	/* 0: no ledger */
	int			 processes, workers, queue;
	int			 keep_conn_s, drain_s, connect_timeout_s,
				 first_byte_timeout_s, idle_timeout_s,
				 keep_alive_s, early_stream_after_s;
	int			 retries;	/* of 429/5xx; default 0 */
	int			 attempts_max;	/* of a request, at all upstreams */
	int			 total_timeout_s; /* for these, to the first event */
	int			 first_event_timeout_s;	/* 0: none */
	const char		*ca_file;	/* NULL: the system's */

	const char		*system_prompt;	/* "" switches it off */
	const char		*user_agent_version; /* "0.85.0" */
	const char		*user_agent_url; /* "" switches it off */
	const char		*limits_url;	/* the same */

	struct redirect		*redirects;
	size_t			 redirects_count;
	struct proxy		*proxies;
	size_t			 proxies_count;
	bool			 proxy_required;
	uint64_t		 proxies_hash;	/* changes with the list */

	enum region		 region;	/* base_url's host is of it */
	struct endpoint		*endpoints;
	size_t			 endpoints_count;
	struct model		*models;
	size_t			 models_count;
	size_t			 upstreams_count;	/* of all models */

	/* auth{}: for tokend. */
	const char		*token_url, *device_url, *client_id,
				*organization_id;	/* last may be NULL */

	/* FACTORY_API_KEY and FACTORY_API_KEY_FILE, comma separated. */
	struct secret		*factory_keys;
	size_t			 factory_keys_count;
	uint64_t		 factory_keys_hash;
};

/* Called once for each warning (unknown key, invalid proxy). */
typedef void (*config_warn)(void *context, const char *message);

/*
 * Reads and checks `path`. Returns a snapshot with one reference, or NULL and
 * says file, line or key path, and reason in the problem. `warn` may be NULL.
 *
 * The environment goes before the file: PORT, DROID2API_ACCESS,
 * DROID2API_CLIENT_KEYS, DROID2API_TOKEN_URL, DROID2API_DEVICE_URL,
 * DROID2API_USER_AGENT_URL, DROID2API_LIMITS_URL. Keys come from
 * FACTORY_API_KEY, FACTORY_API_KEY_FILE, $CREDENTIALS_DIRECTORY/factory_api_key
 * (all of them), and for an endpoint from the variable of its api_key_env.
 */
struct config	*config_read(const char *path, config_warn warn, void *context,
		    struct problem *);

/* The same from text; for tests and fuzzing. */
struct config	*config_read_text(const char *text, size_t length,
		    const char *path, config_warn warn, void *context,
		    struct problem *);

struct config	*config_hold(struct config *);
void		 config_release(struct config *);	/* NULL is fine */

/*
 * The configuration that follows its file: config_current() returns the newest
 * good snapshot with a reference of the caller's. It looks at the file at most
 * once a second; a broken edit keeps the last good one and is logged once.
 * Any thread may call it.
 */
struct config_source;
struct config_source	*config_source_new(const char *path, struct problem *);
struct config		*config_current(struct config_source *);
void			 config_source_free(struct config_source *);

/*
 * Which file to read: the option, DROID2API_CONFIG, ./config.json unless this
 * program is an installed one, or SYSCONFDIR/droid2api/config.json.
 */
const char	*config_find(const char *option);
#define CONFIG_OF_SYSTEM	SYSCONFDIR "/droid2api/config.json"

/* A redirect target for a name, or the name itself. One step. */
const char	*config_redirect(const struct config *, const char *model);

/* First model entry that matches (exact, or prefix before '*'); may be NULL. */
const struct model *config_find_model(const struct config *, const char *id);

/* Whether the model's entry says that it serves that. */
bool		 model_serves(const struct model *, enum operation_kind);

/* Whether it reads that, as far as its entry says what it reads. */
bool		 model_reads(const struct model *, enum modality);

/*
 * What it serves, in the words of the configuration, each with the first of its
 * kinds; *at is 0 at first. False: there is no more.
 */
struct model_operation {
	const char		*word;		/* "images" */
	enum operation_kind	 kind;
};
bool		 model_next_operation(const struct model *, size_t *at,
		    struct model_operation *);

/* "image" */
const char	*modality_word(enum modality);

/* Whether the model with that id is one of the key's. */
bool	client_key_allows(const struct client_key *, const char *id);

/* How many endpoints have an api_key_command. */
size_t	config_key_commands(const struct config *);

/* Why a text can't be a key's name (static), or NULL. */
const char	*config_key_name_refusal(const char *);

/*
 * For --print KEY: the effective value as text ("port" -> "3000"), on stdout.
 * 0, or -1 for an unknown key or a secret one with the problem set.
 */
int	config_print(const struct config *, const char *key, struct problem *);

/*
 * For --print environment: the names of the variables that are read, those that
 * the file at `path` names among them, one a line on stdout. A file that can't be
 * read names none.
 */
void	config_print_variables(const char *path);

/*
 * Words of the wire and of the configuration. effort_of() takes any case and
 * "none" for "off": 0, or -1 for an unknown word.
 */
const char	*effort_word(enum effort);
int		 effort_of(const char *word, enum effort *);
const char	*dialect_type(enum dialect_kind);	/* "common", ... */

/*
 * A letter for it in what clients are given to keep: it never changes. The
 * reverse: enum dialect_kind, or -1.
 */
char		 dialect_letter(enum dialect_kind);
int		 dialect_of_letter(char);

#endif
