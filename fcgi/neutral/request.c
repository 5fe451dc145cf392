#include "build.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json_text.h"
#include "request.h"

void
request_init(struct request *request, struct arena *arena,
    struct tool_names *names)
{
	memset(request, 0, sizeof(*request));
	request->arena = arena;
	request->names = names;
	text_table_init(&request->tools_named, arena);
	request->parallel = -1;
	request->max_tokens = -1;
	request->logprobs = -1;
	request->format.strict = -1;
	request->budget = -1;
	request->show_thinking = -1;
	request->store = -1;
}

int
request_lost_all(struct request *request, const struct losses *losses,
    struct problem *p)
{
	losses_merge(&request->losses, losses);
	return request->strict && losses_any(losses) ?
	    losses_refuse(losses, p) : 0;
}

int
request_lost(struct request *request, enum lost lost, struct problem *p)
{
	struct losses	one = { .bits = { 0 } };

	losses_add(&request->losses, lost);
	if (!request->strict)
		return 0;
	losses_add(&one, lost);
	return losses_refuse(&one, p);
}

int
request_lost_field(struct request *request, const char *inside,
    struct json_value name, struct problem *p)
{
	losses_add_unknown(&request->losses, inside, json_escaped(name));
	if (!request->strict)
		return 0;
	return problem_field(p, PROBLEM_INVALID, lost_name(LOST_UNKNOWN_FIELD),
	    "the field %.*s is unknown, and strict mode is on",
	    (int)json_raw(name).length, json_raw(name).at);
}

const struct policy *
request_policy(const struct request *request)
{
	static const struct model	any = {
		.id = "*",
		.sampling = true,
		.prefill = true,
		.forced_tools = true,
		.tools_reasoning = true,
	};
	static const struct policy	none = {
		.model = &any,
		.model_id = "",
		.system_prompt = "",
	};

	return request->policy == NULL || request->policy->model == NULL ?
	    &none : request->policy;
}

const struct model *
request_model(const struct request *request)
{
	return request_policy(request)->model;
}

double
request_number(struct request *request, struct text number)
{
	char	*string;

	if (number.length == 0)
		return NAN;
	string = arena_memdup(request->arena, number.at, number.length);
	return string == NULL ? NAN : strtod(string, NULL);
}

struct said
request_said(struct request *request)
{
	const struct {
		bool		said;
		enum setting	setting;
	} settings[] = {
		{ request->temperature.length > 0, SETTING_TEMPERATURE },
		{ request->top_p.length > 0, SETTING_TOP_P },
		{ request->top_k.length > 0, SETTING_TOP_K },
		{ request->presence_penalty.length > 0 ||
		    request->frequency_penalty.length > 0, SETTING_PENALTIES },
		{ request->stops_count > 0, SETTING_STOP },
		{ request->logprobs >= 0, SETTING_LOGPROBS },
		{ !json_is(request->logit_bias, JSON_MISSING),
		    SETTING_LOGIT_BIAS },
	};
	struct said	said = {
		.effort = request->effort,
		.budget = request->budget,
		.adaptive = request->adaptive,
		.show_thinking = request->show_thinking,
		.max_tokens = request->max_tokens,
		.temperature = request_number(request, request->temperature),
		.top_p = request_number(request, request->top_p),
		.tools = request->tools != NULL,
		.forced = request->tools != NULL &&
		    request->choice.kind >= CHOICE_REQUIRED,
	};
	size_t		i;

	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (settings[i].said)
			said.settings |= settings[i].setting;
	return said;
}

int
request_obey(struct request *request, const struct rules *rules,
    struct problem *p)
{
	const struct {
		enum setting	 setting;
		struct text	*number;
	} numbers[] = {
		{ SETTING_TEMPERATURE, &request->temperature },
		{ SETTING_TOP_P, &request->top_p },
		{ SETTING_TOP_K, &request->top_k },
		{ SETTING_PENALTIES, &request->presence_penalty },
		{ SETTING_PENALTIES, &request->frequency_penalty },
	};
	size_t	i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if ((rules->refused & numbers[i].setting) != 0)
			numbers[i].number->length = 0;
	if ((rules->refused & SETTING_STOP) != 0)
		request->stops_count = 0;
	if ((rules->refused & SETTING_LOGPROBS) != 0)
		request->logprobs = -1;
	if ((rules->refused & SETTING_LOGIT_BIAS) != 0)
		request->logit_bias = (struct json_value){ NULL, 0 };
	if (rules->unforced)
		request->choice.kind = CHOICE_AUTO;
	request->max_tokens = rules->max_tokens;
	return request_lost_all(request, &rules->lost, p);
}

