#ifndef CHAT_REPLY_H
#define CHAT_REPLY_H

#include "json_write.h"
#include "neutral/event.h"
#include "neutral/seal.h"

/*
 * What a chunk's delta and a whole message have in common (chat_reply_pieces.c).
 */

const char *chat_finish_word(enum stop);

/* The member `extra_content` of a call; nothing without a seal. */
void	chat_put_call_seal(struct json_write *, const struct seal *);

/* One of reasoning_details (chat_request.h): `thought` bytes are sealed. */
void	chat_put_detail(struct json_write *, const struct seal *,
	    size_t thought, unsigned index);

/* Elements of `annotations`; the block's text begins at `start`. */
void	chat_put_citations(struct json_write *, const struct citation *,
	    int64_t start);

/* The member `usage`. */
void	chat_put_usage(struct json_write *, const struct usage *);

/* An image as one of `images`, as OpenRouter does. */
void	chat_put_image(struct json_write *, struct text media_type,
	    struct escaped base64);

/* Adds how long an escaped span is when decoded. */
void	chat_measure(struct escaped, size_t *bytes, int64_t *characters);

#endif
