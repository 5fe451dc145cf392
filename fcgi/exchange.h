#ifndef EXCHANGE_H
#define EXCHANGE_H

#include <stdint.h>

#include "arena.h"
#include "authorize.h"
#include "client.h"
#include "convert.h"
#include "credentials.h"
#include "dialects/dialect.h"
#include "edits.h"
#include "gateway.h"
#include "policy.h"
#include "route.h"
#include "session.h"
#include "upstream.h"
#include "watch.h"

/*
 * One request from its first byte to its last. exchange_run() is the table of
 * contents of the gateway; the steps it names are in the files of their names.
 *
 * A worker has one `struct exchange_tools` for its life: what is kept warm from
 * one exchange to the next. All else is made and released by exchange_run().
 */
struct exchange_tools {
	struct gateway	*gateway;	/* borrowed */
	struct upstream	*upstream;	/* owned: the warm connection */
};

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
	struct tokens		*tokens;

	char			 id[41];	/* ours: "req_" and 32 digits */
	struct arena		 request;	/* dropped once nothing of it can
						 * be sent again */
	struct arena		 reply;		/* to the end */
	struct buf		 body;
	struct json_document	 document;	/* of the body */
	bool			 whole;		/* all of it: no closed box */

	struct route		 route;
	const struct dialect	*dialect;	/* the client's */
	struct caller		 caller;
	struct session		 session;
	const char		*model_asked;	/* as the client said, decoded */
	bool			 stream;	/* the client wants events */
	struct policy		 policy;
	const struct endpoint	*endpoint;
	const struct dialect	*target;	/* the upstream's */
	enum lane		 lane;
	struct convert		 convert;	/* LANE_CONVERT */
	struct buf		 converted;	/* LANE_CONVERT: bytes to send */
	struct edits		 edits;		/* of what is sent, maybe none */
	const char		*url;
	struct credentials	 credentials;

	/* The upstream's answer. */
	int			 upstream_status;
	struct headers		 upstream_headers;
	struct watch		 watch;
	bool			 early;		/* our head went out before */
	bool			 told;		/* the failure, in an event */

	struct problem		 problem;
	bool			 failed;	/* the problem is the answer */
	bool			 cut;		/* the answer could not be whole */

	/* For the log, monotonic microseconds. */
	uint64_t		 began_us, first_byte_us;
	int			 status;	/* what the client got */
	int			 attempts;	/* requests sent upstream */
	int			 repeats;	/* of these after a 429 or 5xx */
};

/* Serves the client to the end. True when its answer is whole. */
bool	exchange_run(struct exchange_tools *, struct client *);

/*
 * The answer of a process that is short of something: 503 with Retry-After in
 * the dialect that the path tells, and `reason`. Reads no body. For the pool.
 */
void	exchange_shed(struct gateway *, struct client *, const char *reason);

#endif
