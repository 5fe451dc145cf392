#include "build.h"

#include "call_id.h"
#include "json_text.h"
#include "request.h"

/* Calls and their results find each other. */

static const struct text	nothing = { "", 0 };

/*
 * Ids.
 */

/* A call that waits for its result, and the id that it has now. */
struct pending {
	struct pending	*next;
	struct text	 id;
};

/* An id as the client says it. */
struct use {
	struct pending		*first, *last;	/* of the newest turn's calls */
	const struct turn	*turn;
	uint64_t		 again;
};

static struct use *
use_of(struct text_table *uses, struct text id)
{
	struct use	*use = text_table_find(uses, id, nothing);

	if (use != NULL)
		return use;
	use = arena_calloc(uses->arena, 1, sizeof(*use));
	if (use == NULL || text_table_add(uses, id, nothing, use) == -1)
		return NULL;
	return use;
}

/* The first call of that id keeps it; -1 on a full arena. */
static int
own_call(struct text_table *uses, const struct turn *turn, struct part *call)
{
	struct use	*use = use_of(uses, call->id);
	struct pending	*pending;

	pending = arena_calloc(uses->arena, 1, sizeof(*pending));
	if (use == NULL || pending == NULL)
		return -1;
	if (use->turn != NULL) {
		pending->id = call->id;
		while (!uses->arena->failed &&
		    text_table_find(uses, call->id, nothing) != NULL)
			call->id = call_id_again(uses->arena, pending->id,
			    ++use->again);
		if (use_of(uses, call->id) == NULL)
			return -1;
	}
	pending->id = call->id;
	if (use->turn != turn)
		use->first = NULL;
	use->turn = turn;
	if (use->first == NULL)
		use->first = pending;
	else
		use->last->next = pending;
	use->last = pending;
	return 0;
}

static void
own_result(struct text_table *uses, struct part *result)
{
	struct use	*use = text_table_find(uses, result->id, nothing);

	if (use == NULL || use->first == NULL)
		return;
	result->id = use->first->id;
	use->first = use->first->next;
}

void
request_own_ids(struct request *request)
{
	struct text_table	 uses;
	struct turn		*turn;
	struct part		*part;

	text_table_init(&uses, request->arena);
	for (turn = request->turns; turn != NULL; turn = turn->next)
		for (part = turn->parts; part != NULL; part = part->next) {
			if (part->kind == PART_RESULT)
				own_result(&uses, part);
			if (!part_is_call(part))
				continue;
			tool_names_note_call(request->names, part->id);
			if (own_call(&uses, turn, part) == -1)
				return;
		}
}

/*
 * Pairs.
 */

/*
 * A result. Those of one id, or of one name where they have no id, are a list in
 * order, whose ends the first of them knows; what stands before its call, or is
 * taken, leaves the list. Then `next` is the one to follow it at its calls' turn.
 */
struct found {
	struct found	*next;
	struct found	*first, *last;
	struct part	*part;
	size_t		 group;		/* assistant turns before it */
	bool		 taken;
};

struct pairing {
	struct request		*request;
	struct problem		*problem;
	struct text_table	 by_id;
	struct found		*found;		/* all, in order */
	size_t			 count;
	struct found		**lists;	/* taken ones, by group */
};

static size_t
count_parts(const struct request *request, size_t *groups)
{
	const struct turn	*turn;
	const struct part	*part;
	size_t			 count = 0;

	*groups = 1;
	for (turn = request->turns; turn != NULL; turn = turn->next) {
		*groups += turn->role == ROLE_ASSISTANT;
		for (part = turn->parts; part != NULL; part = part->next)
			count += part->kind == PART_RESULT;
	}
	return count;
}

static void
add_found(struct pairing *pairing, struct part *part, size_t group)
{
	struct found	*found = &pairing->found[pairing->count++];
	struct text	 name = part->id.length == 0 ? part->name : nothing;
	struct found	*same;

	*found = (struct found){ .part = part, .group = group,
	    .first = found, .last = found };
	if (text_table_add(&pairing->by_id, part->id, name, found) != 0)
		return;
	same = text_table_find(&pairing->by_id, part->id, name);
	same->last = same->last->next = found;
}

static int
collect(struct pairing *pairing)
{
	struct request		*request = pairing->request;
	const struct turn	*turn;
	struct part		*part;
	size_t			 groups, count = count_parts(request, &groups);
	size_t			 group = 0;

	text_table_init(&pairing->by_id, request->arena);
	pairing->found = arena_alloc(request->arena,
	    (count + 1) * sizeof(*pairing->found));
	pairing->lists = arena_calloc(request->arena, groups,
	    sizeof(*pairing->lists));
	if (pairing->found == NULL || pairing->lists == NULL)
		return -1;
	for (turn = request->turns; turn != NULL; turn = turn->next) {
		group += turn->role == ROLE_ASSISTANT;
		for (part = turn->parts; part != NULL; part = part->next)
			if (part->kind == PART_RESULT)
				add_found(pairing, part, group);
	}
	return request->arena->failed ? -1 : 0;
}

/* The first result of that id and name behind the call, out of its list. */
static struct found *
take_first(struct pairing *pairing, struct text id, struct text name,
    size_t group)
{
	struct found	*list = text_table_find(&pairing->by_id, id, name);
	struct found	*found;

	while (list != NULL && list->first != NULL &&
	    list->first->group < group)
		list->first = list->first->next;
	found = list == NULL ? NULL : list->first;
	if (found == NULL || (id.length == 0 && found->group > group))
		return NULL;
	list->first = found->next;
	return found;
}

