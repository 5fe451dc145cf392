#include "build.h"

#include "json_text.h"
#include "media.h"

/* Messages has a place for titles; elsewhere a text begins with its own. */
static void
settle_text(const struct request *request, struct part *part)
{
	struct escaped	spans[3] = { part->media.title, escaped_of("\\n\\n"),
			    part->text };

	if (request->to == DIALECT_MESSAGES ||
	    escaped_is_blank(part->media.title))
		return;
	part->text = escaped_join(request->arena, spans, 3);
	part->media.title.length = 0;
}

/* Whether files of text of that type can be sent as files. */
static bool
takes_text(enum dialect_kind to, struct text type)
{
	switch (to) {
	case DIALECT_CHAT:
	case DIALECT_MESSAGES:
		return false;
	case DIALECT_GENERATE:
		return media_type_is(type, "text/");
	case DIALECT_RESPONSES:
	case DIALECT_KINDS:
		break;
	}
	return true;
}

static void
read_as_text(const struct request *request, struct part *part)
{
	struct media	*media = &part->media;

	if (media->data.length == 0 || !media_is_text(media) ||
	    takes_text(request->to, media->media_type))
		return;
	part->text = media_text(media, request->arena);
	if (part->text.length > 0)
		media->data.length = 0;
}

/* A link's type is a guess: its kind stays. */
static void
settle_kind(struct part *part)
{
	struct text	type = part->media.media_type;

	if (part->media.data.length == 0)
		return;
	if (media_type_is(type, "image/"))
		part->kind = PART_IMAGE;
	else if (media_type_is(type, "audio/"))
		part->kind = PART_AUDIO;
	else if (text_equals(type, "application/pdf"))
		part->kind = PART_DOCUMENT;
}

/* OpenAI's two APIs have one store of files. */
static int
check_store(const struct request *request, const struct part *part,
    struct problem *p)
{
	enum dialect_kind	from = request->from, to = request->to;
	bool			same = from == to || (from == DIALECT_CHAT &&
				    to == DIALECT_RESPONSES);

	return same || part->media.file_id.length == 0 ? 0 :
	    problem_set(p, PROBLEM_INVALID, "a file id of another API's "
	    "store can't be used with this model");
}

static int
hide(struct request *request, struct part *part, const char *words,
    enum lost lost, struct problem *p)
{
	part->kind = PART_TEXT;
	part->text = escaped_of(words);
	request->kinds |= 1u << PART_TEXT;
	return request_lost(request, lost, p);
}

/* A model that reads no images is told of them; else its API refuses each turn. */
static int
hide_image(struct request *request, struct part *part, struct problem *p)
{
	if (part->kind != PART_IMAGE || model_reads(request_model(request),
	    MODALITY_IMAGE))
		return 0;
	return hide(request, part, IMAGE_UNREAD, LOST_IMAGE, p);
}

/* Servers of the type "common" that read images mostly know nothing of files. */
static bool
sees_pages(const struct request *request)
{
	return request->to != DIALECT_CHAT ||
	    policy_openai(request_policy(request));
}

/* The same of files that are no text, whose pages most models see as images. */
static int
hide_file(struct request *request, struct part *part, struct problem *p)
{
	const struct model	*model = request_model(request);

	if (part->text.length > 0 || media_is_text(&part->media) ||
	    model_reads(model, MODALITY_FILE) ||
	    (model_reads(model, MODALITY_IMAGE) && sees_pages(request)))
		return 0;
	return hide(request, part, FILE_UNREAD, LOST_DOCUMENT, p);
}

static int
settle_parts(struct request *request, struct part *part, struct problem *p)
{
	for (; part != NULL; part = part->next) {
		if (part->kind == PART_TEXT)	/* as most are */
			continue;
		if (part->kind == PART_RESULT && settle_parts(request,
		    part->content, p) == -1)
			return -1;
		if (hide_image(request, part, p) == -1)
			return -1;
		if (part_is_media(part)) {
			if (check_store(request, part, p) == -1)
				return -1;
			media_settle(&part->media, request->arena);
			settle_kind(part);
			if (hide_image(request, part, p) == -1)
				return -1;
			if (part->kind == PART_DOCUMENT)
				read_as_text(request, part);
			if (part->kind == PART_DOCUMENT &&
			    hide_file(request, part, p) == -1)
				return -1;
		}
		if (part->kind == PART_DOCUMENT && part->text.length > 0)
			settle_text(request, part);
	}
	return 0;
}

static void
add_shown(struct request *request, struct turn *shown, struct part *image)
{
	turn_add_part(request, shown, PART_TEXT)->text =
	    escaped_of("(The image that the assistant made.)");
	image->next = NULL;
	if (shown->last == NULL)	/* out of memory */
		return;
	shown->last->next = image;
	shown->last = image;
}

/* In front of what the user says there. */
static void
show_images(struct request *request, struct turn *assistant)
{
	struct part	**link = &assistant->parts, *part;
	struct turn	 shown = { .role = ROLE_USER }, *turn;

	assistant->last = NULL;
	while ((part = *link) != NULL) {
		if (part->kind == PART_IMAGE) {
			*link = part->next;
			add_shown(request, &shown, part);
			continue;
		}
		assistant->last = part;
		link = &part->next;
	}
	turn = request_turn_behind(request, assistant);
	if (shown.last == NULL)
		return;
	shown.last->next = turn->parts;
	turn->parts = shown.parts;
	if (turn->last == NULL)
		turn->last = shown.last;
}

static bool
has_images(const struct turn *turn)
{
	const struct part	*part = turn->parts;

	while (part != NULL && part->kind != PART_IMAGE)
		part = part->next;
	return part != NULL;
}

int
request_settle_media(struct request *request, struct problem *p)
{
	struct turn	*turn;

	if ((request->kinds & (1u << PART_IMAGE | 1u << PART_AUDIO |
	    1u << PART_DOCUMENT)) == 0)
		return 0;
	for (turn = request->turns; turn != NULL; turn = turn->next) {
		if (settle_parts(request, turn->parts, p) == -1)
			return -1;
		if (turn->role == ROLE_ASSISTANT && has_images(turn))
			show_images(request, turn);
	}
	return 0;
}
