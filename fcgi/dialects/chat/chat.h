#ifndef CHAT_H
#define CHAT_H

#include "dialects/dialect.h"

/*
 * OpenAI Chat Completions: what its own files share. The hooks are described in
 * dialect.h.
 */
extern const struct dialect dialect_chat;

/* chat_edit.c */
int	chat_read_head(struct head *, struct arena *, struct json_value,
	    struct problem *);
int	chat_edit_request(struct edits *, struct json_value,
	    const struct policy *, struct losses *,
	    struct problem *);

/* chat_watch.c */
void	chat_watch_event(struct watch *, const struct frame *);
void	chat_watch_reply(struct watch *, struct json_value);
void	chat_emit_keep_alive(struct frames *, struct watch *);

/* chat_request_read.c, chat_request_write.c */
int	chat_read_request(struct request *, struct json_value,
	    struct problem *);
int	chat_write_request(struct json_write *, struct request *,
	    struct problem *);

/* chat_reply_read.c, chat_reply_write.c */
int	chat_read_event(struct blocks *, const struct frame *,
	    struct json_value);
int	chat_read_reply(struct blocks *, struct json_value);
extern const struct stream_writer chat_stream;
int	chat_write_reply(struct json_write *, struct reply *);

/* A `usage` object; members that are missing leave what was said before. */
void	chat_read_usage(struct usage *, struct json_value);

/*
 * Where a reply, or an event of one, says its usage; and what a message says that
 * was thought: an empty string says nothing. Missing: nowhere.
 */
struct json_value	chat_usage_of(struct json_value);
struct json_value	chat_thinking_of(struct json_value message);

/* Groq ended the stream early; chunk.x_groq.error says why. */
bool	chat_is_cut(struct json_value chunk);

/* A finish_reason; STOP_NONE for an empty one, STOP_END if unknown. */
enum stop	chat_stop_of(struct json_value);

#endif
