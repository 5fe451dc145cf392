#include "build.h"

#include "generate_convert.h"
#include "json_text.h"

/* What was cached is not here to be sent. */
static int
refuse_cached(const struct given *given)
{
	return json_escaped(given->value).length == 0 ? 0 :
	    problem_field(given->problem, PROBLEM_INVALID, "cachedContent",
	    "cachedContent: the model's own API can't see it; send the "
	    "content itself");
}

static int
read_tier(const struct given *given)
{
	static const struct word	tiers[] = {
		{ "standard", TIER_STANDARD }, { "STANDARD", TIER_STANDARD },
		{ "flex", TIER_FLEX }, { "FLEX", TIER_FLEX },
		{ "priority", TIER_PRIORITY }, { "PRIORITY", TIER_PRIORITY },
		{ NULL, 0 },
	};
	int				tier = word_of(tiers, given->value);

	if (tier == -1)
		return field_lost(given, LOST_SERVICE_TIER);
	given->request->tier = (enum tier)tier;
	return 0;
}

static int
note_safety(const struct given *given)
{
	return json_count(given->value) == 0 ? 0 :
	    field_lost(given, LOST_SAFETY_SETTINGS);
}

static const struct field	rows[] = {
	{ .name = "model" },
	{ .name = "stream" },
	{ .name = "cachedContent",	.read = refuse_cached },
	{ .name = "tools",		.read = generate_read_tools },
	{ .name = "toolConfig",		.read = generate_read_tool_config },
	{ .name = "systemInstruction",	.read = generate_read_system },
	{ .name = "contents",		.read = generate_read_contents },
	{ .name = "generationConfig",	.read = generate_read_config },
	{ .name = "safetySettings",	.read = note_safety },
	{ .name = "serviceTier",	.read = read_tier },
	{ .name = "store",		.option = OPTION_STORE },
	{ .name = "labels",		.option = OPTION_METADATA },
	{ .name = NULL },
};

static const struct fields	fields = { rows, generate_is, NULL };

int
generate_read_request(struct request *request, struct json_value body,
    struct problem *problem)
{
	struct json_value	inner;

	request->model = request_text(request, body, "model");
	inner = generate_get(body, "generateContentRequest");
	if (request->count && json_is(inner, JSON_OBJECT))
		body = inner;
	if (json_count(json_get(body, "contents")) == 0 &&
	    json_escaped(json_get(body, "contents")).length == 0)
		return problem_field(problem, PROBLEM_INVALID, "contents",
		    "contents are required");
	return fields_read(&fields, request, body, problem);
}
