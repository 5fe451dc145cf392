#ifndef DIALECT_H
#define DIALECT_H

#include "arena.h"
#include "buf.h"
#include "config.h"
#include "edit/edits.h"
#include "framing/frame_write.h"
#include "json.h"
#include "json_write.h"
#include "neutral/event.h"
#include "neutral/lost.h"
#include "neutral/policy.h"
#include "neutral/watch.h"
#include "problem.h"

/*
 * A dialect is one of the four wire APIs: a table of facts and functions. A
 * dialect's files use no other dialect's symbols; to add one is its files, a
 * line in the table of dialect.c and a column of test scenarios.
 *
 * The hooks stand in the order in which an exchange calls them.
 */
struct request;		/* request.h: the neutral request */
struct reply;		/* reply.h: the neutral reply, whole */
struct blocks;		/* blocks.h: takes what reply readers saw */
struct stream_writer;	/* stream.h: a reply stream being written */

/* What an exchange must know of a request before anything else. */
struct head {
	struct json_value	model;		/* a string, or missing */
	struct json_value	stream;		/* missing: not said */
	struct text		session;	/* a hint found in the body */
	const char		*session_name;	/* static, which one it was */
};

struct dialect {
	enum dialect_kind	 kind;
	const char		*name;		/* "messages" */
	const char		*route;		/* "/v1/messages" */
	/*
	 * No event says that a stream is over: what looks like the last one may
	 * be followed by more, until the bytes end.
	 */
	bool			 ends_by_eof;
	/*
	 * The last event of a stream repeats whole texts: then the reply keeps
	 * them (reply.h), else only what a call needs.
	 */
	bool			 stream_repeats;
	const char		*id_prefix;	/* of a reply's id: "chatcmpl-" */
	const char		*failure_name;	/* of a problem's frame; NULL: none */

	/*
	 * Notes model, stream and session hints; never fails on what it
	 * doesn't know. 0, or -1: not an object, `model` not a string.
	 */
	int	(*read_head)(struct head *, struct arena *, struct json_value body,
		    struct problem *);

	/*
	 * The edit lane: splices what policy changes into the client's bytes,
	 * and nothing else; notes what the client loses by it. No edits, when
	 * policy changes nothing. 0 or -1.
	 */
	int	(*edit_request)(struct edits *, struct json_value body,
		    const struct policy *, struct losses *, struct problem *);

	/* The convert lane: wire -> neutral, neutral -> wire. */
	int	(*read_request)(struct request *, struct json_value body,
		    struct problem *);
	int	(*write_request)(struct json_write *, struct request *,
		    struct problem *);

	/* Same-dialect lanes: the side reader of events and whole replies. */
	void	(*watch_event)(struct watch *, const struct frame *);
	void	(*watch_reply)(struct watch *, struct json_value reply);

	/*
	 * The convert lane. Readers tell `blocks` what they saw and return 0, or
	 * -1 when the bytes make no sense (blocks then ends in an error).
	 * `data` is the event's data as JSON, missing when it is none ("[DONE]",
	 * or empty); the document is the caller's and is used again for the next
	 * event. read_reply() says all of a reply and blocks_finish().
	 */
	int	(*read_event)(struct blocks *, const struct frame *,
		    struct json_value data);
	int	(*read_reply)(struct blocks *, struct json_value reply);
	const struct stream_writer *write_stream;
	int	(*write_reply)(struct json_write *, struct reply *);

	/*
	 * Failures. status() is the HTTP status that this dialect's clients
	 * expect of a problem (402 and 529 don't exist everywhere).
	 * read_problem() understands an upstream's error body of this
	 * dialect, and falls back to what any API says; a body that isn't JSON
	 * is for problem_read_text(). The problem was cleared, or holds only the
	 * retry_after_s of the reply's headers. write_problem() writes
	 * the whole body, which is also the frame that ends a stream, unless
	 * there is an emit_failure(); emit_keep_alive() appends one that keeps
	 * a silent stream open, in the form that this dialect's clients bear.
	 * The watch says where in the stream it will stand, and is told
	 * (sequence numbers).
	 */
	int	(*status)(const struct problem *);
	void	(*read_problem)(struct problem *, int status, struct arena *,
		    struct json_value body);
	void	(*write_problem)(struct json_write *, const struct problem *,
		    const char *request_id);
	void	(*emit_failure)(struct frames *, struct watch *,
		    const struct problem *, const char *request_id);
	void	(*emit_keep_alive)(struct frames *, struct watch *);
};

extern const struct dialect dialect_chat, dialect_responses, dialect_messages,
    dialect_generate;

const struct dialect	*dialect_of(enum dialect_kind);

/*
 * Ends a stream with a problem; keeps one open that is silent, where its framing
 * and its dialect bear it. Each tells the watch and returns 0, or -1: no memory.
 */
int	dialect_fail(const struct dialect *, struct frames *, struct watch *,
	    const struct problem *, const char *request_id);
int	dialect_keep_alive(const struct dialect *, struct frames *,
	    struct watch *);

/*
 * What every dialect's read_head() does: the body must be an object, and its
 * `model` missing or a string. No session. 0 or -1.
 */
int	head_read(struct head *, struct json_value body, struct problem *);

/* Takes the string at `key` for a session hint, unless it is empty. */
void	head_read_session(struct head *, struct arena *, struct json_value body,
	    const char *key);

#endif
