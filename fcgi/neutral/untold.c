#include "build.h"

#include "untold.h"

static bool
cites_pages(const struct citation *citation)
{
	for (; citation != NULL; citation = citation->next)
		if (citation->url.length == 0)
			return false;
	return true;
}

void
untold_note(struct losses *lost, unsigned untold, const struct event *event)
{
	const struct search	*search = event->search;

	switch (event->kind) {
	case EVENT_OPEN:
		if (event->block_kind == BLOCK_IMAGE &&
		    (untold & UNTOLD_IMAGES) != 0)
			losses_add(lost, LOST_IMAGE);
		if (event->block_kind == BLOCK_SERVER_CALL &&
		    (search == NULL || (untold & UNTOLD_SEARCHES) != 0))
			losses_add(lost, LOST_HOSTED_ITEM);
		break;
	case EVENT_DELTA:
		if (event->logprobs.length > 0 &&
		    (untold & UNTOLD_LOGPROBS) != 0)
			losses_add(lost, LOST_LOGPROBS);
		break;
	case EVENT_CLOSE:
		if (!cites_pages(event->citations))
			losses_add(lost, LOST_CITATIONS);
		break;
	case EVENT_STOP:
		if (event->stop_sequence.length > 0 &&
		    (untold & UNTOLD_STOP_SEQUENCE) != 0)
			losses_add(lost, LOST_STOP_SEQUENCE);
		if (event->stop == STOP_PAUSED && (untold & UNTOLD_PAUSE) != 0)
			losses_add(lost, LOST_PAUSE);
		break;
	case EVENT_START:
	case EVENT_ERROR:
		break;
	}
}
