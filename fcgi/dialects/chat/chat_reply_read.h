#ifndef CHAT_REPLY_READ_H
#define CHAT_REPLY_READ_H

#include "neutral/blocks.h"

/*
 * chat_content_read.c: what a message, or a stream's delta, says beside calls.
 * Each 0 or -1, as blocks has it.
 */

/* `content`: a string, or a list of texts, thoughts and images. */
int	chat_read_content(struct blocks *, struct json_value content,
	    struct text logprobs);

/* What was thought, in whichever of its members, and how it is sealed. */
int	chat_read_thoughts(struct blocks *, struct json_value message);

/* Citations of the text before; images that the model made. */
int	chat_read_annotations(struct blocks *, struct json_value message);
int	chat_read_images(struct blocks *, struct json_value message);

#endif
