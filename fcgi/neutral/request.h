#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "config.h"
#include "json.h"
#include "json_write.h"
#include "lost.h"
#include "problem.h"
#include "rules.h"
#include "seal.h"
#include "tool_names.h"

/*
 * The neutral request: the union of what the four dialects can say. Readers
 * fill it from one dialect, policy changes it, writers say it in another.
 *
 * It lives in one arena and borrows spans of the client's body, escaped as they
 * came. A span that a reader had to make (joined, decoded, re-escaped) is in the
 * arena. Spans that are not there are empty; json_values that are not there are
 * missing; numbers keep their text.
 */

enum cache_mark {
	CACHE_NONE,
	CACHE_5M,		/* the default time to live */
	CACHE_1H,
};

enum part_kind {
	PART_TEXT,
	PART_THINKING,		/* text, summary or not, perhaps sealed */
	PART_REDACTED,		/* only a seal */
	PART_REFUSAL,		/* text of an earlier refusal */
	PART_IMAGE,
	PART_DOCUMENT,
	PART_AUDIO,
	PART_CALL,		/* of a function: arguments */
	PART_CUSTOM_CALL,	/* of a custom tool: text is its input */
	PART_RESULT,		/* of a call: content */
	PART_SERVER,		/* an item of a tool that the provider ran:
				 * raw, meaningful to its own dialect only */
};

/* Images, documents and audio: one of data, url, file_id, or plain text. */
struct media {
	struct text	media_type;	/* "image/png", decoded; empty: unknown */
	struct escaped	data;		/* base64, nothing else */
	struct escaped	url;		/* http(s) or the API's own scheme */
	struct escaped	file_id;	/* of the source API's file store */
	struct escaped	title;		/* file name or title */
	struct text	detail;		/* low, high, auto, original; empty */
};

struct part {
	struct part	*next;
	enum part_kind	 kind;
	struct escaped	 text;		/* TEXT, THINKING, REFUSAL, CUSTOM_CALL,
					 * DOCUMENT of plain text */
	struct media	 media;		/* IMAGE, DOCUMENT, AUDIO */

	struct text	 id;		/* CALL, RESULT: the call's id, decoded.
					 * A call's is never empty: a reader
					 * makes one from (turn, index, name)
					 * where the API gave none:
					 * request_call_id() */
	struct text	 name;		/* CALL: tool's name, decoded. RESULT:
					 * as the client said it, or the
					 * call's, once request_pair_results()
					 * has run */
	struct text	 namespace_name; /* CALL: of a namespaced tool */
	enum tool_kind	 tool;		/* CALL, RESULT: what was called */
	struct text	 arguments;	/* CALL: JSON text, decoded; may be empty
					 * (no arguments) or not valid JSON */
	struct part	*content, *content_last; /* RESULT: TEXT, IMAGE,
					 * DOCUMENT parts */
	struct json_value object;	/* RESULT: generate's response object */
	bool		 failed;	/* RESULT: is_error */

	struct seal	*seal;		/* THINKING, REDACTED; NULL: unsealed */
	enum cache_mark	 cache;
	struct json_value raw;		/* SERVER: as it came */
	struct json_value citations;	/* TEXT: as its dialect said them */
};

enum role {
	ROLE_USER,		/* tool results are parts of a user turn */
	ROLE_ASSISTANT,
	ROLE_SYSTEM,		/* mid-conversation; leading ones are in system */
};

struct turn {
	struct turn	*next;
	enum role	 role;
	struct part	*parts, *last;
	struct text	 author;	/* chat's `name` of a message, or empty */
};

struct tool {
	struct tool	*next;
	struct tool	*before;	/* while the request is read */
	enum tool_kind	 kind;
	struct text	 name, namespace_name;	/* decoded, as the client said */
	struct text	 wire;		/* name for the upstream, once declared */
	struct escaped	 description;
	struct json_value schema;	/* of its parameters; missing: none */
	int		 strict;	/* 1, 0; -1: not said */
	struct escaped	 grammar;	/* CUSTOM: definition */
	struct text	 syntax;	/* CUSTOM: "lark", "regex" */
	enum cache_mark	 cache;
	struct text	 type;		/* SERVER, CLIENT: "web_search_20250305" */
	struct json_value raw;		/* as its own dialect said it */
};

enum choice_kind {
	CHOICE_UNSAID,
	CHOICE_NONE,
	CHOICE_AUTO,
	CHOICE_REQUIRED,
	CHOICE_TOOL,		/* the one in name */
};

struct choice {
	enum choice_kind	 kind;
	struct text		 name, namespace_name;	/* CHOICE_TOOL */
	struct text		*allowed;	/* only these; AUTO or REQUIRED */
	size_t			 allowed_count;	/* 0: all */
};