void
request_put_number(struct json_write *w, const char *key, struct text number)
{
	if (number.length > 0)
		json_member_raw(w, key, number);
}

struct turn *
request_add_turn(struct request *request, enum role role)
{
	struct turn	*turn;

	turn = arena_calloc(request->arena, 1, sizeof(*turn));
	if (turn == NULL) {
		request->spare_turn = (struct turn){ .role = role };
		return &request->spare_turn;
	}
	turn->role = role;
	if (request->last == NULL)
		request->turns = turn;
	else
		request->last->next = turn;
	request->last = turn;
	return turn;
}

struct turn *
request_turn(struct request *request, enum role role)
{
	if (request->last != NULL && request->last->role == role)
		return request->last;
	return request_add_turn(request, role);
}

/* At the end of a list, which `last` is the last one of. */
static struct part *
add_part(struct request *request, struct part **list, struct part **last,
    enum part_kind kind)
{
	struct part	*part;

	part = arena_calloc(request->arena, 1, sizeof(*part));
	if (part == NULL) {
		request->spare_part = (struct part){ .kind = kind };
		return &request->spare_part;
	}
	part->kind = kind;
	request->kinds |= 1u << kind;
	if (*last == NULL)
		*list = part;
	else
		(*last)->next = part;
	*last = part;
	return part;
}

int
request_lose_choice(struct request *request, struct problem *p)
{
	struct choice	*choice = &request->choice;

	choice->kind = choice->kind == CHOICE_TOOL ? CHOICE_AUTO : CHOICE_NONE;
	choice->allowed_count = 0;
	return request_lost(request, LOST_FORCED_TOOL, p);
}

void
request_ask_summary(struct request *request, struct escaped how)
{
	const struct escaped	ask = escaped_of("Write a summary of this "
				    "conversation that will stand in its "
				    "place, so that the work can go on from "
				    "it alone: what was asked for, what was "
				    "done and decided and why, files and names "
				    "that matter, what is left to do. Say "
				    "nothing else and call no tool.");
	struct turn		*turn;

	turn = request_add_turn(request, ROLE_USER);
	turn_add_part(request, turn, PART_TEXT)->text = ask;
	if (how.length > 0)
		turn_add_part(request, turn, PART_TEXT)->text = how;
	request->summarize = true;
	request->choice = (struct choice){ .kind = request->tools == NULL ?
	    CHOICE_UNSAID : CHOICE_NONE };
	request->format.kind = FORMAT_TEXT;
}

struct part *
turn_add_part(struct request *request, struct turn *turn, enum part_kind kind)
{
	return add_part(request, &turn->parts, &turn->last, kind);
}

struct part *
request_add_system(struct request *request, struct escaped text)
{
	struct part	*part;

	part = add_part(request, &request->system, &request->system_last,
	    PART_TEXT);
	part->text = text;
	return part;
}

struct tool *
request_add_tool(struct request *request, enum tool_kind kind)
{
	struct tool	*tool;

	tool = arena_calloc(request->arena, 1, sizeof(*tool));
	if (tool == NULL) {
		request->spare_tool = (struct tool){ .kind = kind,
		    .strict = -1 };
		return &request->spare_tool;
	}
	tool->kind = kind;
	tool->strict = -1;
	request_offer_tool(request, tool);
	return tool;
}

void
request_offer_tool(struct request *request, struct tool *tool)
{
	tool->next = NULL;
	tool->before = request->tools_last;
	if (request->tools_last == NULL)
		request->tools = tool;
	else
		request->tools_last->next = tool;
	request->tools_last = tool;
}

void
request_withdraw_tool(struct request *request, struct tool *tool)
{
	if (tool->before == NULL && request->tools != tool)
		return;
	if (tool->before != NULL)
		tool->before->next = tool->next;
	else
		request->tools = tool->next;
	if (tool->next != NULL)
		tool->next->before = tool->before;
	else
		request->tools_last = tool->before;
	tool->next = tool->before = NULL;
}

