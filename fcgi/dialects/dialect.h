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
#include "neutral/untold.h"
#include "neutral/watch.h"
#include "operation.h"
#include "problem.h"

/*
 * A dialect is one of the wire APIs: a table of facts and functions. A
 * dialect's files use no other dialect's symbols; to add one is its files, a
 * line in the table of dialects.c, its words in the configuration
 * (config_types.c) and a column of test scenarios.
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
	bool			 stream_usage;	/* a stream ends with usage */
	/*
	 * Whose words the body uses; DIALECT_KINDS: those of its path. Its path's
	 * own: those, with some of another's between them, so that it must be
	 * written anew wherever it goes.
	 */
	enum dialect_kind	 written_in;
};

/* Whether a header field is there, and whose value it has. */
enum header_rule {
	HEADER_ALWAYS,		/* ours; of a reply: the upstream's */
	HEADER_CLIENTS,		/* the client's; ours where it has none, or
				 * speaks another dialect */
	HEADER_OF_BODY,		/* the client's; none with another body than it
				 * was said for, which is sent without seals */
	HEADER_ANY_CLIENTS,	/* the client's, whatever it speaks, as nobody
				 * else has such a field; else ours */
	HEADER_WITH_CREDENTIAL,	/* it goes with the client's own credential */
	HEADER_OF_STREAMS,	/* ours, if the client wants events */
	HEADER_VERSION,		/* the version of Factory's client */
};

struct dialect_header {
	const char	*name;		/* lower case; NULL ends a list */
	const char	*value;		/* ours; NULL: none */
	enum header_rule rule;
};

/* A model by a name of it: its own, a redirect's or one that was found. */
struct named_model {
	const char		*id, *name;	/* for programs, for people */
	const struct model	*model;
	int64_t			 context_window, max_output; /* 0: unknown */
};

struct model_list {
	struct named_model	*at;
	size_t			 count;
	bool			 catalogue;	/* what Codex asks for, too */
};

/* "operations": what the model serves. */
void	named_model_write_operations(struct json_write *,
	    const struct named_model *);

struct dialect {
	enum dialect_kind	 kind;
	const char		*name;		/* "messages" */
	const struct operation	*operations;	/* conversations come first */
	const struct operation	*family;	/* rows that others have, too: its
						 * vendor's; or NULL */
	/*
	 * What tells on paths of several APIs, or of none, that a client speaks
	 * this one; NULL: nothing does.
	 */
	const char		*mark_header;	/* "anthropic-version" */
	const char		*mark_version;	/* "v1beta", before the path */
	const char		*mark_word;	/* in a path: "messages" */
	/* Headers in which its clients name a session; NULL ends, or is none. */
	const char *const	*session_headers;
	/*
	 * What an upstream gets beside what all get (upstream_headers.c): with
	 * Factory's profile, and plain. What passes of its reply's; a name
	 * with '-' at its end stands for all that begin so. NULL: nothing.
	 */
	const struct dialect_header *factory_headers, *plain_headers,
				*reply_headers;
	const char		*sdk_version;	/* Factory's client has one */
	const char		*beta_header;	/* lists betas, or NULL: */
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
	unsigned		 untold;	/* of enum untold (untold.h) */
	/*
	 * Bits of enum problem_kind: who waits for a stream reads these in its
	 * events alone, and takes them with a status for something else.
	 */
	unsigned		 told_in_events;
	const char		*id_prefix;	/* of a reply's id: "chatcmpl-" */
	const char		*failure_name;	/* of a problem's frame; NULL: none */

	/*
	 * The answers to GET /v1/models and GET /v1/models/NAME. What the
	 * entry does not say of a model is absent.
	 */
	void	(*write_models)(struct json_write *,
		    const struct model_list *);
	void	(*write_model)(struct json_write *, const struct named_model *);

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
	/*
	 * The reply that an event, or a whole reply, is by itself, without
	 * what is around it. NULL: an event is not one.
	 */
	struct json_value (*reply_of)(struct json_value event);
	/*
	 * The reply that an event repeats, if it has all of the pieces that
	 * were counted in the events before; else missing. NULL: none does.
	 */
	struct json_value (*whole_of)(struct json_value event, int64_t *pieces);
	const struct stream_writer *write_stream;
	int	(*write_reply)(struct json_write *, struct reply *);

	/*
	 * The betas to ask for: the client's list, and what policy adds or
	 * takes. NULL: out of memory. With beta_header only.
	 */
	const char *(*join_betas)(struct arena *, const char *list,
		    const struct policy *);

	/*
	 * Failures. status() is the HTTP status that this dialect's clients
	 * expect of a problem (402 and 529 don't exist everywhere).
	 * write_problem() writes the whole body, which is also the frame that
	 * ends a stream, unless there is an emit_failure(); emit_keep_alive()
	 * appends one that keeps a silent stream open, in the form that this
	 * dialect's clients bear. The watch says where in the stream it will
	 * stand, and is told (sequence numbers).
	 */
	int	(*status)(const struct problem *);
	void	(*write_problem)(struct json_write *, const struct problem *,
		    const char *request_id);
	void	(*emit_failure)(struct frames *, struct watch *,
		    const struct problem *, const char *request_id);
	void	(*emit_keep_alive)(struct frames *, struct watch *);
};

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