enum format_kind {
	FORMAT_TEXT,
	FORMAT_JSON,		/* any JSON object */
	FORMAT_SCHEMA,
};

struct format {
	enum format_kind	kind;
	struct text		name;
	struct escaped		description;
	struct json_value	schema;
	int			strict;		/* 1, 0; -1: not said */
};

enum tier {
	TIER_UNSAID,
	TIER_AUTO,
	TIER_STANDARD,		/* default, standard, standard_only */
	TIER_FLEX,
	TIER_SCALE,
	TIER_PRIORITY,
	TIER_ULTRAFAST,
};

struct request {
	struct arena		*arena;
	struct tool_names	*names;		/* in the reply's arena */
	enum dialect_kind	 from, to;
	const struct policy	*policy;	/* NULL in tests */
	struct text		 model;		/* for the upstream, decoded */
	bool			 stream;
	bool			 stream_usage;	/* chat: include_usage */
	bool			 count;		/* count_tokens */
	bool			 summarize;	/* request_ask_summary() */

	struct part		*system, *system_last;	/* leading system text */
	struct turn		*turns, *last;
	unsigned		 kinds;		/* of parts that were added: bits */
	struct tool		*tools, *tools_last;
	/* For readers that put them in: by namespace and name, the first. */
	struct text_table	 tools_named;
	struct choice		 choice;
	int			 parallel;	/* 1, 0; -1: not said */

	int64_t			 max_tokens;	/* -1: not said */
	struct text		 temperature, top_p, top_k, presence_penalty,
				 frequency_penalty, seed;  /* raw numbers */
	struct escaped		*stops;
	size_t			 stops_count;
	int			 logprobs;	/* -1: not said; 0..20 of top */
	struct json_value	 logit_bias;
	struct format		 format;

	/*
	 * Thinking. `effort` is EFFORT_AUTO when the client said nothing.
	 * `budget` is -1, or the tokens of thinking it named itself.
	 */
	enum effort		 effort;
	int64_t			 budget;
	bool			 adaptive;	/* messages: adaptive was said */
	int			 show_thinking;	/* 1, 0; -1: not said */

	struct text		 verbosity;	/* low, medium, high */
	struct escaped		 user, safety_identifier, prompt_cache_key;
	struct json_value	 metadata;	/* string to string */
	enum tier		 tier;
	bool			 fast;
	int			 store;		/* 1, 0; -1: not said */

	bool			 strict;	/* losses are refused */
	struct losses		 losses;

	/* What is added when the arena is full: in no list, soon overwritten. */
	struct turn		 spare_turn;
	struct part		 spare_part;
	struct tool		 spare_tool;
};

void	request_init(struct request *, struct arena *, struct tool_names *);

/*
 * Names a loss. 0, or -1 in strict mode with a PROBLEM_INVALID that names the
 * field: `return` it.
 */
int	request_lost(struct request *, enum lost, struct problem *);
int	request_lost_all(struct request *, const struct losses *,
	    struct problem *);
/* A field that nobody knows, in the object `inside` or, NULL, in the body. */
int	request_lost_field(struct request *, const char *inside,
	    struct json_value name, struct problem *);

/*
 * Of the tools that the choice names none is written: one that was forced makes
 * it auto; were they all that was allowed, none may be called. As request_lost().
 */
int	request_lose_choice(struct request *, struct problem *);

/*
 * Instead of going on, the model is asked to say in short what was said; the
 * answer is that alone, a BLOCK_SUMMARY. `how` may be empty.
 */
void	request_ask_summary(struct request *, struct escaped how);

/*
 * New ones at the end of their lists, cleared. Never NULL: on a full arena they
 * are spare ones that nobody will see, as convert_request() looks at
 * arena->failed before it believes a reader.
 */
struct turn	*request_add_turn(struct request *, enum role);
struct part	*turn_add_part(struct request *, struct turn *, enum part_kind);
struct part	*request_add_system(struct request *, struct escaped text);
struct tool	*request_add_tool(struct request *, enum tool_kind);
/* While it is read: a tool, that isn't there, at the end; one out of them, if it is. */
void		 request_offer_tool(struct request *, struct tool *);
void		 request_withdraw_tool(struct request *, struct tool *);
struct part	*part_add_content(struct request *, struct part *result,
		    enum part_kind);

/*
 * The policy, or one that wants nothing; the model's entry, or one that allows
 * everything. Never NULL.
 */
const struct policy *request_policy(const struct request *);
const struct model *request_model(const struct request *);

/* What the client said, as rules ask for it. */
struct said	request_said(struct request *);

/*
 * Takes out what the rules refuse, keeps the limit to theirs, and names what the
 * client loses by it. How thinking is told is the writer's.
 */
int	request_obey(struct request *, const struct rules *,
	    struct problem *);

/* A member, if the number was said. */
void	request_put_number(struct json_write *, const char *key, struct text);

