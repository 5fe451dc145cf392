#ifndef EXCHANGE_STATE_H
#define EXCHANGE_STATE_H

#include <stdint.h>

#include "arena.h"
#include "authorize.h"
#include "candidates.h"
#include "client/client.h"
#include "credentials.h"
#include "dialects/convert.h"
#include "dialects/dialect.h"
#include "edit/edits.h"
#include "gateway.h"
#include "neutral/embedding.h"
#include "neutral/policy.h"
#include "relay/answer.h"
#include "route.h"
#include "scoreboard_live.h"
#include "scoreboard_quota.h"
#include "session.h"
#include "upstream/upstream.h"

/*
 * All that an exchange holds, for its steps. What a step finds is written once,
 * by the step that is named, and only read by those behind it.
 */
enum lane {
	LANE_LOCAL,		/* answered by the gateway itself */
	LANE_SAME,		/* the client's bytes, the upstream's bytes */
	LANE_EDIT,		/* the client's with a few spans replaced */
	LANE_CONVERT,		/* another dialect */
};

struct exchange {
	/* Borrowed. */
	struct gateway		*gateway;
	struct upstream		*upstream;
	struct client		*client;

	/* Held from start to end. */
	struct config		*config;
	struct tokens		*tokens;	/* NULL: no account is used */
	char			 id[41];	/* ours: "req_" and 32 digits */
	struct arena		 reply;
	struct answer		 answer;
	struct problem		 problem;	/* why a step returned -1 */

	/* dev_mode: how the upstream's reply and the answer begin. */
	struct buf		 reply_shown, answer_shown;

	/*
	 * What only a request that may be sent again needs: released, and
	 * empty from then on, once it is not.
	 */
	struct arena		 request;
	struct buf		 body;
	struct json_document	 document;	/* of the body, all of it */
	struct buf		 converted;	/* LANE_CONVERT: bytes to send */
	struct edits		 edits;		/* of what is sent, maybe none */
	struct text		 model_field;	/* of a form: its model's value,
						 * a span of the body */
	const char		*url;

	/* find_route() */
	struct route		 route;
	const struct dialect	*dialect;	/* the client's */
	struct caller		 caller;

	/* question_read() */
	const char		*content_type;	/* of what goes upstream */
	const char		*model_asked;	/* as the client said, decoded */
	bool			 stream;	/* the client wants events, */
	bool			 usage_wanted;	/* ... and usage in the last */
	const struct dialect	*written_in;	/* of a conversation: its body,
						 * where not the client's */
	struct session		 session;

	struct candidates	 candidates;	/* find_model() */

	/* record_begin() */
	bool			 records;	/* a row is to be written */
	struct row		 row;
	struct live		*live;		/* for people to look at */

	/* limits_enter() */
	size_t			 asked_bytes;	/* of the body, as it was read */
	struct quota		*quota;		/* the key's; NULL: no key */
	struct quota_seat	 seat;

	/* forward_request(), for the upstream that is asked. */
	struct policy		 policy;
	const struct endpoint	*endpoint;
	const struct dialect	*upstream_dialect;
	enum lane		 lane;
	bool			 summed;	/* asked to sum up, in a conversation */
	struct convert		 convert;
	struct embedding	 embedding;
	struct credentials	 credentials;

	/* For the log, monotonic microseconds. */
	uint64_t		 began_us, first_byte_us;
	int			 attempts;	/* requests sent upstream */
	int			 repeats;	/* of these after a 429 or 5xx */
};

#endif
