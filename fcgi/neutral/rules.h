#ifndef RULES_H
#define RULES_H

#include "efforts.h"
#include "lost.h"
#include "policy.h"

/*
 * What a model's entry makes of a request. Each dialect has one pure function
 * from what the client said to what goes upstream (messages_rules.h and so on);
 * here is what they have in common. The edit lane spells the outcome as splices,
 * the writer as members: neither decides anything.
 */

/* What the entry may refuse. */
enum setting {
	SETTING_TEMPERATURE =	1 << 0,
	SETTING_TOP_P =		1 << 1,
	SETTING_TOP_K =		1 << 2,
	SETTING_PENALTIES =	1 << 3,
	SETTING_STOP =		1 << 4,
	SETTING_LOGPROBS =	1 << 5,
	SETTING_LOGIT_BIAS =	1 << 6,
	SETTINGS =		7,
};

/* What the client said, as far as rules ask for it. */
struct said {
	/* In the words of the model's own API: what no rule is about stays. */
	bool		 own;
	enum effort	 effort;	/* EFFORT_AUTO: nothing */
	int64_t		 budget;	/* of thinking, in tokens; -1: none */
	bool		 adaptive;	/* messages: adaptive was said */
	int		 show_thinking;	/* 1, 0; -1: not said */
	int64_t		 max_tokens;	/* -1: nothing */
	unsigned	 settings;	/* of enum setting */
	double		 temperature, top_p;	/* NAN where it is no number */
	bool		 tools;
	bool		 forced;	/* one of them must be called */
	bool		 thinkless;	/* messages: the last calls had none */
};

struct rules {
	/* By the entry, or by the client; off if nothing else is allowed. */
	enum effort	 wanted;
	bool		 by_client;
	bool		 as_said;	/* own words about it stay */
	enum effort	 effort;	/* to be told; EFFORT_AUTO: none */
	int64_t		 max_tokens;	/* -1: none */
	unsigned	 refused;	/* settings that must not go */
	bool		 unforced;	/* no tool must be called after all */
	struct losses	 lost;		/* of what the client said */
};

/* All but `effort` and `as_said`, which each API has its own words for. */
void	rules_start(struct rules *, const struct policy *, const struct said *);

/* The model refuses these: they are lost, if they were said. */
void	rules_refuse(struct rules *, const struct said *, unsigned settings);

/* Where tools are forced they are not any more. */
void	rules_unforce(struct rules *, const struct said *);

/* Lost, if it was the client's wish and not the entry's. */
void	rules_lose(struct rules *, enum lost);

/* The nearest level that the entry allows; another than the client's is lost. */
enum effort	rules_level(struct rules *, const struct model *, enum effort);

#endif