/* That of its id, however late; else one right behind that names no call. */
static struct found *
take_result(struct pairing *pairing, const struct part *call, size_t group)
{
	struct found	*found = NULL;

	if (call->id.length > 0)
		found = take_first(pairing, call->id, nothing, group);
	if (found == NULL)
		found = take_first(pairing, nothing, call->name, group);
	if (found == NULL && call->name.length > 0)
		found = take_first(pairing, nothing, nothing, group);
	return found;
}

static int
take_results(struct pairing *pairing, const struct turn *turn, size_t group)
{
	struct found		**end = &pairing->lists[group], *found;
	const struct part	*call;

	for (call = turn->parts; call != NULL; call = call->next) {
		if (!part_is_call(call))
			continue;
		found = take_result(pairing, call, group);
		if (found == NULL)
			return problem_set(pairing->problem, PROBLEM_INVALID,
			    "the tool call %.*s has no result",
			    call->id.length > 100 ? 100 : (int)call->id.length,
			    call->id.at);
		found->taken = true;
		found->part->id = call->id;
		found->part->name = call->name;
		found->part->namespace_name = call->namespace_name;
		found->part->tool = call->tool;
		*end = found;
		end = &found->next;
	}
	*end = NULL;
	return 0;
}

/* What answers no call is told by the user; the part behind it. */
static struct part **
tell_result(struct request *request, struct turn *turn, struct part **link)
{
	struct part	*result = *link, *first = result->content;
	struct part	*last = result->content_last;
	struct text	 name = result->name;
	struct escaped	 spans[4];

	if (name.length == 0)
		name = result->id;
	spans[0] = escaped_of("Result of the tool ");
	spans[1] = text_escape(request->arena, name);
	spans[2] = escaped_of(":\\n");
	spans[3] = escaped_of("");
	if (first == NULL && !json_is(result->object, JSON_MISSING))
		spans[3] = text_escape(request->arena,
		    json_raw(result->object));
	else if (first != NULL && first->kind == PART_TEXT) {
		spans[3] = first->text;
		first = first->next;
	}
	result->kind = PART_TEXT;
	result->text = escaped_join(request->arena, spans, 4);
	result->id = text_of("");
	result->content = result->content_last = NULL;
	if (first == NULL)
		return &result->next;
	last->next = result->next;
	result->next = first;
	if (turn->last == result)
		turn->last = last;
	return &last->next;
}

/* Results leave their turns, or become text there. */
static void
strip(struct pairing *pairing)
{
	struct found	*found = pairing->found;
	struct turn	*turn;
	struct part	**link, *part;

	for (turn = pairing->request->turns; turn != NULL; turn = turn->next) {
		link = &turn->parts;
		turn->last = NULL;
		while ((part = *link) != NULL) {
			if (part->kind == PART_RESULT && found++->taken) {
				*link = part->next;
				continue;
			}
			turn->last = part;
			link = part->kind == PART_RESULT ? tell_result(
			    pairing->request, turn, link) : &part->next;
		}
	}
}

struct turn *
request_turn_behind(struct request *request, struct turn *assistant)
{
	struct turn	*turn = assistant->next;

	while (turn != NULL && turn->role == ROLE_SYSTEM)
		turn = turn->next;
	if (turn != NULL && turn->role == ROLE_USER)
		return turn;
	turn = arena_calloc(request->arena, 1, sizeof(*turn));
	if (turn == NULL)
		return &request->spare_turn;
	turn->role = ROLE_USER;
	turn->next = assistant->next;
	assistant->next = turn;
	if (request->last == assistant)
		request->last = turn;
	return turn;
}

static void
put_results(struct request *request, struct turn *assistant,
    const struct found *list)
{
	struct turn	*turn;
	struct part	*rest, **end;

	if (list == NULL)
		return;
	turn = request_turn_behind(request, assistant);
	rest = turn->parts;
	end = &turn->parts;
	for (; list != NULL; list = list->next) {
		*end = list->part;
		end = &list->part->next;
		if (rest == NULL)
			turn->last = list->part;
	}
	*end = rest;
}

int
request_pair_results(struct request *request, struct problem *p)
{
	struct pairing	 pairing = { .request = request, .problem = p };
	struct turn	*turn;
	size_t		 group = 0;

	if (collect(&pairing) == -1)
		return problem_set(p, PROBLEM_OVERLOADED, "out of memory");
	for (turn = request->turns; turn != NULL; turn = turn->next)
		if (turn->role == ROLE_ASSISTANT &&
		    take_results(&pairing, turn, ++group) == -1)
			return -1;
	strip(&pairing);
	group = 0;
	for (turn = request->turns; turn != NULL; turn = turn->next)
		if (turn->role == ROLE_ASSISTANT)
			put_results(request, turn, pairing.lists[++group]);
	request_drop_empty(request);
	request_merge_turns(request);
	return 0;
}

int
request_settle_turns(struct request *request, struct problem *p)
{
	request_drop_blank(request);
	request_merge_turns(request);
	if (request_pair_results(request, p) == -1)
		return -1;
	return request_end_prefill(request, p);
}
