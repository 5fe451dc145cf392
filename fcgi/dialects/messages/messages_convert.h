#ifndef MESSAGES_CONVERT_H
#define MESSAGES_CONVERT_H

#include "dialects/dialect.h"
#include "messages_rules.h"
#include "neutral/blocks.h"
#include "neutral/field.h"
#include "neutral/place.h"
#include "neutral/reply.h"
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
int	messages_read_event(struct blocks *, const struct frame *,
	    struct json_value data);
int	messages_read_reply(struct blocks *, struct json_value reply);
extern const struct stream_writer messages_stream;
int	messages_write_reply(struct json_write *, struct reply *);

/* messages_content_read.c: a string or an array of blocks. 0 or -1. */
int	messages_read_content(struct place *, struct json_value);

int	messages_no_memory(struct problem *);

/* messages_tools_read.c */
int	messages_read_tools(const struct given *);
int	messages_read_choice(const struct given *);
/* A `tool_addition` or `tool_removal`: from here on it is offered, or not. */
int	messages_change_tools(struct place *, struct json_value block);

/*
 * messages_toolsets.c: the members of a toolset as functions, false if the tool is
 * none that is known. Their namespace is what calls say as `toolset_name`.
 */
bool	messages_add_toolset(struct request *, struct json_value tool);

/*
 * What ids begin with of searches that another API's provider ran: they and
 * their results mean nothing to this API's, which seals its own.
 */
#define MESSAGES_FOREIGN_SEARCH	"srvtoolu_ws_"

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
 * messages_schema.c: a copy of a schema as this API wants it for structured
 * output. `*changed` is set when something was left out, as a `$ref` is that leads
 * back to where it stands.
 */
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
/* Ends the block of that index (NULL: unsaid), if it is open; all that are. */
int	messages_end_block(struct blocks *, struct messages_reading *,
	    const int64_t *index);
int	messages_end_blocks(struct blocks *, struct messages_reading *);

/*
 * messages_call_read.c: calls of a reply that is being read. Those that were not
 * ended when another block began wait in a list; of those, the one with an index,
 * or any for NULL.
 */
struct messages_call {
	struct messages_call	*next;
	int64_t			 index;
	struct escaped		 arguments;	/* as it began with; unless ... */
	bool			 pieces;	/* ... they come in pieces */
};

int	messages_begin_call(struct blocks *, struct messages_call *,
	    struct json_value block);
int	messages_add_input(struct blocks *, struct messages_call *,
	    struct json_value input);
int	messages_end_call(struct blocks *, const struct messages_call *);
int	messages_wait_call(struct blocks *, struct messages_call **waiting,
	    const struct messages_call *);
struct messages_call **messages_waiting_call(struct messages_call **waiting,
	    const int64_t *index);
int	messages_end_waiting(struct blocks *, struct messages_call **waiting,
	    const int64_t *index);

/*
 * messages_reply_write.c: what streams and whole replies have in common. The head
 * of a message, up to its content; the members that say why it stopped.
 */
void	messages_put_head(struct json_write *, const struct reply *);
void	messages_put_stop(struct json_write *, const struct reply *);
void	messages_put_usage(struct json_write *, const struct usage *);
void	messages_put_citation(struct json_write *, const struct citation *);

/*
 * How many content blocks a closed block is: another's search is two, its call
 * and what was found; what this API has no place for is none. And one of them,
 * whole, or as a stream begins it.
 */
size_t	messages_blocks(const struct reply_block *);

/*
 * Whether it is the seal of a text of Google's, which may be left out: behind the last
 * block clients would take it for the end of the answer, and show nothing.
 */
bool	messages_is_text_seal(const struct reply_block *);
void	messages_put_block(struct json_write *, struct reply *,
	    const struct reply_block *, size_t which, bool whole);

/* Stands for an image that a model made: this API has no place for it. */
#define MESSAGES_IMAGE_NOTE	\
	"[The model made an image, which can not be shown here.]"

#endif
