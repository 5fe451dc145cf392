#ifndef CHAT_REQUEST_H
#define CHAT_REQUEST_H

#include "dialects/dialect.h"
#include "dialects/openai/openai_request.h"

/* What the files of chat's convert lane share. */

/*
 * A thinking block's seal goes to chat clients as one of `reasoning_details`,
 * {type:"reasoning.encrypted", data:"N:PACKED", index}: N is how many bytes of
 * `reasoning_content` (decoded) are that block's text, as the texts of all
 * blocks come back in one string; no "N:" is none of it. A call's seal is packed
 * in the call's `extra_content.google.thought_signature`.
 */

/* chat_messages_read.c: `messages`. */
int	chat_read_messages(const struct given *);

/* chat_thinking_read.c: an assistant message's thinking, as parts. */
int	chat_read_thinking(struct request *, struct turn *,
	    struct json_value message, struct problem *);
/* The seal in a call's `extra_content`, as a part before it. */
void	chat_read_call_seal(struct request *, struct turn *,
	    struct json_value call);

/* chat_tools_read.c */
int	chat_read_tools(const struct given *);
int	chat_read_functions(const struct given *);

/* chat_messages_write.c: the value of `messages`. */
int	chat_write_messages(struct json_write *, struct request *,
	    struct problem *);

/* The messages on their way out. */
struct chat_out {
	struct json_write	*w;
	struct request		*request;
	struct problem		*p;
};

/* chat_parts_write.c: parts of a message. */
int	chat_put_text(const struct chat_out *, const struct part *);
int	chat_put_media(const struct chat_out *, const struct part *);
int	chat_put_part(const struct chat_out *, const struct part *);
/*
 * The texts among the parts as one string, a blank line between them: OpenAI takes
 * a list of parts as well, but many servers do not. Or as more of a string.
 */
int	chat_put_texts(const struct chat_out *, const struct part *);
int	chat_add_texts(const struct chat_out *, const struct part *);
int	chat_lost(const struct chat_out *, enum lost);
/* Marks that this API has no place for. */
int	chat_lose_marks(const struct chat_out *, const struct part *);

/* chat_tools_write.c */
int	chat_write_tools(struct json_write *, struct request *,
	    struct problem *);

/* Longest name of a function, and id of a call, that OpenAI takes. */
#define CHAT_NAME_MAX	64
#define CHAT_ID_MAX	40

#endif
