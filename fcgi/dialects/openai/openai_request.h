#ifndef OPENAI_REQUEST_H
#define OPENAI_REQUEST_H

#include "neutral/field.h"
#include "neutral/place.h"

/*
 * What the requests of OpenAI's two APIs have in common. Responses says flat what
 * chat wraps in an object of the type's name: {type:"function",name} and
 * {type:"function",function:{name}}. Both forms are read. Belongs to neither.
 */

/* The rows that stand in both tables. */
#define OPENAI_FIELDS							\
	{ .name = "model" },						\
	{ .name = "stream" },						\
	{ .name = "temperature", .option = OPTION_TEMPERATURE },	\
	{ .name = "top_p", .option = OPTION_TOP_P },			\
	{ .name = "parallel_tool_calls", .option = OPTION_PARALLEL },	\
	{ .name = "user", .option = OPTION_USER },			\
	{ .name = "safety_identifier",					\
	    .option = OPTION_SAFETY_IDENTIFIER },			\
	{ .name = "prompt_cache_key", .option = OPTION_CACHE_KEY },	\
	{ .name = "metadata", .option = OPTION_METADATA },		\
	{ .name = "store", .option = OPTION_STORE },			\
	{ .name = "service_tier", .read = openai_read_tier },		\
	{ .name = "modalities", .read = openai_read_modalities },	\
	{ .name = "tool_choice", .read = openai_read_choice },		\
	{ .name = "prompt_cache_retention", .lost = LOST_CACHE_MARKS },	\
	{ .name = "prompt_cache_options",				\
	    .read = openai_read_cache_options },			\
	{ .name = "moderation", .lost = LOST_MODERATION }

int	openai_read_tier(const struct given *);
int	openai_read_cache_options(const struct given *);
int	openai_read_modalities(const struct given *);

/* The answer's format: {type, json_schema:{...}} or {type, schema, ...}. */
int	openai_read_format(const struct given *);

/* openai_content_read.c: a message's or a result's content. */
/* What a tool gave as it is: an object, or some, that are no parts. */
bool	openai_is_bare(struct json_value output);
int	openai_read_content(const struct place *, struct json_value);

/* {name, arguments} of a call: JSON text, or an object for its text. */
struct text	openai_arguments(const struct request *, struct json_value);

/*
 * openai_tools_read.c: what a value says inside of the member of its type's
 * name, or flat; a function's or a custom tool's declaration; the choice.
 */
struct json_value openai_inner(struct json_value);
/* Whether a tool is a function, in any API's spelling. */
bool	openai_is_function(struct json_value tool);
void	openai_read_function(struct tool *, struct json_value function);
void	openai_read_custom(const struct request *, struct tool *,
	    struct json_value custom);
int	openai_read_choice(const struct given *);

/* openai_tools_write.c: how one of the two APIs says its tools. */
struct openai_tools {
	struct json_write	*w;
	struct request		*request;
	struct problem		*problem;
	bool			 wrapped;	/* as chat does */
	bool			(*is_written)(const struct request *,
				    const struct tool *);
	void			(*put_named)(struct json_write *,
				    const struct request *,
				    const struct tool *);
};

/* The choice among the tools that are written, one at least. 0 or -1. */
int	openai_write_choice(const struct openai_tools *);

/*
 * The limit under that key. Responses takes none below 16, nor do models that reason,
 * which would say nothing: with `few_refused` it is raised to that. 0 or -1.
 */
int	openai_write_limit(struct json_write *, struct request *,
	    const char *key, bool few_refused, struct problem *);

/*
 * What both APIs refuse; with `fold` system messages between the others become
 * text of the user. 0 or -1.
 */
int	openai_prepare(struct request *, bool fold, struct problem *);

#endif
