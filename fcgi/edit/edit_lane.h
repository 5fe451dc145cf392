#ifndef EDIT_LANE_H
#define EDIT_LANE_H

#include "edits.h"
#include "json.h"
#include "neutral/rules.h"

/*
 * The edit lane: policy as edits of the client's bytes, as far as the dialects
 * have it in common. Nothing here fails by itself: a full arena shows in
 * edits_finish(). What the entry's `drop` names is never written.
 */
struct edit_lane {
	struct edits		*edits;		/* started */
	struct json_value	 body;		/* an object */
	const struct policy	*policy;
	struct losses		*lost;		/* what the client loses by it */
	struct escaped		 prompt;	/* inside of a JSON string, or empty */
};

void	lane_start(struct edit_lane *, struct edits *, struct json_value body,
	    const struct policy *, struct losses *);

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

/*
 * An object, not empty, that stands for a block: with the block's mark of what is to be
 * cached, if it has one.
 */
struct text	lane_marked(const struct edit_lane *, struct text object,
		    struct json_value block);

/*
 * The name that goes upstream, where another one stands: under "Model" too, which
 * some servers take for it.
 */
void	lane_model(const struct edit_lane *);

/* Leaves out what the entry's `drop` names. */
void	lane_drop(const struct edit_lane *);

/*
 * What an object says of settings and of the limit, in any API's words: a word
 * that its own doesn't know stands in nobody's body.
 */
struct said	lane_said(struct json_value object);

/*
 * Leaves out what the rules refuse, puts their limit where another one stands,
 * and notes what is lost.
 */
void	lane_obey(const struct edit_lane *, struct json_value object,
	    const struct said *, const struct rules *);

/* The word's effort; auto when there is none, or an unknown one. */
enum effort	lane_effort_of(const struct edit_lane *, struct json_value word);

/* An effort as a JSON string. */
struct text	lane_effort(const struct edit_lane *, enum effort);

/* Whether a string begins with the system prompt. */
bool	lane_has_prompt(const struct edit_lane *, struct json_value string);

/* The prompt's element in front, unless the first one's `text` has it. */
void	lane_lead(const struct edit_lane *, struct json_value array,
	    struct text element);

/* Of OpenAI's APIs: a message of the system, or of the developer. */
bool	lane_is_system(struct json_value message);

/* Its content, or the text of its first part. */
struct json_value	lane_message_text(struct json_value message);

/*
 * Where the entry says that the model takes no system messages between the
 * others, those of the body's array `key` become the user's, in tags.
 */
void	lane_tag_system(const struct edit_lane *, const char *key);

/*
 * Whether a string is a seal that must not go: packed, as another API's is, or,
 * where the policy wants none, any.
 */
bool	lane_is_foreign_seal(const struct edit_lane *, struct json_value string);

/*
 * Leaves out the elements of the body's lists that hold what others sealed: of
 * the array itself, or, where all of an element's are such, the element too.
 * `is_foreign` tells them; `inner` is the list in each of the array's elements.
 */
void	lane_unseal(const struct edit_lane *, struct json_value array,
	    bool (*is_foreign)(const struct edit_lane *,
	    struct json_value element));
void	lane_unseal_inner(const struct edit_lane *, struct json_value array,
	    const char *inner, bool (*is_foreign)(const struct edit_lane *,
	    struct json_value element));

/*
 * Where the entry names what the model reads, and images aren't among it: those in
 * the body's array `key`, parts of that type, become the part `instead`, an object.
 */
void	lane_hide_images(const struct edit_lane *, const char *key,
	    const char *type, struct text instead);

/*
 * Where the entry says that the model continues no message, and the last element
 * of the body's array `key` would be one: `turn` is put behind it.
 */
void	lane_end_prefill(const struct edit_lane *, const char *key,
	    bool (*is_prefill)(struct json_value element), struct text turn);

/* All of the edit lane where a body is none of a conversation: lane_model(). */
void	edit_model(struct edits *, struct json_value body,
	    const struct policy *);

/* A literal as JSON. */
#define LANE_JSON(literal)	((struct text){ literal, sizeof(literal) - 1 })

#endif