/* A number's value, for comparing; NAN where there is none. */
double	request_number(struct request *, struct text);

/* An id for a call that has none, pure: "call_" and a hash. */
struct text	request_call_id(struct request *, size_t turn, size_t index,
		    struct text name);

/* Spans joined into one; the empty span on a full arena. */
struct escaped	escaped_join(struct arena *, const struct escaped *, size_t);

/* The last turn when it has that role, else a new one. */
struct turn	*request_turn(struct request *, enum role);

/* What a part is: of text; a file; a call of either kind. */
bool		part_is_text(const struct part *);
bool		part_is_media(const struct part *);
bool		part_is_call(const struct part *);
/*
 * What stands before a result's text where an API has no other way to say that
 * the tool failed: empty where it did not, or its text begins so.
 */
struct text	result_failure(const struct part *result);

/* The decoded text of a string, and of an object's member; else empty. */
struct text	request_decode(const struct request *, struct json_value);
struct text	request_text(const struct request *, struct json_value object,
		    const char *key);

/*
 * The seal that a client brings back in that string: one of ours unpacked,
 * whoever sealed it, else what a model of the client's own dialect sealed: the
 * one that is asked now, for all that can be known. NULL: an empty string.
 */
struct seal	*request_read_seal(const struct request *, struct json_value,
		    enum seal_place);

/* A copy in the arena; NULL when that is full. */
struct seal	*request_keep_seal(const struct request *, const struct seal *);

/* Whether the model that is asked sealed it itself, and is to have it back. */
bool		request_owns_seal(const struct request *, const struct seal *);

/* Policy on the neutral request: model, system prompt, fast, who sees thoughts. */
int	policy_apply(struct request *, const struct policy *, struct problem *);

/*
 * Reshaping before a writer writes, for the dialects that need it. Each is
 * pure: the same request gives the same outcome, or prefixes would change from
 * turn to turn.
 */

/*
 * What becomes of each part: `judge`, which may change it, says 0 to keep it, 1
 * to leave it out, -1 with the problem set to refuse the request. What a result
 * holds is judged behind it, in the role of its turn.
 */
typedef int	(*request_judge)(struct request *, enum role, struct part *,
		    struct problem *);
int	request_prune(struct request *, request_judge, struct problem *);

/* Drops text parts that are blank, then turns without any part. */
void	request_drop_blank(struct request *);

/* Joins neighbouring turns of one role. */
void	request_merge_turns(struct request *);

/* Drops turns without any part. */
void	request_drop_empty(struct request *);

/* request_calls.c */

/*
 * An id that a call before has already becomes another one, and so does that of
 * its result; tells the names which ids there are. Done before anything else.
 */
void	request_own_ids(struct request *);

/*
 * Behind each assistant turn its results stand first in the user's, in the order
 * of their calls, however late they came, and have name, namespace and kind of
 * tool from there. A call without result: -1 with PROBLEM_INVALID and its id.
 * Results without call, or of one that has its own already, become text where
 * they stand. Neighbouring turns of one role must have been joined, and are.
 */
int	request_pair_results(struct request *, struct problem *);

/* The user turn before the next assistant's, made when there is none. */
struct turn *request_turn_behind(struct request *, struct turn *assistant);

/* request_media.c */

/*
 * What is wanted of files, first of all: data and types as media_settle() leaves
 * them, parts of the kind that the files are, text files as text where files must
 * be PDF, a title before a text. Images that the model made stand in the user's
 * turn behind, with a note: no API takes them back in the model's. -1 with
 * PROBLEM_INVALID: a file is in another API's store.
 */
int	request_settle_media(struct request *, struct problem *);

/*
 * What every API wants of the turns, once the system's are where they belong:
 * nothing blank, roles that take turns, results behind their calls, an end that
 * the model takes.
 */
int	request_settle_turns(struct request *, struct problem *);

/*
 * System turns: with `mid` they stay (directly after a user turn, merged, never
 * between a call and its result), without they become tagged text of the next
 * user turn, reported.
 */
int	request_fold_system(struct request *, bool mid, struct problem *);
/* Those with files become text and files of the user: no system's turn has any. */
int	request_tag_files(struct request *, struct problem *);

/*
 * A trailing assistant turn without calls, where the model's entry refuses
 * prefill: a user turn "Continue." behind it, reported.
 */
int	request_end_prefill(struct request *, struct problem *);

/*
 * A request of system text alone, which chat and responses accept: its last
 * part becomes what the user asks, reported. Of nothing at all: -1.
 */
int	request_need_turn(struct request *, struct problem *);

/*
 * A JSON object is asked for, and neither `system` nor any turn says the word:
 * then OpenAI's APIs refuse to give one.
 */
bool	request_lacks_json(const struct request *, const struct part *system);
#define REQUEST_SAY_JSON	"Answer in JSON."

#endif
