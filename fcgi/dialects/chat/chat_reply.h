#ifndef CHAT_REPLY_H
#define CHAT_REPLY_H

#include "json_write.h"
#include "neutral/reply.h"

/*
 * What a chunk's delta and a whole message have in common (chat_block_write.c).
 */

/* The members that every chunk and reply begins with, object still open. */
void	chat_put_head(struct json_write *, const struct reply *,
	    const char *object);

const char *chat_finish_word(enum stop);

#define CHAT_DETAIL_FORMAT	"droid2api"	/* of those that are ours */

/* One of reasoning_details (chat_request.h): `thought` bytes are sealed. */
void	chat_put_detail(struct json_write *, const struct seal *,
	    int64_t thought, unsigned index);

/*
 * One of tool_calls: all of it, or as a stream announces it. The seal is the one
 * that stands before the call, or NULL.
 */
void	chat_put_call(struct json_write *, const struct reply_block *,
	    const struct seal *);
void	chat_put_call_start(struct json_write *, const struct reply_block *,
	    const struct seal *, unsigned index);

/* Elements of `annotations`; the block's text begins at `start`. */
void	chat_put_citations(struct json_write *, const struct citation *,
	    int64_t start);

/* The value of `logprobs`: elements as in event.h, null for none. */
void	chat_put_logprobs(struct json_write *, struct text);

/* The member `usage`. */
void	chat_put_usage(struct json_write *, const struct usage *);

/* The inside of one of `images`, as OpenRouter does, whose object is open. */
void	chat_put_image(struct json_write *, struct text media_type,
	    struct escaped base64);

/* Between messages that are one here; escaped. */
#define CHAT_APART		"\\n\\n"
#define CHAT_APART_CHARACTERS	2

#endif
