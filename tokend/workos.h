#ifndef WORKOS_H
#define WORKOS_H

#include "config.h"
#include "grant.h"
#include "http.h"
#include "problem.h"
#include "scoreboard.h"

/*
 * Calls to WorkOS, to the User-Agent's source and to Factory: with the configured
 * proxies, one new connection each, and short time-outs.
 */
#define CALL_TIMEOUT_MS		6000
#define CALL_CONNECT_MS		5000
#define CALL_STOP_GRACE_MS	700

/* What every call needs. */
struct dialer {
	const struct config	*config;
	struct scoreboard	*scoreboard;	/* for the proxies' turns */
	int			 stop_fd;	/* readable: the end is near */
};

/*
 * Sends the request, of which url, form, headers and timeout_ms are set; see
 * http_send(). The rest of it is the dialer's.
 */
int	dialer_send_request(const struct dialer *, struct http_request *,
	    struct http_reply *, struct problem *);

/* POSTs `form`, or GETs when it is NULL. */
int	dialer_send(const struct dialer *, const char *url, const char *form,
	    int timeout_ms, struct http_reply *, struct problem *);

/* GETs with "Authorization: Bearer TOKEN". */
int	dialer_get(const struct dialer *, const char *url, const char *bearer,
	    int timeout_ms, struct http_reply *, struct problem *);

enum outcome {
	OUTCOME_GRANTED,
	OUTCOME_UNSENT,		/* it did not leave, or 429: nothing happened */
	OUTCOME_LOST,		/* it may have been acted on */
	OUTCOME_REFUSED,	/* the login service said so in its own words */
	OUTCOME_STOPPED,
};

struct answer {
	struct grant		grant;		/* of OUTCOME_GRANTED */
	struct grant_error	error;		/* of OUTCOME_REFUSED */
	int			retry_after_s;
	int64_t			date_s;		/* the service's clock, or 0 */
	struct problem		problem;	/* of all but GRANTED */
};

/*
 * Exchanges a refresh token for a new pair: a POST of grant_type,
 * refresh_token, client_id and, if configured, organization_id.
 */
enum outcome	workos_refresh(const struct dialer *, const char *refresh_token,
		    struct answer *);

/* Asks whether a person has confirmed the device code yet (RFC 8628 3.4). */
enum outcome	workos_poll(const struct dialer *, const char *device_code,
		    struct answer *);

void	answer_release(struct answer *);

#endif
