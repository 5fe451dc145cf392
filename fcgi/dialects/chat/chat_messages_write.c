#include "build.h"

#include "chat_request.h"
#include "json_text.h"
#include "neutral/call_id.h"
#include "neutral/tool_write.h"

/*
 * OpenAI takes short ids alone; what is not of letters and digits was made by
 * another server, which wants to see it as it was.
 */
static struct text
call_id(const struct chat_out *out, const struct part *part)
{
	struct text	fitting = call_id_fit(out->request->arena, part->id,
			    CALL_ID_MAX);
	struct text	plain = id_fit(out->request->arena, fitting,
			    CALL_ID_MAX);

	if (policy_mistral(request_policy(out->request)))
		return call_id_nine(out->request->arena, part->id);
	return text_same(fitting, plain) ?
	    id_fit(out->request->arena, part->id, CHAT_ID_MAX) : fitting;
}

static int
write_system(const struct chat_out *out, const struct part *parts)
{
	if (parts == NULL)
		return 0;
	json_put(out->w, "{'role':'system','content':");
	if (chat_put_texts(out, parts) == -1)
		return -1;
	json_put_end(out->w);
	return 0;
}

static bool
holds(const struct part *part, bool (*what)(const struct part *))
{
	for (; part != NULL; part = part->next)
		if (what(part))
			return true;
	return false;
}

static bool
has_media(const struct part *part)
{
	return part->kind == PART_RESULT && holds(part->content, part_is_media);
}

static int
put_result_content(const struct chat_out *out, const struct part *part)
{
	struct json_write	*w = out->w;

	if (part->content == NULL &&
	    !json_is(part->object, JSON_MISSING)) {
		json_put_text(w, json_raw(part->object));
		return 0;
	}
	json_put_string_start(w);
	json_add_text(w, result_failure(part));
	if (chat_add_texts(out, part->content) == -1)
		return -1;
	if (has_media(part))
		json_put(w, "%s%s", holds(part->content, part_is_text) ?
		    "\n\n" : "", "(The files of this result follow in the next "
		    "user message.)");
	json_put_string_end(w);
	return 0;
}

static int
write_result(const struct chat_out *out, const struct part *part)
{
	struct json_write	*w = out->w;

	json_put(w, "{'role':'tool','tool_call_id':%t,'content':",
	    call_id(out, part));
	if (put_result_content(out, part) == -1)
		return -1;
	json_put_end(w);
	return chat_lose_marks(out, part);
}

/* Files of results, which tool messages can't hold. */
static int
put_result_media(const struct chat_out *out, const struct part *result)
{
	const struct part	*part;

	json_put(out->w, "{'type':'text','text':'Files of the tool result "
	    "%t:'}", call_id(out, result));
	for (part = result->content; part != NULL; part = part->next)
		if (part_is_media(part) && chat_put_media(out, part) == -1)
			return -1;
	return 0;
}

static int
put_user_content(const struct chat_out *out, const struct turn *turn)
{
	const struct part	*part;

	if (!holds(turn->parts, part_is_media) &&
	    !holds(turn->parts, has_media))
		return chat_put_texts(out, turn->parts);
	json_put_array(out->w);
	for (part = turn->parts; part != NULL; part = part->next)
		if (has_media(part) ? put_result_media(out, part) == -1 :
		    chat_put_part(out, part) == -1)
			return -1;
	json_put_end(out->w);
	return 0;
}

static bool
is_heard(const struct part *part)
{
	return part_is_text(part) || part_is_media(part) || has_media(part);
}

/* What the user said, once the results are written. */
static int
write_user(const struct chat_out *out, const struct turn *turn)
{
	if (!holds(turn->parts, is_heard))
		return 0;
	json_put(out->w, "{'role':'user'");
	if (turn->author.length > 0)
		json_member_text(out->w, "name", turn->author);
	json_put_key(out->w, "content");
	if (put_user_content(out, turn) == -1)
		return -1;
	json_put_end(out->w);
	return 0;
}

