#ifndef RESPONSES_CONVERT_H
#define RESPONSES_CONVERT_H

#include "dialects/dialect.h"
#include "dialects/openai/openai_request.h"
#include "neutral/blocks.h"
#include "neutral/reply.h"
#include "neutral/stream.h"

/*
 * OpenAI Responses, the convert half: what its own files share. The hooks are
 * described in dialect.h, the wire format in OpenAI's API reference (POST
 * /v1/responses, "Create a model response" and "Streaming events").
 */
int	responses_read_request(struct request *, struct json_value body,
	    struct problem *);
int	responses_write_request(struct json_write *, struct request *,
	    struct problem *);
int	responses_read_event(struct blocks *, const struct frame *,
	    struct json_value data);
int	responses_read_reply(struct blocks *, struct json_value reply);
extern const struct stream_writer responses_stream;
int	responses_write_reply(struct json_write *, struct reply *);

/* Longest name of a function, and id of a call. */
#define RESPONSES_NAME_MAX	64
#define RESPONSES_ID_MAX	64

/* responses_items_read.c: `input`. */
int	responses_read_input(const struct given *);

/* responses_tools_read.c: `tools`, here and in items. */
int	responses_read_tools(const struct given *);
int	responses_add_tools(struct request *, struct json_value,
	    struct problem *);

/* responses_request_read.c: the settings of a `configuration_update`. */
int	responses_read_update(struct request *, struct json_value,
	    struct problem *);

/* How the `encrypted_content` of a summary begins that was made here. */
#define RESPONSES_SUMMARY	"droid2api.summary:"

/* A request being written. */
struct responses_out {
	struct json_write	*w;
	struct request		*request;
	struct problem		*p;
};

int	responses_lost(const struct responses_out *, enum lost);

/* responses_items_write.c: the members `instructions` and `input`. */
int	responses_write_input(const struct responses_out *);

/* responses_content_write.c: one part of a message or a result. */
bool	responses_is_content(const struct part *);
int	responses_put_content(const struct responses_out *,
	    const struct part *, const char *text_type);

/* responses_tools_write.c */
int	responses_write_tools(const struct responses_out *);

/*
 * responses_output_read.c: items of a reply, which come whole, or announced, in
 * pieces, and done.
 */
struct responses_item {
	struct responses_item	*next;		/* older */
	int64_t			 index;		/* output_index */
	bool			 said;		/* something of it, in pieces */
	bool			 cited;
	bool			 done;
};

struct responses_reading {
	struct responses_item	*items;		/* newest first */
	struct responses_item	*spare;		/* done, to be used again */
	unsigned		 open;		/* in `items` */
	bool			 any;		/* an item was told of */
};

#define RESPONSES_OPEN_MAX	4096	/* items that are not done */

/* The item at that index, made when it wasn't seen before; NULL: no memory. */
struct responses_item	*responses_item(struct blocks *, int64_t index);
/* A call announced; what else it may be says nothing yet. */
int	responses_open_item(struct blocks *, struct responses_item *,
	    struct json_value);
/* All of it that wasn't said before, and its end. */
int	responses_end_item(struct blocks *, struct responses_item *,
	    struct json_value);
int	responses_cite(struct blocks *, struct json_value annotation);

/*
 * responses_output_write.c: items of a reply. Neighbouring texts are parts of
 * one message; ids are the reply's with another prefix and the item's index, so
 * that they need no memory.
 */
enum responses_kind {
	ITEM_NONE,		/* a block that makes no item */
	ITEM_MESSAGE,
	ITEM_REASONING,
	ITEM_CALL,
	ITEM_CUSTOM_CALL,
	ITEM_KNOWN_CALL,	/* of a tool with a type of its own */
	ITEM_SERVER,
	ITEM_IMAGE,
	ITEM_SUMMARY,
};

/* One item being written: as it is announced, or done. */
struct responses_at {
	struct json_write	*w;
	struct reply		*reply;
	unsigned		 index;
	bool			 done;
};

enum responses_kind responses_kind(struct reply *,
	    const struct reply_block *);
/* The member `key` with an item's id. */
void	responses_put_id(const struct responses_at *, const char *key,
	    enum responses_kind);
/* The item that begins with that block; the block behind it. */
const struct reply_block *responses_put_item(const struct responses_at *,
	    enum responses_kind, const struct reply_block *);

/* What items are made of: a part of a message, and of that part. */
void	responses_put_part(struct json_write *, const struct reply_block *,
	    bool done);
void	responses_put_annotation(struct json_write *, const struct citation *,
	    const struct reply_block *);
/* A member `logprobs`: elements as in event.h. */
void	responses_put_logprobs(struct json_write *, struct text);
/* What stands in the block; of a call without arguments "{}". */
struct escaped	responses_text_of(const struct reply_block *);

/* responses_object.c: the response object. */
struct responses_object {
	struct text		 id, model;
	int64_t			 created_at, completed_at;
	const char		*status;
	const struct problem	*problem;	/* why it failed, or NULL */
	struct reply		*reply;		/* its output; NULL: none yet */
	struct text		 temperature, top_p; /* empty: 1 */
};

void	responses_put_object(struct json_write *,
	    const struct responses_object *);
/* What the reply's end is called: "completed", "incomplete", "failed". */
const char	*responses_status(const struct reply *);

#endif
