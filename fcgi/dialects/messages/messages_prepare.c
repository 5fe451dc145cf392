#include "build.h"

#include "json_text.h"
#include "messages_convert.h"

static const char *const image_types[] = {
	"image/png", "image/jpeg", "image/gif", "image/webp",
};

/* 1: it goes. */
static int
lose(struct request *request, enum lost lost, struct problem *problem)
{
	return request_lost(request, lost, problem) == -1 ? -1 : 1;
}

static int
refuse(struct problem *problem, const char *what, struct text type)
{
	return problem_field(problem, PROBLEM_INVALID, "messages",
	    "%s%.*s can not be sent to this model", what, (int)type.length,
	    type.at == NULL ? "" : type.at);
}

static bool
is_web_url(struct escaped url)
{
	return escaped_starts_with(url, text_of("https:")) ||
	    escaped_starts_with(url, text_of("http:"));
}

/* Where the file is; its type is the caller's. */
static int
judge_source(struct request *request, struct media *media,
    struct problem *problem)
{
	if (media->data.length > 0)
		return 0;
	if (media->url.length > 0)
		return is_web_url(media->url) ? 0 : refuse(problem,
		    "a file at other than an http or https URL",
		    (struct text){ 0 });
	if (media->file_id.length > 0 && request->from == DIALECT_MESSAGES)
		return 0;
	return lose(request, LOST_REFERENCE, problem);
}

static int
judge_image(struct request *request, struct part *part,
    struct problem *problem)
{
	struct media	*media = &part->media;
	int		 fate;
	size_t		 i;

	fate = judge_source(request, media, problem);
	if (fate != 0)
		return fate;
	if (media->detail.length > 0 && !text_equals(media->detail, "auto") &&
	    request_lost(request, LOST_DETAIL, problem) == -1)
		return -1;
	if (media->data.length == 0)
		return 0;
	for (i = 0; i < sizeof(image_types) / sizeof(image_types[0]); i++)
		if (text_equals(media->media_type, image_types[i]))
			return 0;
	return refuse(problem, "an image of type ", media->media_type);
}

static int
judge_document(struct request *request, struct part *part,
    struct problem *problem)
{
	struct media	*media = &part->media;
	int		 fate = 0;

	if (part->text.length == 0)
		fate = judge_source(request, media, problem);
	if (fate != 0)
		return fate;
	if (media->data.length > 0 &&
	    !text_equals(media->media_type, "application/pdf"))
		fate = refuse(problem, "a file of type ", media->media_type);
	if (fate == 0 && media->data.length == 0 &&
	    media->url.length == 0 && media->file_id.length == 0 &&
	    escaped_is_blank(part->text))
		return 1;
	return fate;
}

/* Only what this model sealed itself; the rest would be refused. */
static int
judge_thinking(struct request *request, struct part *part,
    struct problem *problem)
{
	if (request_owns_seal(request, part->seal))
		return 0;
	if (part->seal != NULL)
		return lose(request, LOST_SEAL, problem);
	return escaped_is_blank(part->text) ? 1 :
	    lose(request, LOST_THINKING, problem);
}

static int
judge(struct request *request, enum role role, struct part *part,
    struct problem *problem)
{
	switch (part->kind) {
	case PART_THINKING:
	case PART_REDACTED:
		return judge_thinking(request, part, problem);
	case PART_IMAGE:
	case PART_DOCUMENT:
		if (role == ROLE_ASSISTANT)
			return lose(request, LOST_HOSTED_ITEM, problem);
		return part->kind == PART_IMAGE ?
		    judge_image(request, part, problem) :
		    judge_document(request, part, problem);
	case PART_AUDIO:
		return refuse(problem, "audio", (struct text){ 0 });
	case PART_SERVER:
		return request->from == DIALECT_MESSAGES ? 0 :
		    lose(request, LOST_HOSTED_ITEM, problem);
	case PART_REFUSAL:
		part->kind = PART_TEXT;
		return 0;
	case PART_TEXT:
	case PART_CALL:
	case PART_CUSTOM_CALL:
	case PART_RESULT:
		return 0;
	}
	return 0;
}

/* A prefill may not end with white space. */
static void
trim_prefill(struct request *request)
{
	struct turn	*turn = request->last;
	struct text	 text;

	if (turn->role != ROLE_ASSISTANT || turn->last->kind != PART_TEXT)
		return;
	text = text_decode(request->arena, turn->last->text, NULL);
	while (text.length > 0 &&
	    text_is_blank((struct text){ text.at + text.length - 1, 1 }))
		text.length--;
	turn->last->text = text_escape(request->arena, text);
}

/* A turn of the assistant's may not end with it: one that was cut does. */
static int
cut_last_thinking(struct request *request, struct problem *problem)
{
	struct turn	*turn;
	struct part	*part, *last;
	bool		 cut = false;

	for (turn = request->turns; turn != NULL; turn = turn->next) {
		if (turn->role != ROLE_ASSISTANT)
			continue;
		last = NULL;
		for (part = turn->parts; part != NULL; part = part->next)
			if (part->kind != PART_THINKING &&
			    part->kind != PART_REDACTED)
				last = part;
		if (last == turn->last)
			continue;
		*(last != NULL ? &last->next : &turn->parts) = NULL;
		turn->last = last;
		cut = true;
	}
	if (!cut)
		return 0;
	request_drop_empty(request);
	request_merge_turns(request);
	return request_lost(request, LOST_THINKING, problem);
}

int
messages_prepare(struct request *request, struct problem *problem)
{
	const struct model	*model = request_model(request);

	if (request_settle_media(request, problem) == -1 ||
	    request_prune(request, judge, problem) == -1)
		return -1;
	if (request_fold_system(request, model->mid_system, problem) == -1)
		return -1;
	if (request_settle_turns(request, problem) == -1 ||
	    cut_last_thinking(request, problem) == -1)
		return -1;
	/* What was dropped may have stood between. */
	if ((model->mid_system && request_fold_system(request, true,
	    problem) == -1) || request_need_turn(request, problem) == -1)
		return -1;
	trim_prefill(request);
	return 0;
}