/* `seal` stands on the call: NULL for none. */
static void
put_call(const struct chat_out *out, const struct part *call,
    const struct seal *seal)
{
	struct request		*request = out->request;
	struct json_write	*w = out->w;

	json_put(w, "{'id':%t,'type':'function','function':{'name':%t,"
	    "'arguments':", call_id(out, call),
	    tool_names_wire(request->names, call->namespace_name, call->name,
	    CHAT_NAME_MAX));
	json_put_text(w, tool_arguments(request->arena, call));
	json_put_end(w);
	if (request_owns_seal(out->request, seal)) {
		json_put(w, "'extra_content':{'google':"
		    "{'thought_signature':%t}}", seal->bytes);
	}
	json_put_end(w);
}

static void
put_calls(const struct chat_out *out, const struct part *part)
{
	const struct seal	*seal = NULL;

	json_put(out->w, "'tool_calls':[");
	for (; part != NULL; part = part->next) {
		if (part_is_call(part))
			put_call(out, part, seal);
		seal = part->seal != NULL && part->seal->place == SEAL_CALL ?
		    part->seal : NULL;
	}
	json_put_end(out->w);
}

static bool
is_thinking(const struct part *part)
{
	return part->kind == PART_THINKING && part->text.length > 0;
}

static bool
is_refusal(const struct part *part)
{
	return part->kind == PART_REFUSAL;
}

static bool
is_result(const struct part *part)
{
	return part->kind == PART_RESULT;
}

/* Texts of one kind, one after the other, as one string. */
static void
put_joined(const struct chat_out *out, const struct part *part,
    bool (*what)(const struct part *))
{
	json_put_string_start(out->w);
	for (; part != NULL; part = part->next)
		if (what(part))
			json_add_escaped(out->w, part->text);
	json_put_string_end(out->w);
}

/* One of reasoning_details, as it came; its bytes passed through a client. */
static void
put_detail(const struct chat_out *out, const struct part *part)
{
	struct json_write	*w = out->w;
	struct json_value	 raw;

	if (part->kind == PART_REDACTED) {
		raw = json_scan_into(out->request->arena, part->seal->bytes);
		if (json_is(raw, JSON_OBJECT))
			json_put_value(w, raw);
		return;
	}
	json_put(w, "{'type':'reasoning.text','text':%e,'signature':%t}",
	    part->text, part->seal->bytes);
}

static bool
is_detail(const struct chat_out *out, const struct part *part)
{
	return (part->kind == PART_THINKING || part->kind == PART_REDACTED) &&
	    request_owns_seal(out->request, part->seal) &&
	    part->seal->place != SEAL_CALL;
}

static void
put_details(const struct chat_out *out, const struct part *part)
{
	while (part != NULL && !is_detail(out, part))
		part = part->next;
	if (part == NULL)
		return;
	json_put(out->w, "'reasoning_details':[");
	for (; part != NULL; part = part->next)
		if (is_detail(out, part))
			put_detail(out, part);
	json_put_end(out->w);
}

/*
 * Only models that ask for their own thinking are given it back. Kimi takes an
 * empty string for none at all.
 */
static int
put_thinking(const struct chat_out *out, const struct turn *turn)
{
	enum own_thoughts	own = request_model(out->request)->own_thoughts;

	if (own != THOUGHTS_FORBIDDEN)
		put_details(out, turn->parts);
	if (own == THOUGHTS_REQUIRED) {
		json_put_key(out->w, "reasoning_content");
		if (holds(turn->parts, is_thinking))
			put_joined(out, turn->parts, is_thinking);
		else
			json_put_string(out->w, " ");
		return 0;
	}
	return holds(turn->parts, is_thinking) ?
	    chat_lost(out, LOST_THINKING) : 0;
}

