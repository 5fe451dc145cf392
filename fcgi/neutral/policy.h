#ifndef POLICY_H
#define POLICY_H

#include "config.h"

/*
 * What the configuration wants changed in a request, found once per exchange
 * from the model's entry. The same policy is applied in the edit lane by the
 * dialect's edit_request(), spliced into the client's bytes, and in the convert
 * lane by policy_apply() (request.h) on the neutral request.
 */
struct policy {
	const struct model	*model;		/* the entry */
	const char		*model_id;	/* the name that goes upstream */
	enum effort		 effort;	/* EFFORT_AUTO: as the client says */
	const char		*system_prompt;	/* "" for none; decoded text */
	bool			 fast;
	bool			 count;		/* the request is count_tokens */
};

/* The beta flags that policy adds to or removes from anthropic-beta. */
#define BETA_INTERLEAVED	"interleaved-thinking-2025-05-14"
#define BETA_FAST		"fast-mode-2026-02-01"

/* Tokens of thinking for a level: 4096, 12288, 24576, 40960, 40960; else 0. */
int64_t		policy_budget(enum effort);

/*
 * The level whose budget is nearest below: the reverse, by thresholds. Less
 * than the lowest is low, 0 is off, negative is auto.
 */
enum effort	policy_effort_of_budget(int64_t budget);

/*
 * The nearest effort that the entry's `efforts` allow, the lower one of two.
 * Auto stays auto; a level becomes off only when nothing else is allowed.
 */
enum effort	policy_clamp(const struct model *, enum effort);

/* Whether the level asks for thinking: neither auto nor off. */
bool		policy_thinks(enum effort);

/* An effort as the wire says it: off is "none". */
const char	*policy_word(enum effort);

/* Whether the entry's `drop` names the field. */
bool		policy_drops(const struct model *, const char *field);

/*
 * The messages API refuses a budget that isn't below max_tokens, or is under
 * 1024. Raises *max_tokens to budget + 4096 within the entry's
 * `max_output_tokens` (0: no ceiling), and lowers *budget where that isn't
 * enough. A negative *max_tokens was not said and stays. False: no room for
 * thinking, both are left alone.
 */
bool		policy_fit_budget(const struct model *, int64_t *budget,
		    int64_t *max_tokens);

#endif
