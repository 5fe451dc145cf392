#include "build.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "json_text.h"
#include "request.h"

/* A result on its way to its call. */
struct found {
	uint64_t	 hash;		/* of the id */
	struct part	*part;		/* NULL once taken */
};

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

static void
drop_empty(struct request *request)
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
	drop_empty(request);
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

static int
compare_found(const void *a, const void *b)
{
	const struct found	*x = a, *y = b;

	if (x->hash == y->hash)
		return 0;
	return x->hash < y->hash ? -1 : 1;
}

/* Unlinks the results of the turns up to the next assistant's. */
static size_t
collect_results(struct turn *turn, struct found *found)
{
	struct part	**link, *part;
	size_t		 count = 0;

	for (; turn != NULL && turn->role != ROLE_ASSISTANT;
	    turn = turn->next) {
		turn->last = NULL;
		for (link = &turn->parts; (part = *link) != NULL;) {
			if (part->kind != PART_RESULT) {
				turn->last = part;
				link = &part->next;
				continue;
			}
			*link = part->next;
			found[count].hash = name_hash(0, part->id);
			found[count++].part = part;
		}
	}
	qsort(found, count, sizeof(*found), compare_found);
	return count;
}

static size_t
count_results(const struct turn *turn)
{
	const struct part	*part;
	size_t			 count = 0;

	for (; turn != NULL && turn->role != ROLE_ASSISTANT;
	    turn = turn->next)
		for (part = turn->parts; part != NULL; part = part->next)
			count += part->kind == PART_RESULT;
	return count;
}

static struct part *
take_result(struct found *found, size_t count, const struct part *call)
{
	struct found	 wanted = { name_hash(0, call->id), NULL };
	struct found	*at;
	struct part	*part;

	at = bsearch(&wanted, found, count, sizeof(*found), compare_found);
	if (at == NULL || at->part == NULL)
		return NULL;
	part = at->part;
	at->part = NULL;
	part->name = call->name;
	part->namespace_name = call->namespace_name;
	part->tool = call->tool;
	return part;
}

static int
unpaired(struct problem *p, const char *what, const struct part *part,
    const char *lack)
{
	int	length = part->id.length > 100 ? 100 : (int)part->id.length;

	return problem_set(p, PROBLEM_INVALID, "the tool %s %.*s %s", what,
	    length, part->id.at, lack);
}

/*
 * Puts the results behind the assistant turn `turn` (NULL: before the first one)
 * in order. `first` is the turn behind it.
 */
static int
pair_group(struct request *request, const struct turn *turn,
    struct turn *first, struct problem *p)
{
	struct found	*found;
	struct part	*call, *list = NULL, **end = &list, *result = NULL;
	size_t		 count = count_results(first), taken = 0, i;

	found = arena_alloc(request->arena, (count + 1) * sizeof(*found));
	if (found == NULL)
		return problem_set(p, PROBLEM_OVERLOADED, "out of memory");
	collect_results(first, found);
	for (call = turn == NULL ? NULL : turn->parts; call != NULL;
	    call = call->next) {
		if (!part_is_call(call))
			continue;
		result = take_result(found, count, call);
		if (result == NULL)
			return unpaired(p, "call", call, "has no result");
		*end = result;
		end = &result->next;
		taken++;
	}
	*end = NULL;
	for (i = 0; taken < count && i < count; i++)
		if (found[i].part != NULL)
			return unpaired(p, "result", found[i].part,
			    "belongs to no call of the turn before it");
	while (first != NULL && first->role != ROLE_USER)
		first = first->next;
	if (list != NULL && first != NULL) {
		*end = first->parts;
		if (first->parts == NULL)
			first->last = result;
		first->parts = list;
	}
	return 0;
}

int
request_pair_results(struct request *request, struct problem *p)
{
	struct turn	*turn;

	if (pair_group(request, NULL, request->turns, p) == -1)
		return -1;
	for (turn = request->turns; turn != NULL; turn = turn->next)
		if (turn->role == ROLE_ASSISTANT &&
		    pair_group(request, turn, turn->next, p) == -1)
			return -1;
	drop_empty(request);
	return 0;
}

/* The system turn becomes a user turn of tagged text. */
static int
tag_system(struct request *request, struct turn *turn, struct problem *p)
{
	struct escaped	 spans[3];
	struct part	*part;

	turn->role = ROLE_USER;
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

int
request_fold_system(struct request *request, bool mid, struct problem *p)
{
	struct turn	**link = &request->turns, *turn;

	if (!mid) {
		for (turn = request->turns; turn != NULL; turn = turn->next)
			if (turn->role == ROLE_SYSTEM &&
			    tag_system(request, turn, p) == -1)
				return -1;
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
