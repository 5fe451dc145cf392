#ifndef POLICY_H
#define POLICY_H

#include "config.h"
#include "json.h"

/*
 * What the configuration wants changed in a request, found once per exchange
 * from the model's entry. What becomes of a request by it is found in rules.h,
 * once for the edit lane, which splices it into the client's bytes, and for the
 * writers, which say it anew.
 */
struct policy {
	const struct model	*model;		/* the entry */
	const char		*model_id;	/* the name that goes upstream */
	enum effort		 effort;	/* EFFORT_AUTO: as the client says */
	const char		*system_prompt;	/* "" for none; decoded text */
	bool			 fast;
	bool			 stream;	/* the client wants events */
	bool			 count;		/* the request is count_tokens */
	bool			 no_seals;	/* none goes back (seal.h): the
						 * upstream has refused one */
};

/* The beta flags that policy adds to or removes from anthropic-beta. */
#define BETA_INTERLEAVED	"interleaved-thinking-2025-05-14"
#define BETA_FAST		"fast-mode-2026-02-01"

/* What stands where an image or a file was that the model doesn't read. */
#define IMAGE_UNREAD	"(An image was here, and this model reads none.)"
#define FILE_UNREAD	"(A file was here, and this model reads none.)"

/* Whether the entry's `drop` names the field. */
bool	policy_drops(const struct model *, const char *field);

/*
 * Whether the system prompt is to be put before a client's own: there is one,
 * and the client's text (decoded from this) doesn't begin with it. White space
 * at the prompt's end doesn't count.
 */
bool	policy_prompts(const struct policy *, struct escaped own);

/*
 * Whether the model reasons as OpenAI's do: as the entry says, else by the name
 * (o3, gpt-5.4, not gpt-5-chat).
 */
bool	policy_openai_reasoning(const struct policy *);

/* Whether it reasons so, or has a name of OpenAI's (gpt-4.1, not gpt-oss). */
bool	policy_openai(const struct policy *);

/* Whether it is one of OpenAI's that doesn't (gpt-4.1), or its entry denies it. */
bool	policy_openai_plain(const struct policy *);

/*
 * Whether the model's template checks a conversation as those of Mistral do, on its
 * own servers and on others: ids of calls are of nine letters and digits, and
 * results are answered by the assistant before anyone else speaks. As the entry
 * says, else by the name (mistral-large, devstral-small).
 */
bool	policy_mistral(const struct policy *);

/* What the assistant says there, as JSON of the type "common". */
#define RESULTS_ANSWER	"{\"role\":\"assistant\",\"content\":\"OK.\"}"

#endif
