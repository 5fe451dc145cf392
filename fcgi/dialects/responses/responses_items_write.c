#include "build.h"

#include <string.h>

#include "json_text.h"
#include "neutral/call_id.h"
#include "responses_convert.h"

static void
open_item(const struct responses_out *out, const char *type)
{
	json_put(out->w, "{'type':%s", type);
}

static void
put_call_id(const struct responses_out *out, const struct part *part)
{
	json_member_text(out->w, "call_id", call_id_fit(out->request->arena,
	    part->id, RESPONSES_ID_MAX));
}

/* Of a namespaced tool both names, else the one for the wire. */
static void
put_tool_name(const struct responses_out *out, const struct part *call)
{
	if (call->namespace_name.length > 0) {
		json_put(out->w, "'name':%t,'namespace':%t", call->name,
		    call->namespace_name);
		return;
	}
	json_member_text(out->w, "name", tool_names_wire(out->request->names,
	    call->namespace_name, call->name, RESPONSES_NAME_MAX));
}

static void
write_call(const struct responses_out *out, const struct part *call)
{
	open_item(out, "function_call");
	put_call_id(out, call);
	put_tool_name(out, call);
	if (text_is_blank(call->arguments))
		json_member_string(out->w, "arguments", "{}");
	else
		json_member_text(out->w, "arguments", call->arguments);
	json_put_end(out->w);
}

static void
write_custom_call(const struct responses_out *out, const struct part *call)
{
	open_item(out, "custom_tool_call");
	put_call_id(out, call);
	put_tool_name(out, call);
	json_member_escaped(out->w, "input", call->text);
	json_put_end(out->w);
}

/* What another sealed means nothing here; what nobody sealed isn't trusted. */
static int
write_thinking(const struct responses_out *out, const struct part *part)
{
	struct json_write	*w = out->w;

	if (part->seal == NULL)
		return escaped_is_blank(part->text) ? 0 :
		    responses_lost(out, LOST_THINKING);
	if (!request_owns_seal(out->request, part->seal))
		return responses_lost(out, LOST_SEAL);
	open_item(out, "reasoning");
	json_put(w, "'summary':[");
	if (part->text.length > 0) {
		open_item(out, "summary_text");
		json_member_escaped(w, "text", part->text);
		json_put_end(w);
	}
	json_put_end(w);
	json_member_text(w, "encrypted_content", part->seal->bytes);
	json_put_end(w);
	return 0;
}

/*
 * What OpenAI's models are to be told again of what they said: whether it went
 * along with the work, so that calls follow, or was the answer.
 */
static void
put_phase(const struct responses_out *out, bool calls_follow)
{
	if (policy_openai_reasoning(request_policy(out->request)))
		json_member_string(out->w, "phase", calls_follow ?
		    "commentary" : "final_answer");
}

/*
 * Parts that `is` tells, up to the first that is something else; of an assistant's
 * message, whether calls of its turn follow.
 */
static int
write_message(const struct responses_out *out, const char *role,
    const char *text_type, bool (*is)(const struct part *),
    const struct part **part, bool calls_follow)
{
	struct json_write	*w = out->w;

	open_item(out, "message");
	json_put(w, "'role':%s", role);
	if (strcmp(role, "assistant") == 0)
		put_phase(out, calls_follow);
	json_put(w, "'content':[");
	for (; *part != NULL && is(*part); *part = (*part)->next)
		if (responses_put_content(out, *part, text_type) == -1)
			return -1;
	json_put_end(w);
	json_put_end(w);
	return 0;
}

static int
write_hosted(const struct responses_out *out, const struct part *part)
{
	if (out->request->from != DIALECT_RESPONSES)
		return responses_lost(out, LOST_HOSTED_ITEM);
	json_put_value(out->w, part->raw);
	return 0;
}

static bool
is_said(const struct part *part)
{
	return part->kind == PART_TEXT || part->kind == PART_REFUSAL;
}

static const struct part *
last_call(const struct part *part)
{
	const struct part	*last = NULL;

	for (; part != NULL; part = part->next)
		if (part_is_call(part))
			last = part;
	return last;
}

