#ifndef MESSAGES_CONVERT_H
#define MESSAGES_CONVERT_H

#include "dialects/dialect.h"
#include "messages_rules.h"
#include "neutral/blocks.h"
#include "neutral/reply.h"
#include "neutral/request.h"
#include "neutral/stream.h"

/*
 * Anthropic Messages, the convert half: what its own files share. The hooks are
 * described in dialect.h, the wire format in Anthropic's API reference
 * (POST /v1/messages, "Create a Message" and "Streaming Messages").
 */
int	messages_read_request(struct request *, struct json_value body,
	    struct problem *);
int	messages_write_request(struct json_write *, struct request *,
	    struct problem *);
int	messages_read_event(struct blocks *, const struct sse_event *,
	    struct json_value data);
int	messages_read_reply(struct blocks *, struct json_value reply);
int	messages_write_event(struct stream *, const struct event *);
int	messages_write_reply(struct json_write *, struct reply *);

/*
 * Where content that is being read belongs: to the content of a tool result,
 * else to a turn, else to the system text.
 */
struct messages_place {
	struct request	*request;
	struct problem	*problem;
	struct turn	*turn;
	struct part	*result;
	size_t		 message, block;	/* for people */
};

/* messages_content_read.c: a string or an array of blocks. 0 or -1. */
int	messages_read_content(struct messages_place *, struct json_value);

/* Decoded, in the request's arena. */
struct text	messages_decode(struct request *, struct json_value string);
enum cache_mark	messages_read_cache(struct json_value block);
int		messages_no_memory(struct problem *);

/* messages_tools_read.c */
int	messages_read_tools(struct request *, struct json_value,
	    struct problem *);
int	messages_read_choice(struct request *, struct json_value,
	    struct problem *);

/* messages_tools_known.c: what the versioned client tools are. */
struct messages_known_tool {
	const char	*prefix;	/* of the type: "bash_" */
	const char	*description;
	const char	*schema;	/* JSON */
};

/* The client tool of that type; NULL: none, the provider runs it. */
const struct messages_known_tool *messages_known_tool(struct text type);

/* A request being written, and what was settled before the first byte. */
struct messages_writing {
	struct json_write	*out;
	struct request		*request;
	struct problem		*problem;
	struct messages_rules	 rules;
	size_t			 marks_over;	/* more than are allowed */
	bool			 short_mark;	/* of 5 minutes, written */
};

/* messages_prepare.c: leaves out and reshapes what this API refuses. */
int	messages_prepare(struct request *, struct problem *);

/* messages_settle.c: what the entry rules, sampling, tool choice. */
int	messages_settle(struct messages_writing *);

/* messages_content_write.c */
void	messages_write_system(struct messages_writing *);
void	messages_write_turns(struct messages_writing *);
void	messages_write_mark(struct messages_writing *, enum cache_mark);

/* messages_tools_write.c: names first, as calls in history need them. */
int	messages_declare_tools(struct messages_writing *);
int	messages_write_tools(struct messages_writing *);

/*
 * messages_schema.c: copies of a schema as this API wants it. `*changed` is set
 * when something was left out.
 */
void	messages_put_input_schema(struct json_write *, struct json_value,
	    bool *changed);
void	messages_put_closed_schema(struct json_write *, struct json_value,
	    bool *changed);

/* messages_block_read.c: the content block of a reply that is being read. */
struct messages_reading;

/* The one of this reply; NULL when there is no memory, said to `blocks`. */
struct messages_reading *messages_reading(struct blocks *);
int	messages_open_block(struct blocks *, struct messages_reading *,
	    int64_t index, struct json_value block);
int	messages_read_delta(struct blocks *, struct messages_reading *,
	    struct json_value event);
/* Ends the open block, if there is one. */
int	messages_end_block(struct blocks *, struct messages_reading *);
/* Fails the reply: -1. */
int	messages_nonsense(struct blocks *, const char *what);

/*
 * messages_block_write.c: what streams and whole replies have in common.
 * `refusal` is the escaped text of one, perhaps empty.
 */
void	messages_put_usage(struct json_write *, const struct usage *);
void	messages_put_stop(struct json_write *, enum stop,
	    struct escaped sequence, const struct text *refusal);
void	messages_put_seal(struct json_write *, const char *key,
	    const struct seal *);
void	messages_put_citation(struct json_write *, const struct citation *);

/*
 * What a provider's tool did: this API's own block as it stands, OpenAI's
 * search as a call and its result, of anything else nothing. The first says
 * how many blocks that is, the second writes one.
 */
size_t	messages_server_blocks(struct json_value item);
void	messages_put_server(struct json_write *, struct arena *,
	    struct json_value item, size_t which);

/* Stands for an image that a model made: this API has no place for it. */
#define MESSAGES_IMAGE_NOTE	\
	"[The model made an image, which can not be shown here.]"

#endif
