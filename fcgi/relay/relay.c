#include "build.h"

#include <strings.h>

#include "relay.h"
#include "relay_convert.h"
#include "relay_events.h"
#include "relay_whole.h"
#include "reply_headers.h"

/*
 * Whether the reply is of another form than the client asked for: JSON for a
 * stream, events for a whole answer, or events for Google's streamed array.
 */
static bool
contradicts(const struct relay *relay)
{
	const struct headers	*headers = &relay->answer->upstream_headers;
	const struct convert	*convert = relay->convert;
	const char		*type = headers_find(headers, "content-type");

	if (!relay->conversation || type == NULL ||
	    headers_find(headers, "content-encoding") != NULL)
		return false;
	if (reply_headers_are_events(headers))
		return !convert->stream || convert->array;
	return convert->stream && !convert->array &&
	    strncasecmp(type, "application/json", 16) == 0;
}

int
relay_reply(struct relay *relay)
{
	int	status = relay->answer->upstream_status;

	if (status < 200 || status > 299)
		return relay_error(relay);
	if (!relay->answer->held && relay_settle(relay) == CLIENT_GONE)
		return CLIENT_GONE;
	if (relay->converts || contradicts(relay))
		return relay_convert(relay);
	if (reply_headers_are_events(&relay->answer->upstream_headers))
		return relay_events(relay);
	return relay_whole(relay);
}