static int
write_assistant(const struct responses_out *out, const struct part *part)
{
	const struct part	*last = last_call(part);
	bool			 calls_follow = last != NULL;
	int			 result = 0;

	while (result == 0 && part != NULL) {
		if (is_said(part)) {
			result = write_message(out, "assistant",
			    "output_text", is_said, &part, calls_follow);
			continue;
		}
		calls_follow = calls_follow && part != last;
		if (part->kind == PART_CALL)
			write_call(out, part);
		else if (part->kind == PART_CUSTOM_CALL)
			write_custom_call(out, part);
		else if (part->kind == PART_THINKING ||
		    part->kind == PART_REDACTED)
			result = write_thinking(out, part);
		else if (part->kind == PART_SERVER)
			result = write_hosted(out, part);
		else if (responses_is_content(part))
			result = responses_lost(out, LOST_HOSTED_ITEM);
		part = part->next;
	}
	return result;
}

static int
put_output(const struct responses_out *out, const struct part *result)
{
	struct json_write	*w = out->w;
	const struct part	*part = result->content;

	if (part == NULL && !json_is(result->object, JSON_MISSING)) {
		json_put_text(w, json_raw(result->object));
		return 0;
	}
	if (part == NULL || (part->next == NULL && part->kind == PART_TEXT &&
	    part->cache == CACHE_NONE)) {
		json_put(w, "'%t%e'", result_failure(result), part == NULL ?
		    (struct escaped){ "", 0 } : part->text);
		return 0;
	}
	json_put_array(w);
	if (result_failure(result).length > 0)
		json_put(w, "{'type':'input_text','text':%t}",
		    result_failure(result));
	for (; part != NULL; part = part->next)
		if (responses_is_content(part) &&
		    responses_put_content(out, part, "input_text") == -1)
			return -1;
	json_put_end(w);
	return 0;
}

static int
write_result(const struct responses_out *out, const struct part *result)
{
	open_item(out, result->tool == TOOL_CUSTOM ?
	    "custom_tool_call_output" : "function_call_output");
	put_call_id(out, result);
	json_put_key(out->w, "output");
	if (put_output(out, result) == -1)
		return -1;
	json_put_end(out->w);
	if (result->cache != CACHE_NONE &&
	    responses_lost(out, LOST_CACHE_MARKS) == -1)
		return -1;
	return 0;
}

static int
write_user(const struct responses_out *out, const struct part *part)
{
	int	result = 0;

	while (result == 0 && part != NULL) {
		if (responses_is_content(part)) {
			result = write_message(out, "user", "input_text",
			    responses_is_content, &part, false);
			continue;
		}
		if (part->kind == PART_RESULT)
			result = write_result(out, part);
		part = part->next;
	}
	return result;
}

static int
write_system(const struct responses_out *out, const struct part *part)
{
	int	result = 0;

	while (result == 0 && part != NULL) {
		if (responses_is_content(part))
			result = write_message(out, "developer", "input_text",
			    responses_is_content, &part, false);
		else
			part = part->next;
	}
	return result;
}

static int
write_turn(const struct responses_out *out, const struct turn *turn)
{
	switch (turn->role) {
	case ROLE_USER:
		return write_user(out, turn->parts);
	case ROLE_ASSISTANT:
		return write_assistant(out, turn->parts);
	case ROLE_SYSTEM:
		return write_system(out, turn->parts);
	}
	return -1;
}

/* The first of the system text is the instructions; the rest leads the input. */
int
responses_write_input(const struct responses_out *out)
{
	const struct part	*system = out->request->system;
	const struct turn	*turn;

	if (system != NULL && out->request->turns != NULL) {
		json_member_escaped(out->w, "instructions", system->text);
		if (system->cache != CACHE_NONE &&
		    responses_lost(out, LOST_CACHE_MARKS) == -1)
			return -1;
		system = system->next;
	}
	json_put(out->w, "'input':[");
	if (request_lacks_json(out->request, system))
		json_put_raw(out->w, text_of("{\"type\":\"message\","
		    "\"role\":\"developer\",\"content\":[{\"type\":"
		    "\"input_text\",\"text\":\"" REQUEST_SAY_JSON
		    "\"}]}"));
	if (write_system(out, system) == -1)
		return -1;
	for (turn = out->request->turns; turn != NULL; turn = turn->next)
		if (write_turn(out, turn) == -1)
			return -1;
	json_put_end(out->w);
	return 0;
}
