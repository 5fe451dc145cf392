#include "build.h"

#include "clock.h"
#include "relay.h"
#include "relay_bytes.h"
#include "relay_convert.h"
#include "relay_events.h"
#include "relay_whole.h"
#include "reply_headers.h"

/* Whether the client wants events, whatever the upstream calls its reply. */
static bool
wants_events(const struct relay *relay)
{
	return relay->conversation && relay->convert->stream &&
	    !relay->convert->array &&
	    headers_find(&relay->answer->upstream_headers,
	    "content-encoding") == NULL;
}

/*
 * Whether the reply is of another form than the client asked for: events for a
 * whole answer, or for Google's streamed array. JSON for a stream is found out
 * as it comes.
 */
static bool
contradicts(const struct relay *relay)
{
	const struct headers	*headers = &relay->answer->upstream_headers;
	const struct convert	*convert = relay->convert;

	return relay->conversation && reply_headers_are_events(headers) &&
	    headers_find(headers, "content-encoding") == NULL &&
	    (!convert->stream || convert->array);
}

int
relay_reply(struct relay *relay)
{
	int	status = relay->answer->upstream_status;

	relay->answer->written_ms = now_ms();	/* silence begins here */
	if (status < 200 || status > 299)
		return relay_error(relay);
	if (!relay->answer->held && relay_settle(relay) == CLIENT_GONE)
		return CLIENT_GONE;
	if ((relay->converts && relay->conversation) || contradicts(relay))
		return relay_convert(relay);
	if (wants_events(relay) ||
	    reply_headers_are_events(&relay->answer->upstream_headers))
		return relay_events(relay);
	if (relay_is_bytes(relay))
		return relay_bytes(relay);
	return relay_whole(relay);
}
