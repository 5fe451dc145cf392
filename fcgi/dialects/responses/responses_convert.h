#ifndef RESPONSES_CONVERT_H
#define RESPONSES_CONVERT_H

#include "dialects/dialect.h"
#include "neutral/blocks.h"
#include "neutral/reply.h"
#include "neutral/request.h"
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
int	responses_read_event(struct blocks *, const struct sse_event *,
	    struct json_value data);
int	responses_read_reply(struct blocks *, struct json_value reply);
int	responses_write_event(struct stream *, const struct event *);
int	responses_write_reply(struct json_write *, struct reply *);

/* Longest name of a function, and id of a call. */
#define RESPONSES_NAME_MAX	64
#define RESPONSES_ID_MAX	64

/*
 * responses_tools_known.c: tools that the client runs, that have a type of their
 * own and no schema, and whose calls are items of a type of their own.
 */
struct responses_known_tool {
	const char	*name;		/* as others are told, and its type */
	const char	*call, *output;	/* types of its items */
	const char	*member;	/* of the call: its arguments, an object */
	enum tool_kind	 kind;
	const char	*description;
	const char	*schema;	/* JSON */
};

/* NULL when there is none. */
const struct responses_known_tool *responses_known_type(struct json_value type);
const struct responses_known_tool *responses_known_call(struct json_value type);
const struct responses_known_tool *responses_known_output(
	    struct json_value type);
const struct responses_known_tool *responses_known_name(struct text name);

#define RESPONSES_SEARCH	"tool_search"

/* responses_items_read.c: `input`. */
int	responses_read_input(struct request *, struct json_value,
	    struct problem *);

/* responses_content_read.c: where content goes: a result, a turn, or system. */
struct responses_place {
	struct request	*request;
	struct problem	*problem;
	struct turn	*turn;
	struct part	*result;
	size_t		 index;		/* of the item */
};

/* A string or an array of parts. 0 or -1. */
int	responses_read_content(const struct responses_place *,
	    struct json_value);
int	responses_invalid(const struct responses_place *, const char *why);
struct text	responses_decode(struct request *, struct json_value string);

/* responses_tools_read.c: `tools`, here and in items; the choice among them. */
int	responses_read_tools(struct request *, struct json_value,
	    struct problem *);
int	responses_read_choice(struct request *, struct json_value,
	    struct problem *);

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

/* responses_tools_write.c: names first, as calls in history need them. */
void	responses_declare_tools(struct request *);
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

/* The one of this reply; NULL when there is no memory, said to `blocks`. */
struct responses_reading *responses_reading(struct blocks *);
/* The item at that index, made when it wasn't seen before; NULL: no memory. */
struct responses_item	*responses_item(struct blocks *, int64_t index);
/* A call announced; what else it may be says nothing yet. */
int	responses_open_item(struct blocks *, struct responses_item *,
	    struct json_value);
/* All of it that wasn't said before, and its end. */
int	responses_end_item(struct blocks *, struct responses_item *,
	    struct json_value);
int	responses_cite(struct blocks *, struct json_value annotation);
/* Elements of an array as raw text between the brackets. */
struct text	responses_inside(struct json_value array);

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

/* responses_part_write.c: what items are made of. */
void	responses_put_part(struct json_write *, const struct reply_block *,
	    bool done);
void	responses_put_annotation(struct json_write *, const struct citation *,
	    const struct reply_block *);
/* A member `logprobs`: elements as in event.h. */
void	responses_put_logprobs(struct json_write *, struct text);
void	responses_put_summary_part(struct json_write *, struct escaped);
void	responses_put_seal(struct json_write *, const struct seal *);
/* What stands in the block; of a call without arguments "{}". */
struct escaped	responses_text_of(const struct reply_block *);
/* A search that another provider ran; missing: it was none. */
struct json_value responses_search_query(struct json_value item);

/* responses_object.c: the response object. */
struct responses_object {
	struct text		 id, model;
	int64_t			 created_at;
	const char		*status;
	const struct problem	*problem;	/* of a failed one, or NULL */
	struct reply		*reply;		/* its output; NULL: none yet */
};

void	responses_put_object(struct json_write *,
	    const struct responses_object *);
/* What the reply's end is called: "completed", "incomplete", "failed". */
const char	*responses_status(const struct reply *);

/* responses_problem.c: the error of a response that failed, as a value. */
void	responses_put_failure(struct json_write *, const struct problem *);

#endif
