#include "build.h"

#include "event.h"

void
usage_init(struct usage *usage)
{
	usage->input = -1;
	usage->cache_read = -1;
	usage->cache_write = -1;
	usage->output = -1;
	usage->reasoning = -1;
}

static uint64_t
said(int64_t tokens)
{
	return tokens < 0 ? 0 : (uint64_t)tokens;
}

uint64_t
usage_input(const struct usage *usage)
{
	return said(usage->input) + said(usage->cache_read) +
	    said(usage->cache_write);
}

uint64_t
usage_all(const struct usage *usage)
{
	return usage_input(usage) + said(usage->output);
}

const char *
stop_word(enum stop stop)
{
	switch (stop) {
	case STOP_NONE:
		return "-";
	case STOP_END:
		return "end";
	case STOP_SEQUENCE:
		return "stop_sequence";
	case STOP_LENGTH:
		return "length";
	case STOP_CALLS:
		return "tool_calls";
	case STOP_REFUSAL:
		return "refusal";
	case STOP_PAUSED:
		return "paused";
	case STOP_CONTEXT:
		return "context_exceeded";
	case STOP_BAD:
		return "bad_reply";
	case STOPS:
		break;
	}
	return "-";
}
