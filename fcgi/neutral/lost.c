#include "build.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lost.h"

static const char *const names[LOST_KINDS] = {
	[LOST_NOTHING] =		"",
	[LOST_AUDIO] =			"audio",
	[LOST_BILLING_HEADER] =		"billing_header",
	[LOST_BUILTIN_TOOL] =		"builtin_tool",
	[LOST_CACHE_MARKS] =		"cache_control",
	[LOST_CHOICES] =		"choices",
	[LOST_CITATIONS] =		"citations",
	[LOST_CONTAINER] =		"container",
	[LOST_CONTAINER_UPLOAD] =	"container_upload",
	[LOST_CONTEXT_MANAGEMENT] =	"context_management",
	[LOST_DETAIL] =			"image_detail",
	[LOST_DOCUMENT] =		"document",
	[LOST_DOCUMENT_TITLE] =		"document_title",
	[LOST_EFFORT] =			"effort",
	[LOST_FORCED_TOOL] =		"forced_tool_choice",
	[LOST_GENERATION_CONFIG] =	"generation_config",
	[LOST_GRAMMAR] =		"grammar",
	[LOST_HOSTED_ITEM] =		"hosted_item",
	[LOST_IMAGE] =			"image",
	[LOST_INCLUDE] =		"include",
	[LOST_INFERENCE_GEO] =		"inference_geo",
	[LOST_JSON_OBJECT] =		"json_object",
	[LOST_LOGIT_BIAS] =		"logit_bias",
	[LOST_LOGPROBS] =		"logprobs",
	[LOST_LONE_SURROGATE] =		"lone_surrogate",
	[LOST_MAX_TOKENS] =		"max_tokens",
	[LOST_MAX_TOOL_CALLS] =		"max_tool_calls",
	[LOST_MCP_SERVERS] =		"mcp_servers",
	[LOST_MEDIA_RESOLUTION] =	"media_resolution",
	[LOST_METADATA] =		"metadata",
	[LOST_MODERATION] =		"moderation",
	[LOST_PARALLEL_TOOL_CALLS] =	"parallel_tool_calls",
	[LOST_PAUSE] =			"pause",
	[LOST_PENALTIES] =		"penalties",
	[LOST_PHASE] =			"phase",
	[LOST_PREDICTION] =		"prediction",
	[LOST_PREFILL] =		"prefill",
	[LOST_PROMPT_CACHE_KEY] =	"prompt_cache_key",
	[LOST_REFERENCE] =		"item_reference",
	[LOST_SAFETY_SETTINGS] =	"safety_settings",
	[LOST_SAMPLING] =		"sampling",
	[LOST_SCHEMA_KEYWORDS] =	"schema_keywords",
	[LOST_SEAL] =			"seal",
	[LOST_SEED] =			"seed",
	[LOST_SERVICE_TIER] =		"service_tier",
	[LOST_STOP] =			"stop",
	[LOST_STOP_SEQUENCE] =		"stop_sequence",
	[LOST_STORE] =			"store",
	[LOST_SYSTEM_POSITION] =	"system_position",
	[LOST_THINKING] =		"thinking",
	[LOST_TOOL_EXAMPLES] =		"tool_examples",
	[LOST_TOOL_STRICT] =		"tool_strict",
	[LOST_TOP_K] =			"top_k",
	[LOST_TRUNCATION] =		"truncation",
	[LOST_UNKNOWN_FIELD] =		"unknown_field",
	[LOST_USER] =			"user",
	[LOST_VERBOSITY] =		"verbosity",
	[LOST_WEB_SEARCH_OPTIONS] =	"web_search_options",
};

const char *
lost_name(enum lost lost)
{
	return names[lost];
}

void
losses_add(struct losses *losses, enum lost lost)
{
	losses->bits[lost / 64] |= UINT64_C(1) << (lost % 64);
}

/* Whether a name may stand in a header as it is. */
static bool
is_plain(struct escaped name)
{
	size_t	i;

	for (i = 0; i < name.length; i++)
		if (!isalnum((unsigned char)name.at[i]) &&
		    strchr("_.-", name.at[i]) == NULL)
			return false;
	return true;
}

static void
add_name(struct losses *losses, const char name[LOST_NAME_MAX + 1])
{
	size_t	i;

	for (i = 0; i < LOST_NAMES_MAX; i++) {
		if (losses->unknown[i][0] == '\0')
			memcpy(losses->unknown[i], name, LOST_NAME_MAX + 1);
		if (strcmp(losses->unknown[i], name) == 0)
			return;
	}
	losses_add(losses, LOST_UNKNOWN_FIELD);
}

void
losses_add_unknown(struct losses *losses, const char *inside,
    struct escaped name)
{
	char	whole[LOST_NAME_MAX + 1] = "";
	int	length;

	length = snprintf(whole, sizeof(whole), "%s%s%.*s",
	    inside == NULL ? "" : inside, inside == NULL ? "" : ".",
	    name.length > LOST_NAME_MAX ? 0 : (int)name.length, name.at);
	if (name.length == 0 || name.length > LOST_NAME_MAX ||
	    length > LOST_NAME_MAX || !is_plain(name)) {
		losses_add(losses, LOST_UNKNOWN_FIELD);
		return;
	}
	add_name(losses, whole);
}

int
losses_have(const struct losses *losses, enum lost lost)
{
	return (losses->bits[lost / 64] >> (lost % 64)) & 1;
}

int
losses_any(const struct losses *losses)
{
	size_t	i;

	for (i = 0; i < sizeof(losses->bits) / sizeof(losses->bits[0]); i++)
		if (losses->bits[i] != 0)
			return 1;
	return losses->unknown[0][0] != '\0';
}

/* Behind the ones before; nothing, where there is no room for all of it. */
static void
list_add(char *out, size_t size, const char *before, const char *name)
{
	size_t	used = strlen(out);

	if (used + strlen(before) + strlen(name) + 2 < size)
		snprintf(out + used, size - used, "%s%s%s",
		    used > 0 ? ", " : "", before, name);
}

void
losses_merge(struct losses *losses, const struct losses *more)
{
	size_t	i;

	for (i = 0; i < sizeof(losses->bits) / sizeof(losses->bits[0]); i++)
		losses->bits[i] |= more->bits[i];
	for (i = 0; i < LOST_NAMES_MAX && more->unknown[i][0] != '\0'; i++)
		add_name(losses, more->unknown[i]);
}

int
losses_refuse(const struct losses *losses, struct problem *p)
{
	enum lost	lost = 0;

	while (!losses_have(losses, lost))
		lost++;
	return problem_field(p, PROBLEM_INVALID, names[lost],
	    "%s can't be said to this model's API, and strict mode is on",
	    names[lost]);
}

char *
losses_list(const struct losses *losses, char *out, size_t size)
{
	unsigned int	lost;
	size_t		i;

	if (size == 0)
		return out;
	out[0] = '\0';
	for (lost = 0; lost < LOST_KINDS; lost++)
		if (losses_have(losses, lost))
			list_add(out, size, "", names[lost]);
	for (i = 0; i < LOST_NAMES_MAX; i++)
		if (losses->unknown[i][0] != '\0')
			list_add(out, size, "unknown:", losses->unknown[i]);
	return out;
}
