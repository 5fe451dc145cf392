#ifndef RESPONSES_CONVERT_H
#define RESPONSES_CONVERT_H

#include "dialects/dialect.h"
#include "dialects/openai/openai_request.h"
#include "neutral/blocks.h"
#include "neutral/reply.h"
#include "neutral/spoken.h"
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
struct json_value responses_whole_of(struct json_value event, int64_t *items);
extern const struct stream_writer responses_stream;
int	responses_write_reply(struct json_write *, struct reply *);

/* Longest name of a function, and id of a call. */
#define RESPONSES_NAME_MAX	64
#define RESPONSES_ID_MAX	64

/* responses_items_read.c: `input`. */
int	responses_read_input(const struct given *);

/* responses_tools_read.c: `tools`, here and in items. */
int	responses_read_tools(const struct given *);
/* Of a tool or a call: others know no results that come later. */
int	responses_lose_async(struct request *, const char *inside,
	    struct json_value, struct problem *);
int	responses_add_tools(struct request *, struct json_value,
	    struct problem *);

/* How the `encrypted_content` of a summary begins that was made here. */
#define RESPONSES_SUMMARY	"droid2api.summary:"

/* responses_items_read.c: the text of an item that is such a summary; false: none. */
bool	responses_read_summary(struct json_value item, struct escaped *text);

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
/* Whether another API's client has the provider search: it wants the sources. */
bool	responses_searches(const struct request *);

/*
 * responses_output_read.c: items of a reply, which come announced, in pieces, as
 * whole parts, done, and once more with the whole response; or some of that. What
 * was said before adds nothing.
 */
struct responses_item {
	struct responses_item	*next;		/* older */
	struct responses_told	*told;		/* NULL: nobody will ask */
	int64_t			 index;		/* output_index, of one or more */
	int64_t			 key;		/* of its call, in blocks */
	int64_t			 part;		/* which part comes now */
	struct spoken		 said;		/* of that part */
	struct spoken		 before;	/* of the one before, whole */
	int64_t			 paragraph;	/* of thinking */
	bool			 any;		/* something was said of it */
	bool			 cited;
	bool			 done;
};

/* An item that events told of, done or not. */
struct responses_told {
	struct responses_told	*next;		/* newer */
	struct responses_item	*item;		/* while it is open */
	struct text		 type, id;	/* of calls the call's id */
	bool			 found;		/* in the whole response */
};

struct responses_reading {
	struct responses_item	*items;		/* newest first */
	struct responses_item	*spare;		/* done, to be used again */
	unsigned		 open;		/* in `items` */
	struct responses_told	*told, *last_told; /* oldest first */
	unsigned		 count;		/* told of */
	int64_t			 keys;		/* given so far */
};

#define RESPONSES_OPEN_MAX	4096	/* items that are not done */
#define RESPONSES_TOLD_MAX	4096	/* more: the whole response is not read */

/*
 * The item at that index, made when it wasn't seen before, of that type unless it
 * is known to be another's; NULL: no memory.
 */
struct responses_item	*responses_item(struct blocks *, int64_t index,
			    const char *type);
/* The same of an item that is announced, or done. */
struct responses_item	*responses_said_item(struct blocks *, int64_t index,
			    struct json_value item, bool done);
/* An item announced: a call begins, what else it may be says nothing yet. */
int	responses_open_item(struct blocks *, struct responses_item *,
	    struct json_value);
/* All of it that wasn't said before, and its end. */
int	responses_end_item(struct blocks *, struct responses_item *,
	    struct json_value);
/* The whole response: what of its items wasn't said before. */
int	responses_end_output(struct blocks *, struct json_value output);

/*
 * responses_parts_read.c: parts of items. A piece of one; one that is said whole,
 * of which what is missing is said; and its end, with citations.
 */
typedef int	(*responses_say)(struct blocks *, struct escaped);
int	responses_say_piece(struct blocks *, struct responses_item *,
	    int64_t part, struct escaped, responses_say);
int	responses_say_whole(struct blocks *, struct responses_item *,
	    int64_t part, struct escaped, responses_say);
int	responses_end_part(struct blocks *, struct responses_item *,
	    int64_t index, struct json_value part);
/* A piece of text, with its logprobs. */
int	responses_say_text(struct blocks *, struct responses_item *,
	    int64_t part, struct escaped, struct text logprobs);
/* A paragraph of thinking begins. */
int	responses_paragraph(struct blocks *, struct responses_item *,
	    int64_t part);
/* The same of a call's arguments or input, which are one part. */
int	responses_say_argument(struct blocks *, struct responses_item *,
	    struct json_value piece);
int	responses_say_arguments(struct blocks *, struct responses_item *,
	    struct json_value whole);
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

#define RESPONSES_RS_LENGTH	29	/* of a reasoning item's id */

/* One item being written: as it is announced, or done. */
struct responses_at {
	struct json_write	*w;
	struct reply		*reply;
	unsigned		 index;
	bool			 done;
};

enum responses_kind responses_kind(const struct reply_block *);
/* The member `key` with an item's id. */
void	responses_put_id(const struct responses_at *, const char *key,
	    enum responses_kind);
/* The item that begins with that block; the block behind it. */
const struct reply_block *responses_put_item(const struct responses_at *,
	    enum responses_kind, const struct reply_block *);

/* What items are made of: a part of a message, and of that part. */
void	responses_put_part(struct json_write *, const struct reply_block *,
	    bool done);
/* `characters` of the text are the end of a citation that names none. */
void	responses_put_annotation(struct json_write *, const struct citation *,
	    int64_t characters);
/* A member `logprobs`: elements as in event.h. */
void	responses_put_logprobs(struct json_write *, struct text);
/* What stands in the block; of a call without arguments "{}". */
struct escaped	responses_text_of(const struct reply_block *);
/* What the reply's end is called: "completed", "incomplete", "failed". */
const char	*responses_status(const struct reply *);

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

#endif
