#ifndef EDIT_LANE_H
#define EDIT_LANE_H

#include "edits.h"
#include "json.h"
#include "neutral/policy.h"

/*
 * The edit lane: policy as edits of the client's bytes, as far as the dialects
 * have it in common. Nothing here fails by itself: a full arena shows in
 * edits_finish(). What the entry's `drop` names is never written.
 */
struct edit_lane {
	struct edits		*edits;		/* started */
	struct json_value	 body;		/* an object */
	const struct policy	*policy;
	struct escaped		 prompt;	/* inside of a JSON string, or empty */
};

void	lane_start(struct edit_lane *, struct edits *, struct json_value body,
	    const struct policy *);

/* JSON made by a format, in the edits' arena. */
struct text	lane_format(const struct edit_lane *, const char *format, ...)
		    __attribute__((format(printf, 2, 3)));

/* Sets a member of the body, unless it's dropped. */
void	lane_set(const struct edit_lane *, const char *key, struct text json);

/* The same, unless the client gave it a value other than null. */
void	lane_default(const struct edit_lane *, const char *key,
	    struct text json);

/*
 * Sets a member of an object that is a member of the body; makes the object
 * where it's missing or null, and leaves what is of another kind alone.
 */
void	lane_set_in(const struct edit_lane *, const char *outer,
	    const char *key, struct text json);

/* The name that goes upstream, where another one stands. */
void	lane_model(const struct edit_lane *);

/* Leaves out what the entry's `drop` names. */
void	lane_drop(const struct edit_lane *);

/* Leaves out the body's temperature, top_p and top_k. */
void	lane_delete_sampling(const struct edit_lane *);

/*
 * A client's own effort that the entry doesn't allow becomes the nearest one.
 * A word that is no effort is left for the upstream to refuse.
 */
void	lane_clamp(const struct edit_lane *, struct json_value word);

/* The nearest effort that the entry allows, as a JSON string. */
struct text	lane_effort(const struct edit_lane *, enum effort);

/*
 * Whether a string begins with the system prompt; white space at the prompt's
 * end doesn't count.
 */
bool	lane_has_prompt(const struct edit_lane *, struct json_value string);

/*
 * Where the entry says that the model continues no message, and the last element
 * of the body's array `key` would be one: `turn` is put behind it. Edits inside
 * that element are lost.
 */
void	lane_end_prefill(const struct edit_lane *, const char *key,
	    bool (*is_prefill)(const struct edit_lane *, struct json_value),
	    struct text turn);

/* A literal as JSON. */
#define LANE_JSON(literal)	((struct text){ literal, sizeof(literal) - 1 })

#endif
