#include "build.h"

#include <strings.h>

#include "json_text.h"
#include "request.h"

static bool
is_blank(const struct part *part)
{
	return (part->kind == PART_TEXT || part->kind == PART_REFUSAL) &&
	    escaped_is_blank(part->text);
}

/* Unlinks blank parts of a list; the new last one. */
static struct part *
drop_blank(struct part **list)
{
	struct part	*last = NULL, *part;

	for (part = *list; part != NULL; part = *list) {
		if (is_blank(part)) {
			*list = part->next;
			continue;
		}
		if (part->kind == PART_RESULT)
			part->content_last = drop_blank(&part->content);
		last = part;
		list = &part->next;
	}
	return last;
}

void
request_drop_empty(struct request *request)
{
	struct turn	**link = &request->turns, *turn;

	request->last = NULL;
	while ((turn = *link) != NULL) {
		if (turn->parts == NULL) {
			*link = turn->next;
			continue;
		}
		request->last = turn;
		link = &turn->next;
	}
}

void
request_drop_blank(struct request *request)
{
	struct turn	*turn;

	request->system_last = drop_blank(&request->system);
	for (turn = request->turns; turn != NULL; turn = turn->next)
		turn->last = drop_blank(&turn->parts);
	request_drop_empty(request);
}

static int
prune(struct request *request, enum role role, struct part **list,
    struct part **last, request_judge judge, struct problem *p)
{
	struct part	*part;
	int		 verdict;

	*last = NULL;
	while ((part = *list) != NULL) {
		verdict = judge(request, role, part, p);
		if (verdict == -1)
			return -1;
		if (verdict == 1) {
			*list = part->next;
			continue;
		}
		if (part->kind == PART_RESULT && prune(request, role,
		    &part->content, &part->content_last, judge, p) == -1)
			return -1;
		*last = part;
		list = &part->next;
	}
	return 0;
}

int
request_prune(struct request *request, request_judge judge, struct problem *p)
{
	struct turn	*turn;

	if (prune(request, ROLE_SYSTEM, &request->system,
	    &request->system_last, judge, p) == -1)
		return -1;
	for (turn = request->turns; turn != NULL; turn = turn->next)
		if (prune(request, turn->role, &turn->parts, &turn->last,
		    judge, p) == -1)
			return -1;
	return 0;
}

/* Moves the parts of `from` behind those of `to`. */
static void
turn_take(struct turn *to, struct turn *from)
{
	if (from->parts == NULL)
		return;
	if (to->parts == NULL)
		to->parts = from->parts;
	else
		to->last->next = from->parts;
	to->last = from->last;
	from->parts = from->last = NULL;
}

void
request_merge_turns(struct request *request)
{
	struct turn	*turn = request->turns, *next;

	while (turn != NULL) {
		next = turn->next;
		if (next == NULL || next->role != turn->role) {
			turn = next;
			continue;
		}
		turn_take(turn, next);
		turn->next = next->next;
		if (request->last == next)
			request->last = turn;
	}
}

/* The system turn becomes a user turn of tagged text. */
static int
tag_system(struct request *request, struct turn *turn, struct problem *p)
{
	struct escaped	 spans[3];
	struct part	*part;

	turn->role = ROLE_USER;
	if (turn->parts == NULL)	/* it changed settings, or tools */
		return 0;
	for (part = turn->parts; part != NULL; part = part->next) {
		if (part->kind != PART_TEXT || escaped_is_blank(part->text))
			continue;
		spans[0] = escaped_of("<system>\\n");
		spans[1] = part->text;
		spans[2] = escaped_of("\\n</system>");
		part->text = escaped_join(request->arena, spans, 3);
	}
	return request_lost(request, LOST_SYSTEM_POSITION, p);
}

/*
 * Of the turns from *link to the next assistant's: user turns joined into one,
 * system turns into one behind it. Returns the link behind them, or NULL.
 */
