#ifndef MESSAGES_H
#define MESSAGES_H

#include "dialects/dialect.h"

/*
 * Anthropic Messages: what its own files share. The hooks are described in
 * dialect.h.
 */
extern const struct dialect dialect_messages;

/* messages_edit.c */
int	messages_read_head(struct head *, struct arena *, struct json_value,
	    struct problem *);
int	messages_edit_request(struct edits *, struct json_value,
	    const struct policy *, struct losses *,
	    struct problem *);

/*
 * The session that Claude Code says in metadata.user_id: as JSON text with a
 * session_id, older ones as user_HASH_account_UUID_session_UUID. Its prefix is
 * cached by it. Decoded; empty: none.
 */
struct text	messages_session(struct arena *, struct json_value user_id);

/* messages_watch.c */
void	messages_watch_event(struct watch *, const struct frame *);
void	messages_watch_reply(struct watch *, struct json_value);

/* A `usage` object; members that are missing leave what was said before. */
void	messages_read_usage(struct usage *, struct json_value);

/* A stop_reason; STOP_NONE for an empty one, STOP_END if unknown. */
enum stop	messages_stop_of(struct json_value);

/* messages_problem.c */
void	messages_write_problem(struct json_write *, const struct problem *,
	    const char *request_id);
void	messages_emit_keep_alive(struct frames *, struct watch *);

/* messages_models.c */
void	messages_write_models(struct json_write *,
	    const struct model_list *);
void	messages_write_model(struct json_write *, const struct named_model *);

/* messages_betas.c */
const char *messages_join_betas(struct arena *, const char *list,
	    const struct policy *);

#endif
