#include "build.h"

#include "generate_convert.h"
#include "json_text.h"

/* 1: it goes. */
static int
lose(struct request *request, enum lost lost, struct problem *problem)
{
	return request_lost(request, lost, problem) == -1 ? -1 : 1;
}

/* A thought may go without its seal: this API asks for those of calls. */
static int
judge_thinking(struct request *request, struct part *part,
    struct problem *problem)
{
	if (request_owns_seal(request, part->seal))
		return 0;
	if (part->seal != NULL &&
	    request_lost(request, LOST_SEAL, problem) == -1)
		return -1;
	part->seal = NULL;
	return escaped_is_blank(part->text);
}

static int
judge_media(struct request *request, struct part *part,
    struct problem *problem)
{
	struct media	*media = &part->media;

	if (media->data.length == 0 && media->url.length == 0) {
		if (part->kind != PART_DOCUMENT || media->file_id.length > 0)
			return lose(request, LOST_REFERENCE, problem);
		return escaped_is_blank(part->text);
	}
	if (media->detail.length > 0 && !text_equals(media->detail, "auto") &&
	    request_lost(request, LOST_DETAIL, problem) == -1)
		return -1;
	if (part->kind == PART_DOCUMENT && media->title.length > 0)
		return request_lost(request, LOST_DOCUMENT_TITLE, problem);
	return 0;
}

static int
judge_kind(struct request *request, struct part *part,
    struct problem *problem)
{
	switch (part->kind) {
	case PART_THINKING:
		return judge_thinking(request, part, problem);
	case PART_REDACTED:
		return request_owns_seal(request, part->seal) ? 0 :
		    lose(request, LOST_SEAL, problem);
	case PART_IMAGE:
	case PART_DOCUMENT:
	case PART_AUDIO:
		return judge_media(request, part, problem);
	case PART_SERVER:
		return request->from == DIALECT_GENERATE ? 0 :
		    lose(request, LOST_HOSTED_ITEM, problem);
	case PART_REFUSAL:
		part->kind = PART_TEXT;
		return 0;
	case PART_TEXT:
		return json_is(part->citations, JSON_MISSING) ? 0 :
		    request_lost(request, LOST_CITATIONS, problem);
	case PART_CALL:
	case PART_CUSTOM_CALL:
	case PART_RESULT:
		break;
	}
	return 0;
}

static int
judge(struct request *request, enum role role, struct part *part,
    struct problem *problem)
{
	int	verdict = judge_kind(request, part, problem);

	(void)role;
	if (verdict == 0 && part->cache != CACHE_NONE)
		return request_lost(request, LOST_CACHE_MARKS, problem);
	return verdict;
}

static bool
is_text_seal(const struct part *part)
{
	return part->kind == PART_REDACTED && part->seal->place == SEAL_TEXT;
}

/* The last text from there on and before a call. */
static struct part *
last_text(struct part *part)
{
	struct part	*text = NULL;

	for (; part != NULL && !part_is_call(part); part = part->next)
		if (part->kind == PART_TEXT)
			text = part;
	return text;
}

/*
 * Clients that keep seals apart from what they stand on bring them first: the
 * seal of a text goes back behind the last text before a call.
 */
static void
place_text_seals(struct turn *turn)
{
	struct part	**link = &turn->parts, *seal, *text = NULL;
	bool		 looked = false;

	while ((seal = *link) != NULL && seal->kind != PART_TEXT) {
		if (is_text_seal(seal) && !looked)
			text = last_text(seal);
		looked = !part_is_call(seal) && (looked || is_text_seal(seal));
		if (text == NULL || !is_text_seal(seal)) {
			link = &seal->next;
			continue;
		}
		*link = seal->next;
		seal->next = text->next;
		text->next = seal;
		if (turn->last == text)
			turn->last = seal;
	}
}

/* A call may not come first of all. */
static void
lead_with_user(struct request *request)
{
	struct turn	*first = request->turns, *last = request->last, *turn;
	struct part	*part;
	bool		 calls = false;

	if (first == NULL || first->role != ROLE_ASSISTANT)
		return;
	for (part = first->parts; part != NULL; part = part->next)
		calls = calls || part_is_call(part);
	if (!calls)
		return;
	request->turns = request->last = NULL;
	turn = request_add_turn(request, ROLE_USER);
	turn_add_part(request, turn, PART_TEXT)->text =
	    escaped_of("Continue.");
	turn->next = first;
	request->last = last;
}

int
generate_prepare(struct request *request, struct problem *problem)
{
	struct turn	*turn;

	if (request_settle_media(request, problem) == -1 ||
	    request_prune(request, judge, problem) == -1)
		return -1;
	for (turn = request->turns; turn != NULL; turn = turn->next)
		place_text_seals(turn);
	if (request_fold_system(request, false, problem) == -1)
		return -1;
	if (request_settle_turns(request, problem) == -1 ||
	    request_need_turn(request, problem) == -1)
		return -1;
	lead_with_user(request);
	return 0;
}
