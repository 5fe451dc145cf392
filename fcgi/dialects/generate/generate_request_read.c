#include "build.h"

#include "generate_convert.h"
#include "json_text.h"

struct field {
	const char	*key;
	int		(*read)(struct request *, struct json_value,
			    struct problem *);
};

static int
read_stream(struct request *request, struct json_value value,
    struct problem *problem)
{
	(void)problem;
	request->stream = request->stream || json_true(value);
	return 0;
}

/* What was cached is not here to be sent. */
static int
refuse_cached(struct request *request, struct json_value value,
    struct problem *problem)
{
	(void)request;
	if (json_escaped(value).length == 0)
		return 0;
	return problem_field(problem, PROBLEM_INVALID, "cachedContent",
	    "cachedContent: the model's own API can't see it; send the "
	    "content itself");
}

static int
read_tier(struct request *request, struct json_value value,
    struct problem *problem)
{
	static const struct {
		const char	*word;
		enum tier	 tier;
	} tiers[] = {
		{ "standard", TIER_STANDARD }, { "STANDARD", TIER_STANDARD },
		{ "flex", TIER_FLEX }, { "FLEX", TIER_FLEX },
		{ "priority", TIER_PRIORITY }, { "PRIORITY", TIER_PRIORITY },
	};
	size_t	i;

	for (i = 0; i < sizeof(tiers) / sizeof(tiers[0]); i++)
		if (json_equals(value, tiers[i].word)) {
			request->tier = tiers[i].tier;
			return 0;
		}
	return request_lost(request, LOST_SERVICE_TIER, problem);
}

static int
read_store(struct request *request, struct json_value value,
    struct problem *problem)
{
	(void)problem;
	if (json_is(value, JSON_TRUE) || json_is(value, JSON_FALSE))
		request->store = json_true(value);
	return 0;
}

static int
read_labels(struct request *request, struct json_value value,
    struct problem *problem)
{
	(void)problem;
	if (json_count(value) > 0)
		request->metadata = value;
	return 0;
}

static int
note_safety(struct request *request, struct json_value value,
    struct problem *problem)
{
	if (json_count(value) == 0)
		return 0;
	return request_lost(request, LOST_SAFETY_SETTINGS, problem);
}

static int
ignore(struct request *request, struct json_value value,
    struct problem *problem)
{
	(void)request;
	(void)value;
	(void)problem;
	return 0;
}

static const struct field fields[] = {
	{ "model", ignore },
	{ "stream", read_stream },
	{ "cachedContent", refuse_cached },
	{ "tools", generate_read_tools },
	{ "toolConfig", generate_read_tool_config },
	{ "systemInstruction", generate_read_system },
	{ "contents", generate_read_contents },
	{ "generationConfig", generate_read_config },
	{ "safetySettings", note_safety },
	{ "serviceTier", read_tier },
	{ "store", read_store },
	{ "labels", read_labels },
};

#define FIELDS	(sizeof(fields) / sizeof(fields[0]))

static bool
is_known(struct json_value key)
{
	size_t	i;

	for (i = 0; i < FIELDS; i++)
		if (generate_is(key, fields[i].key))
			return true;
	return false;
}

static int
read_fields(struct request *request, struct json_value body,
    struct problem *problem)
{
	struct json_value	value;
	size_t			i;

	for (i = 0; i < FIELDS; i++) {
		value = generate_get(body, fields[i].key);
		if (!json_is(value, JSON_MISSING) &&
		    !json_is(value, JSON_NULL) &&
		    fields[i].read(request, value, problem) == -1)
			return -1;
	}
	return generate_note_unknown(request, body, is_known, problem);
}

int
generate_read_request(struct request *request, struct json_value body,
    struct problem *problem)
{
	struct json_value	inner;

	request->model = generate_decode(request->arena,
	    json_get(body, "model"));
	inner = generate_get(body, "generateContentRequest");
	if (request->count && json_is(inner, JSON_OBJECT))
		body = inner;
	if (json_count(json_get(body, "contents")) == 0)
		return problem_field(problem, PROBLEM_INVALID, "contents",
		    "contents are required");
	if (read_fields(request, body, problem) == -1)
		return -1;
	if (request->arena->failed)
		return generate_no_memory(problem);
	return 0;
}