static struct turn **
gather(struct request *request, struct turn **link, struct problem *p)
{
	struct turn	*user = NULL, *system = NULL, *turn, **into, *next;

	for (turn = *link; turn != NULL && turn->role != ROLE_ASSISTANT;
	    turn = next) {
		next = turn->next;
		into = turn->role == ROLE_USER ? &user : &system;
		if (*into == NULL)
			*into = turn;
		else
			turn_take(*into, turn);
	}
	if (user == NULL && system != NULL) {
		if (tag_system(request, system, p) == -1)
			return NULL;
		user = system;
		system = NULL;
	}
	if (user != NULL) {
		*link = user;
		link = &user->next;
	}
	if (system != NULL) {
		*link = system;
		link = &system->next;
	}
	*link = turn;
	return link;
}

static bool
has_files(const struct turn *turn)
{
	const struct part	*part = turn->parts;

	while (part != NULL && !part_is_media(part))
		part = part->next;
	return part != NULL;
}

/* All of them, or those with files alone. */
static int
tag_systems(struct request *request, bool files, struct problem *p)
{
	struct turn	*turn;

	for (turn = request->turns; turn != NULL; turn = turn->next)
		if (turn->role == ROLE_SYSTEM && (!files || has_files(turn)) &&
		    tag_system(request, turn, p) == -1)
			return -1;
	return 0;
}

int
request_tag_files(struct request *request, struct problem *p)
{
	return tag_systems(request, true, p);
}

int
request_fold_system(struct request *request, bool mid, struct problem *p)
{
	struct turn	**link = &request->turns, *turn;

	if (tag_systems(request, mid, p) == -1)
		return -1;
	if (!mid) {
		request_merge_turns(request);
		return 0;
	}
	while (*link != NULL) {
		link = gather(request, link, p);
		if (link == NULL)
			return -1;
		if (*link != NULL)	/* the assistant's */
			link = &(*link)->next;
	}
	for (turn = request->turns; turn != NULL; turn = turn->next)
		request->last = turn;
	return 0;
}

int
request_end_prefill(struct request *request, struct problem *p)
{
	const struct part	*part;
	struct turn		*turn;

	if (request->last == NULL || request->last->role != ROLE_ASSISTANT ||
	    request_model(request)->prefill)
		return 0;
	for (part = request->last->parts; part != NULL; part = part->next)
		if (part_is_call(part))
			return 0;
	turn = request_add_turn(request, ROLE_USER);
	turn_add_part(request, turn, PART_TEXT)->text =
	    escaped_of("Continue.");
	return request_lost(request, LOST_PREFILL, p);
}

int
request_need_turn(struct request *request, struct problem *p)
{
	struct part	*asked = request->system_last, **link;
	struct turn	*turn;

	if (request->turns != NULL)
		return 0;
	if (asked == NULL || escaped_is_blank(asked->text))
		return problem_set(p, PROBLEM_INVALID,
		    "the request has no message that could be sent");
	turn = request_add_turn(request, ROLE_USER);
	turn_add_part(request, turn, PART_TEXT)->text = asked->text;
	if (request->arena->failed)
		return problem_no_memory(p);
	request->system_last = NULL;
	for (link = &request->system; *link != asked; link = &(*link)->next)
		request->system_last = *link;
	*link = NULL;
	return request_lost(request, LOST_SYSTEM_POSITION, p);
}

static bool
mention_json(const struct part *part)
{
	size_t	i;

	for (; part != NULL; part = part->next) {
		for (i = 0; i + 4 <= part->text.length; i++)
			if (strncasecmp(part->text.at + i, "json", 4) == 0)
				return true;
		if (mention_json(part->content))
			return true;
	}
	return false;
}

bool
request_lacks_json(const struct request *request, const struct part *system)
{
	const struct turn	*turn;

	if (request->format.kind != FORMAT_JSON || mention_json(system))
		return false;
	for (turn = request->turns; turn != NULL; turn = turn->next)
		if (mention_json(turn->parts))
			return false;
	return true;
}
