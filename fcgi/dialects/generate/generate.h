#ifndef GENERATE_H
#define GENERATE_H

#include "dialects/dialect.h"
#include "neutral/embedding.h"

/*
 * Google generateContent: what its own files share. The hooks are described in
 * dialect.h.
 */
extern const struct dialect dialect_generate;

/* generate_edit.c */
int	generate_read_head(struct head *, struct arena *, struct json_value,
	    struct problem *);
int	generate_edit_request(struct edits *, struct json_value,
	    const struct policy *, struct losses *,
	    struct problem *);

/* generate_watch.c */
void	generate_watch_event(struct watch *, const struct frame *);
void	generate_watch_reply(struct watch *, struct json_value);

/* A `usageMetadata`; members that are missing leave what was said before. */
void	generate_read_usage(struct usage *, struct json_value);

/* A finishReason; STOP_NONE for an empty one, STOP_BAD if unknown. */
enum stop	generate_stop_of(struct json_value);

/* generate_problem.c */
void	generate_write_problem(struct json_write *, const struct problem *,
	    const char *request_id);
void	generate_emit_keep_alive(struct frames *, struct watch *);

/* generate_embedding.c; the single one is a client's alone. */
extern const struct embedder	generate_embedder, generate_single_embedder;
void	generate_edit_embedding(struct edits *, struct json_value body,
	    const struct policy *);

/* generate_models.c */
void	generate_write_models(struct json_write *,
	    const struct model_list *);
void	generate_write_model(struct json_write *, const struct named_model *);

#endif