static int
lose_parts(const struct chat_out *out, const struct part *part)
{
	for (; part != NULL; part = part->next) {
		if (part->seal != NULL &&
		    !request_owns_seal(out->request, part->seal) &&
		    chat_lost(out, LOST_SEAL) == -1)
			return -1;
		if ((part->kind == PART_SERVER || part_is_media(part)) &&
		    chat_lost(out, LOST_HOSTED_ITEM) == -1)
			return -1;
	}
	return 0;
}

static int
put_assistant(const struct chat_out *out, const struct turn *turn)
{
	struct json_write	*w = out->w;

	json_put_key(w, "content");
	if (!holds(turn->parts, part_is_text) &&
	    (holds(turn->parts, part_is_call) || holds(turn->parts, is_refusal)))
		json_put_null(w);
	else if (chat_put_texts(out, turn->parts) == -1)
		return -1;
	if (holds(turn->parts, is_refusal)) {
		json_put_key(w, "refusal");
		put_joined(out, turn->parts, is_refusal);
	}
	if (holds(turn->parts, part_is_call))
		put_calls(out, turn->parts);
	return put_thinking(out, turn);
}

static bool
is_said(const struct part *part)
{
	return part_is_text(part) || part_is_call(part) || is_refusal(part);
}

/* The parts of the turn that answers this one's calls, wherever it stands. */
static const struct part *
answers_of(const struct turn *turn)
{
	const struct turn	*next = turn->next;

	while (next != NULL && next->role == ROLE_SYSTEM)
		next = next->next;
	return next == NULL || next->role == ROLE_ASSISTANT ? NULL :
	    next->parts;
}

/* The turn, and right behind it its results. */
static int
write_assistant(const struct chat_out *out, const struct turn *turn)
{
	const struct part	*part;

	if (lose_parts(out, turn->parts) == -1)
		return -1;
	if (!holds(turn->parts, is_said))
		return holds(turn->parts, is_thinking) ?
		    chat_lost(out, LOST_THINKING) : 0;
	json_put(out->w, "{'role':'assistant'");
	if (turn->author.length > 0)
		json_member_text(out->w, "name", turn->author);
	if (put_assistant(out, turn) == -1)
		return -1;
	json_put_end(out->w);
	for (part = answers_of(turn); part != NULL; part = part->next)
		if (is_result(part) && write_result(out, part) == -1)
			return -1;
	return 0;
}

static int
write_turn(const struct chat_out *out, const struct turn *turn)
{
	switch (turn->role) {
	case ROLE_USER:
		return write_user(out, turn);
	case ROLE_ASSISTANT:
		return write_assistant(out, turn);
	case ROLE_SYSTEM:
		return write_system(out, turn->parts);
	}
	return -1;
}

/* Whether a turn ends in results as it is written; `before` it. */
static bool
ends_in_results(const struct turn *turn, bool before)
{
	bool	assistant = turn->role == ROLE_ASSISTANT;

	if (!holds(turn->parts, assistant ? is_said : is_heard))
		return before;
	return assistant && holds(answers_of(turn), is_result);
}

/* Where the template wants results to be answered before the turn is said. */
static void
answer_results(const struct chat_out *out, const struct turn *turn)
{
	if (turn->role != ROLE_ASSISTANT && holds(turn->parts, is_heard) &&
	    policy_mistral(request_policy(out->request)))
		json_put_raw(out->w, text_of(RESULTS_ANSWER));
}

int
chat_write_messages(struct json_write *w, struct request *request,
    struct problem *p)
{
	struct chat_out		 out = { w, request, p };
	const struct turn	*turn;
	bool			 results = false;	/* were the last */

	json_put(w, "'messages':[");
	if (write_system(&out, request->system) == -1)
		return -1;
	for (turn = request->turns; turn != NULL; turn = turn->next) {
		if (results)
			answer_results(&out, turn);
		if (write_turn(&out, turn) == -1)
			return -1;
		results = ends_in_results(turn, results);
	}
	json_put_end(w);
	return 0;
}
