#ifndef RESPONSES_H
#define RESPONSES_H

#include "dialects/dialect.h"

/*
 * OpenAI Responses: what its own files share. The hooks are described in
 * dialect.h.
 */
extern const struct dialect dialect_responses;

/* responses_edit.c */
int	responses_read_head(struct head *, struct arena *, struct json_value,
	    struct problem *);
int	responses_edit_request(struct edits *, struct json_value,
	    const struct policy *, struct losses *,
	    struct problem *);
/* The same of what is to be compacted: no policy, and no seals of others. */
void	responses_edit_compact(struct edits *, struct json_value,
	    const struct policy *);

/* responses_watch.c */
void	responses_watch_event(struct watch *, const struct frame *);
void	responses_watch_reply(struct watch *, struct json_value);

/* A `usage` object; members that are missing leave what was said before. */
void	responses_read_usage(struct usage *, struct json_value);

/* Why a whole response object stopped; STOP_NONE while it goes on. */
enum stop	responses_read_stop(struct json_value response);

/* responses_problem.c */
void	responses_emit_failure(struct frames *, struct watch *,
	    const struct problem *, const char *request_id);
void	responses_emit_keep_alive(struct frames *, struct watch *);

#endif
