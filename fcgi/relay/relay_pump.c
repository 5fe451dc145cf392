#include "build.h"

#include "relay_pump.h"

int
relay_settle(struct relay *relay)
{
	if (relay->settle != NULL)
		relay->settle(relay->settle_of);
	relay->settle = NULL;
	upstream_heard(relay->upstream);
	return answer_release(relay->answer);
}

static int
step(struct relay *relay, const struct relay_sink *sink, void *of)
{
	int		quiet_ms = sink->quiet_ms != NULL ?
			    sink->quiet_ms(of) : 0;
	struct text	bytes = relay->first;

	if (bytes.length > 0) {
		relay->first.length = 0;
		return sink->take(of, bytes);
	}
	switch (upstream_read(relay->upstream, quiet_ms, &bytes,
	    relay->problem)) {
	case UPSTREAM_BYTES:
		answer_show(relay->shown, bytes);
		return sink->take(of, bytes);
	case UPSTREAM_QUIET:
		return sink->rest(of);
	case UPSTREAM_END:
		return sink->end(of, NULL);
	case UPSTREAM_FAILED:
		return sink->end(of, relay->problem);
	case UPSTREAM_GONE:
		break;
	}
	return CLIENT_GONE;
}

int
relay_pump(struct relay *relay, const struct relay_sink *sink, void *of)
{
	int	result;

	do {
		result = step(relay, sink, of);
	} while (result == RELAY_ON);
	return result == RELAY_DONE ? 0 : result;
}
