#include "build.h"

#include "generate_convert.h"
#include "json_text.h"

/* What becomes of a part. */
enum fate {
	FATE_KEEP,
	FATE_DROP,
	FATE_REFUSE,		/* the problem is set */
};

static enum fate
lose(struct request *request, enum lost lost, struct problem *problem)
{
	return request_lost(request, lost, problem) == -1 ? FATE_REFUSE :
	    FATE_DROP;
}

static bool
is_own(struct request *request, const struct seal *seal)
{
	char	*model;

	model = arena_memdup(request->arena, request->model.at,
	    request->model.length);
	return model != NULL && seal_fits(seal, DIALECT_GENERATE, model);
}

/* A thought may go without its seal: this API asks for those of calls. */
static enum fate
judge_thinking(struct request *request, struct part *part,
    struct problem *problem)
{
	if (part->seal != NULL && is_own(request, part->seal))
		return FATE_KEEP;
	if (part->seal != NULL &&
	    request_lost(request, LOST_SEAL, problem) == -1)
		return FATE_REFUSE;
	part->seal = NULL;
	return escaped_is_blank(part->text) ? FATE_DROP : FATE_KEEP;
}

static enum fate
judge_media(struct request *request, struct part *part,
    struct problem *problem)
{
	struct media	*media = &part->media;

	if (media->data.length == 0 && media->url.length == 0) {
		if (part->kind != PART_DOCUMENT || media->file_id.length > 0)
			return lose(request, LOST_REFERENCE, problem);
		return escaped_is_blank(part->text) ? FATE_DROP : FATE_KEEP;
	}
	if (media->detail.length > 0 && !text_equals(media->detail, "auto") &&
	    request_lost(request, LOST_DETAIL, problem) == -1)
		return FATE_REFUSE;
	if (part->kind == PART_DOCUMENT && media->title.length > 0 &&
	    request_lost(request, LOST_DOCUMENT_TITLE, problem) == -1)
		return FATE_REFUSE;
	return FATE_KEEP;
}

static enum fate
judge(struct request *request, struct part *part, struct problem *problem)
{
	switch (part->kind) {
	case PART_THINKING:
		return judge_thinking(request, part, problem);
	case PART_REDACTED:
		return part->seal != NULL && is_own(request, part->seal) ?
		    FATE_KEEP : lose(request, LOST_SEAL, problem);
	case PART_IMAGE:
	case PART_DOCUMENT:
	case PART_AUDIO:
		return judge_media(request, part, problem);
	case PART_SERVER:
		return request->from == DIALECT_GENERATE ? FATE_KEEP :
		    lose(request, LOST_HOSTED_ITEM, problem);
	case PART_REFUSAL:
		part->kind = PART_TEXT;
		break;
	case PART_TEXT:
		if (!json_is(part->citations, JSON_MISSING) &&
		    request_lost(request, LOST_CITATIONS, problem) == -1)
			return FATE_REFUSE;
		break;
	case PART_CALL:
	case PART_CUSTOM_CALL:
	case PART_RESULT:
		break;
	}
	return FATE_KEEP;
}

/* Judges a list of parts and returns the last one that stays in *last. */
static int
prune(struct request *request, struct part **list, struct part **last,
    struct problem *problem)
{
	struct part	*part;

	*last = NULL;
	while ((part = *list) != NULL) {
		switch (judge(request, part, problem)) {
		case FATE_REFUSE:
			return -1;
		case FATE_DROP:
			*list = part->next;
			continue;
		case FATE_KEEP:
			break;
		}
		if (part->cache != CACHE_NONE && request_lost(request,
		    LOST_CACHE_MARKS, problem) == -1)
			return -1;
		if (part->kind == PART_RESULT && prune(request, &part->content,
		    &part->content_last, problem) == -1)
			return -1;
		*last = part;
		list = &part->next;
	}
	return 0;
}

static bool
is_text_seal(const struct part *part)
{
	return part->kind == PART_REDACTED && part->seal->place == SEAL_TEXT;
}

static bool
is_call(const struct part *part)
{
	return part->kind == PART_CALL || part->kind == PART_CUSTOM_CALL;
}

/*
 * Clients that keep seals apart from what they stand on bring them first: the
 * seal of a text goes back behind the last text before a call.
 */
static void
place_text_seals(struct turn *turn)
{
	struct part	**link = &turn->parts, *seal, *text, *part;
	bool		 text_before = false;

	while ((seal = *link) != NULL) {
		text_before = text_before || seal->kind == PART_TEXT;
		text = NULL;
		if (is_text_seal(seal) && !text_before)
			for (part = seal->next; part != NULL && !is_call(part);
			    part = part->next)
				if (part->kind == PART_TEXT)
					text = part;
		if (text == NULL) {
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
static int
lead_with_user(struct request *request, struct problem *problem)
{
	struct turn	*first = request->turns, *last = request->last, *turn;
	struct part	*part;
	bool		 calls = false;

	if (first == NULL || first->role != ROLE_ASSISTANT)
		return 0;
	for (part = first->parts; part != NULL; part = part->next)
		calls = calls || is_call(part);
	if (!calls)
		return 0;
	request->turns = request->last = NULL;
	turn = request_add_turn(request, ROLE_USER);
	part = turn == NULL ? NULL : turn_add_part(request, turn, PART_TEXT);
	if (part == NULL)
		return generate_no_memory(problem);
	part->text = escaped_of("Continue.");
	turn->next = first;
	request->last = last;
	return 0;
}

int
generate_prepare(struct request *request, struct problem *problem)
{
	struct turn	*turn;

	if (prune(request, &request->system, &request->system_last,
	    problem) == -1)
		return -1;
	for (turn = request->turns; turn != NULL; turn = turn->next) {
		if (prune(request, &turn->parts, &turn->last, problem) == -1)
			return -1;
		place_text_seals(turn);
	}
	if (request_fold_system(request, false, problem) == -1)
		return -1;
	request_drop_blank(request);
	request_merge_turns(request);
	if (request_need_turn(request, problem) == -1 ||
	    request_pair_results(request, problem) == -1 ||
	    request_end_prefill(request, problem) == -1)
		return -1;
	return lead_with_user(request, problem);
}
