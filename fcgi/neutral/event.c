#include "build.h"

#include "event.h"

const char *
tier_of(struct json_value word)
{
	static const char *const	words[] = { "default", "flex", "scale",
					    "priority", "ultrafast", "batch" };
	size_t				i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (json_equals(word, words[i]))
			return words[i];
	return json_equals(word, "standard") ? words[0] : NULL;
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

bool
event_says(const struct event *event)
{
	switch (event->kind) {
	case EVENT_START:
	case EVENT_ERROR:
		return false;
	case EVENT_OPEN:
		return event->block_kind != BLOCK_TEXT &&
		    event->block_kind != BLOCK_THINKING &&
		    event->block_kind != BLOCK_REFUSAL;
	case EVENT_DELTA:
		return event->text.length > 0;
	case EVENT_CLOSE:
		return event->seal != NULL;
	case EVENT_STOP:
		break;
	}
	return true;
}
