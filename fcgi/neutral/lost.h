#ifndef LOST_H
#define LOST_H

#include <stddef.h>
#include <stdint.h>

#include "json.h"
#include "problem.h"

/*
 * What a request or its reply held and the target dialect cannot say. Nothing is
 * dropped in silence: each has a name from the table in lost.c, shown in the reply
 * header x-droid2api-lossy; a request's is a 400 instead in strict mode. What shows
 * when the header has left, in a stream, is in the log line and the ledger.
 */
enum lost {
	LOST_NOTHING,
	LOST_AUDIO,
	LOST_BILLING_HEADER,		/* Claude Code's attribution block */
	LOST_BUILTIN_TOOL,
	LOST_CACHE_MARKS,
	LOST_CHOICES,			/* of a reply: all but one */
	LOST_CITATIONS,
	LOST_CONTAINER,
	LOST_CONTAINER_UPLOAD,		/* a file for its code */
	LOST_CONTEXT_MANAGEMENT,
	LOST_DETAIL,			/* of an image */
	LOST_DOCUMENT,			/* that the model can't read */
	LOST_DOCUMENT_TITLE,
	LOST_EFFORT,			/* moved to the nearest one, or left out */
	LOST_FORCED_TOOL,
	LOST_GENERATION_CONFIG,		/* speechConfig, imageConfig ... */
	LOST_GRAMMAR,			/* of a custom tool: now in its words */
	LOST_HOSTED_ITEM,		/* of a tool the provider ran */
	LOST_IMAGE,			/* that the model made, or can't read */
	LOST_INCLUDE,
	LOST_INFERENCE_GEO,
	LOST_JSON_OBJECT,		/* structured output without a schema */
	LOST_LOGIT_BIAS,
	LOST_LOGPROBS,
	LOST_LONE_SURROGATE,
	LOST_MAX_TOKENS,		/* raised or lowered to what is allowed */
	LOST_MAX_TOOL_CALLS,
	LOST_MCP_SERVERS,
	LOST_MEDIA_RESOLUTION,
	LOST_METADATA,
	LOST_MODERATION,
	LOST_PARALLEL_TOOL_CALLS,
	LOST_PAUSE,			/* of a turn that is to go on */
	LOST_PENALTIES,
	LOST_PHASE,			/* of a message: commentary or answer */
	LOST_PREDICTION,
	LOST_PREFILL,
	LOST_PROMPT_CACHE_KEY,
	LOST_REFERENCE,			/* an item of the provider's store */
	LOST_SAFETY_SETTINGS,
	LOST_SAMPLING,			/* temperature, top_p, top_k */
	LOST_SCHEMA_KEYWORDS,
	LOST_SEAL,			/* thinking sealed by another */
	LOST_SEED,
	LOST_SERVICE_TIER,
	LOST_STOP,			/* more stop sequences than allowed */
	LOST_STOP_SEQUENCE,		/* which one ended a reply */
	LOST_STORE,
	LOST_SYSTEM_POSITION,		/* mid-conversation system text */
	LOST_THINKING,
	LOST_TOOL_EXAMPLES,
	LOST_TOOL_STRICT,		/* arguments may stray from the schema */
	LOST_TOP_K,
	LOST_TRUNCATION,
	LOST_UNKNOWN_FIELD,
	LOST_USER,
	LOST_VERBOSITY,
	LOST_WEB_SEARCH_OPTIONS,
	LOST_KINDS
};

#define LOST_NAMES_MAX	4	/* unknown fields that are told by name */
#define LOST_NAME_MAX	56	/* bytes of such a name */

/* A set of them; all zeros is the empty one. */
struct losses {
	uint64_t	bits[(LOST_KINDS + 63) / 64];
	char		unknown[LOST_NAMES_MAX][LOST_NAME_MAX + 1];
};

/* "cache_control", "top_k": [a-z_]+, static. */
const char	*lost_name(enum lost);
void		 losses_add(struct losses *, enum lost);
/*
 * A field that no row knows, in the object `inside` (NULL: the body): told by its
 * own name, "unknown:reasoning.mode", when that is short and of [A-Za-z0-9_.-],
 * and there is room for it; else as LOST_UNKNOWN_FIELD.
 */
void		 losses_add_unknown(struct losses *, const char *inside,
		    struct escaped name);
int		 losses_have(const struct losses *, enum lost);
int		 losses_any(const struct losses *);
/* Adds others; of unknown fields' names as many as there is room for. */
void		 losses_merge(struct losses *, const struct losses *more);

/* Strict mode: a PROBLEM_INVALID that names the first of a set that has one. */
int		 losses_refuse(const struct losses *, struct problem *);

/* "cache_control, top_k, unknown:mode" into `out`, at most `size`; returns out. */
char		*losses_list(const struct losses *, char *out, size_t size);

#endif
