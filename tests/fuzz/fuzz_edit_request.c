/*
 * Policy as edits. The first four bytes choose a dialect and a policy, the rest
 * is the body. Of a body that is JSON the result must be JSON, in which every
 * member that policy has no business with stands as it stood; and to say the
 * same policy twice must change nothing more.
 */
#include "build.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dialects/dialects.h"
#include "fuzz.h"
#include "json_text.h"

#define CHOICES		4
#define BODY_MAX	8192

/* All that policy may touch, whatever the dialect. */
static const char *const touched[] = {
	"system", "thinking", "max_tokens", "output_config",
	"context_management", "messages", "contents", "temperature", "top_p", "top_k",
	"tool_choice", "speed", "service_tier", "reasoning", "reasoning_effort",
	"instructions", "input", "systemInstruction", "system_instruction",
	"generationConfig", "generation_config", "toolConfig", "tool_config",
	"dropped", "stream", "topP", "topK", "presence_penalty",
	"frequency_penalty", "stop", "logprobs", "top_logprobs", "logit_bias",
	"max_completion_tokens", "max_output_tokens", "maxOutputTokens",
};

/* "Model" is one, too. */
static bool
names_model(struct json_value key)
{
	struct buf	name;
	bool		same;

	buf_init(&name, BODY_MAX, NULL);
	same = text_decode_into(&name, json_escaped(key), NULL) == 0 &&
	    strcasecmp(name.at, "model") == 0;
	buf_release(&name);
	return same;
}

static bool
is_touched(struct json_value key)
{
	size_t	i;

	if (names_model(key))
		return true;
	for (i = 0; i < sizeof(touched) / sizeof(touched[0]); i++)
		if (json_equals(key, touched[i]))
			return true;
	return false;
}

/* The next member of a body that policy must leave alone. */
static bool
next_foreign(struct json_walk *walk)
{
	while (json_next(walk))
		if (json_is(walk->key, JSON_MISSING) || !is_touched(walk->key))
			return true;
	return false;
}

static bool
same_bytes(struct json_value a, struct json_value b)
{
	struct text	one = json_raw(a), other = json_raw(b);

	return one.length == other.length &&
	    memcmp(one.at, other.at, one.length) == 0;
}

static void
check_foreign(struct json_value before, struct json_value after)
{
	struct json_walk	old = json_walk(before), new = json_walk(after);

	while (next_foreign(&old)) {
		if (!next_foreign(&new) || !same_bytes(old.key, new.key) ||
		    !same_bytes(old.value, new.value))
			abort();
	}
	if (next_foreign(&new))
		abort();
}

static void
choose(const uint8_t *bytes, struct policy *policy, struct model *model)
{
	static const char	*drop[] = { "dropped", "temperature" };
	static struct endpoint	 endpoint;

	memset(policy, 0, sizeof(*policy));
	memset(model, 0, sizeof(*model));
	endpoint.model_in_url = (bytes[1] & 0x01) == 0;
	model->endpoint = &endpoint;
	model->thinking = (enum thinking_style)(bytes[0] / 4 % 3);
	model->thinking_off = (enum thinking_off)(bytes[0] / 16 % 4);
	model->inputs = (bytes[0] & 0x80) != 0 ? 1u << MODALITY_TEXT : 0;
	model->efforts = (bytes[1] & 0x80) != 0 ? bytes[1] & 0x7eu : 0;
	model->max_output_tokens = (bytes[2] & 0x80) != 0 ? 8000 : 0;
	model->sampling = (bytes[3] & 0x01) == 0;
	model->forced_tools = (bytes[3] & 0x02) == 0;
	model->tools_reasoning = (bytes[3] & 0x04) == 0;
	model->drop.at = drop;
	model->drop.count = bytes[3] / 8 % 3;
	model->mid_system_refused = (bytes[2] & 0x40) != 0;
	model->own_thoughts = (enum own_thoughts)(bytes[2] / 32 % 3);
	/* No such template wants thoughts: what is put in has none. */
	model->template = (bytes[1] & 0x04) != 0 && model->own_thoughts !=
	    THOUGHTS_REQUIRED ? TEMPLATE_MISTRAL : TEMPLATE_ANY;
	model->openai_reasoning = (bytes[2] & 0x10) != 0;
	model->openai_reasoning_said = model->openai_reasoning;
	policy->model = model;
	policy->model_id = (bytes[2] & 0x08) != 0 ? "gemini-3-pro" : "m\"\\";
	policy->effort = (enum effort)(bytes[2] % EFFORT_KINDS);
	policy->system_prompt = (bytes[3] & 0x20) != 0 ? "Be \"D\".\n" : "";
	policy->stream = !endpoint.model_in_url;
	policy->fast = (bytes[3] & 0x40) != 0;
	policy->count = (bytes[3] & 0x80) != 0;
	policy->no_seals = (bytes[0] & 0x40) != 0;
}

/* Edits the text in `body` in place; false if it is no JSON, or refused. */
static bool
edit(const struct dialect *dialect, const struct policy *policy,
    struct buf *body)
{
	struct json_document	before, after;
	struct arena		arena;
	struct edits		edits;
	struct losses		lost = { .bits = { 0 } };
	struct problem		p;
	struct head		head;
	struct buf		result;
	bool			valid;

	json_init(&before, NULL);
	json_init(&after, NULL);
	arena_init(&arena, 16 << 20, NULL);
	buf_init(&result, 16 << 20, NULL);
	valid = json_scan(&before, body->at, body->length, NULL) == 0;
	if (valid) {
		dialect->read_head(&head, &arena, json_root(&before), &p);
		edits_start(&edits, &before, &arena);
		problem_clear(&p);
		valid = dialect->edit_request(&edits, json_root(&before),
		    policy, &lost, &p) == 0;
		FUZZ_ASSERT(valid || p.kind == PROBLEM_INVALID);
	}
	if (valid) {
		if (edits_finish(&edits) == -1 ||
		    edits_render(&edits, &result) == -1 || json_scan(&after,
		    result.at, result.length, NULL) == -1)
			abort();
		check_foreign(json_root(&before), json_root(&after));
	}
	json_release(&before);
	json_release(&after);
	arena_release(&arena);
	buf_release(body);
	*body = result;
	return valid;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	const struct dialect	*dialect;
	struct policy		 policy;
	struct model		 model;
	struct buf		 body, once;

	if (length < CHOICES || length > BODY_MAX)
		return 0;
	dialect = dialect_of((enum dialect_kind)(bytes[0] % DIALECT_KINDS));
	choose(bytes, &policy, &model);
	buf_init(&body, 16 << 20, NULL);
	buf_init(&once, 16 << 20, NULL);
	buf_add(&body, bytes + CHOICES, length - CHOICES);
	if (edit(dialect, &policy, &body)) {
		buf_add(&once, body.at, body.length);
		edit(dialect, &policy, &body);
		if (body.length != once.length ||
		    memcmp(body.at, once.at, once.length) != 0)
			abort();
	}
	buf_release(&body);
	buf_release(&once);
	return 0;
}