struct part *
part_add_content(struct request *request, struct part *result,
    enum part_kind kind)
{
	return add_part(request, &result->content, &result->content_last,
	    kind);
}

bool
part_is_text(const struct part *part)
{
	return part->kind == PART_TEXT || (part->kind == PART_DOCUMENT &&
	    part->text.length > 0);
}

bool
part_is_media(const struct part *part)
{
	return part->kind == PART_IMAGE || part->kind == PART_AUDIO ||
	    (part->kind == PART_DOCUMENT && !part_is_text(part));
}

bool
part_is_call(const struct part *part)
{
	return part->kind == PART_CALL || part->kind == PART_CUSTOM_CALL;
}

struct text
result_failure(const struct part *result)
{
	const struct part	*first = result->content;

	if (!result->failed || (first != NULL && (escaped_starts_with(
	    first->text, text_of("Error")) || escaped_starts_with(first->text,
	    text_of("error")))))
		return text_of("");
	return text_of("Error: ");
}

struct text
request_decode(const struct request *request, struct json_value string)
{
	return text_decode(request->arena, json_escaped(string), NULL);
}

struct text
request_text(const struct request *request, struct json_value object,
    const char *key)
{
	return request_decode(request, json_get(object, key));
}

struct seal *
request_keep_seal(const struct request *request, const struct seal *seal)
{
	struct seal	*copy = arena_alloc(request->arena, sizeof(*copy));

	if (copy != NULL)
		*copy = *seal;
	return copy;
}

struct seal *
request_read_seal(const struct request *request, struct json_value string,
    enum seal_place place)
{
	struct text	bytes = request_decode(request, string);
	struct seal	seal;

	if (bytes.length == 0)
		return NULL;
	if (!seal_unpack(request->arena, bytes, &seal))
		seal = (struct seal){ request->from, place, request->model,
		    { "", 0 }, bytes };
	return request_keep_seal(request, &seal);
}

bool
request_owns_seal(const struct request *request, const struct seal *seal)
{
	return seal != NULL && !request_policy(request)->no_seals &&
	    seal_fits(seal, request->to, request->model);
}

struct text
request_call_id(struct request *request, size_t turn, size_t index,
    struct text name)
{
	static const char	prefix[] = "call_";
	size_t			length = sizeof(prefix) - 1;
	char			*to;

	to = arena_alloc(request->arena, length + NAME_HASH_LENGTH);
	if (to == NULL)
		return (struct text){ "", 0 };
	memcpy(to, prefix, length);
	name_hash_write(to + length,
	    name_hash((uint64_t)turn << 32 ^ index, name));
	return (struct text){ to, length + NAME_HASH_LENGTH };
}

struct escaped
escaped_join(struct arena *arena, const struct escaped *spans, size_t count)
{
	size_t	 length = 0, i;
	char	*to, *start;

	for (i = 0; i < count; i++)
		length += spans[i].length;
	start = to = arena_alloc(arena, length + 1);
	if (to == NULL)
		return (struct escaped){ "", 0 };
	for (i = 0; i < count; i++)
		if (spans[i].length > 0) {
			memcpy(to, spans[i].at, spans[i].length);
			to += spans[i].length;
		}
	return (struct escaped){ start, length };
}

/* As the first of the system parts. */
static void
inject_system(struct request *request, const char *prompt)
{
	struct part	*rest = request->system, *last = request->system_last;
	struct part	*part;

	request->system = request->system_last = NULL;
	part = request_add_system(request,
	    text_escape(request->arena, text_of(prompt)));
	part->next = rest;
	if (rest != NULL)
		request->system_last = last;
}

int
policy_apply(struct request *request, const struct policy *policy,
    struct problem *p)
{
	struct escaped	own = { "", 0 };

	(void)p;
	request->policy = policy;
	request->model = text_of(policy->model_id);
	if (policy->fast)
		request->fast = true;
	if (policy->effort != EFFORT_AUTO)
		request->show_thinking = policy->effort == EFFORT_OFF ? -1 : 1;
	if (request->system != NULL)
		own = request->system->text;
	if (policy_prompts(policy, own))
		inject_system(request, policy->system_prompt);
	return 0;
}
