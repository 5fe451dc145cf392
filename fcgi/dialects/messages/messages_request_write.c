#include "build.h"

#include "json_text.h"
#include "neutral/field.h"
#include "messages_convert.h"

#define MARKS_MAX	4
#define CACHED_MIN	4096	/* bytes: under 1024 tokens nothing is cached */
#define USER_MAX	512	/* characters of metadata.user_id */

static size_t
count_parts(const struct part *part)
{
	size_t	count = 0;

	for (; part != NULL; part = part->next)
		count += (part->cache != CACHE_NONE) +
		    count_parts(part->content);
	return count;
}

static size_t
count_marks(const struct request *request)
{
	const struct tool	*tool;
	const struct turn	*turn;
	size_t			 count = count_parts(request->system);

	for (tool = request->tools; tool != NULL; tool = tool->next)
		count += tool->cache != CACHE_NONE && tool->wire.length > 0;
	for (turn = request->turns; turn != NULL; turn = turn->next)
		count += count_parts(turn->parts);
	return count;
}

static bool
bears_mark(const struct part *part)
{
	return part->kind != PART_THINKING && part->kind != PART_REDACTED &&
	    part->kind != PART_SERVER;
}

static size_t
size_of_parts(const struct part *part)
{
	size_t	size = 0;

	for (; part != NULL; part = part->next)
		size += part->text.length + part->arguments.length +
		    part->media.data.length + size_of_parts(part->content);
	return size;
}

static size_t
size_of(const struct request *request)
{
	const struct tool	*tool;
	const struct turn	*turn;
	size_t			 size = size_of_parts(request->system);

	for (tool = request->tools; tool != NULL; tool = tool->next)
		size += tool->description.length +
		    json_raw(tool->schema).length;
	for (turn = request->turns; turn != NULL; turn = turn->next)
		size += size_of_parts(turn->parts);
	return size;
}

/*
 * The other APIs cache by themselves: a conversation of theirs gets marks where
 * its prefix ends, before and after this turn, or it would cost ten times as
 * much. An injected system prompt alone bears none.
 */
static void
add_marks(struct request *request)
{
	struct part	*part, *end = NULL;

	if (request->from == DIALECT_MESSAGES || request->count ||
	    (request->tools == NULL && request->turns->next == NULL &&
	    request->prompt_cache_key.length == 0) ||
	    size_of(request) < CACHED_MIN)
		return;
	if (request->system != NULL && request->system->next != NULL &&
	    !escaped_is_blank(request->system_last->text))
		request->system_last->cache = CACHE_5M;
	else if (request->tools_last != NULL)
		request->tools_last->cache = CACHE_5M;
	for (part = request->last->parts; part != NULL; part = part->next)
		if (bears_mark(part))
			end = part;
	if (end != NULL)
		end->cache = CACHE_5M;
}

static int
settle_marks(struct messages_writing *writing)
{
	size_t	count = count_marks(writing->request);

	if (count == 0)
		add_marks(writing->request);
	if (count <= MARKS_MAX)
		return 0;
	writing->marks_over = count - MARKS_MAX;
	return request_lost(writing->request, LOST_CACHE_MARKS,
	    writing->problem);
}

static void
write_thinking(struct messages_writing *writing)
{
	static const char *const words[] = {
		[THINKING_ENABLED] =		"enabled",
		[THINKING_IS_ADAPTIVE] =	"adaptive",
		[THINKING_DISABLED] =		"disabled",
		[THINKING_BETWEEN_TOOLS] =	"between_tools",
	};
	struct json_write		*out = writing->out;
	const struct messages_rules	*rules = &writing->rules;
	int				 show = writing->request->show_thinking;

	if (rules->thinking == THINKING_UNSAID)
		return;
	json_put_key(out, "thinking");
	json_put_object(out);
	json_member_string(out, "type", words[rules->thinking]);
	if (rules->thinking == THINKING_ENABLED)
		json_member_int(out, "budget_tokens", rules->budget);
	if (rules->thinking == THINKING_IS_ADAPTIVE)
		json_member_string(out, "display",
		    show == 0 ? "omitted" : "summarized");
	else if (rules->thinking == THINKING_ENABLED && show == 0)
		json_member_string(out, "display", "omitted");
	json_put_end(out);
}

static int
write_output_config(struct messages_writing *writing)
{
	struct json_write	*out = writing->out;
	struct request		*request = writing->request;
	enum effort		 effort = writing->rules.common.effort;
	bool			 changed = false;
	bool			 format = request->format.kind == FORMAT_SCHEMA;

	if (request->format.kind == FORMAT_JSON && request_lost(request,
	    LOST_JSON_OBJECT, writing->problem) == -1)
		return -1;
	if (effort == EFFORT_AUTO && !format)
		return 0;
	json_put_key(out, "output_config");
	json_put_object(out);
	if (effort != EFFORT_AUTO)
		json_member_string(out, "effort", effort_word(effort));
	if (format) {
		json_put_key(out, "format");
		json_put_object(out);
		json_member_string(out, "type", "json_schema");
		json_put_key(out, "schema");
		messages_put_closed_schema(out, request->format.schema,
		    &changed);
		json_put_end(out);
	}
	json_put_end(out);
	if (changed)
		return request_lost(request, LOST_SCHEMA_KEYWORDS,
		    writing->problem);
	return 0;
}

/* top_k is a whole number here. */
static void
write_sampling(struct messages_writing *writing)
{
	static const struct field	sampling[] = {
		{ .name = "temperature", .option = OPTION_TEMPERATURE },
		{ .name = "top_p",	.option = OPTION_TOP_P },
		{ .name = NULL },
	};
	struct request			*request = writing->request;
	double				 top_k;

	options_write(writing->out, request, sampling);
	top_k = request_number(request, request->top_k);
	if (top_k >= -INT32_MAX && top_k <= INT32_MAX)	/* there is one */
		json_member_int(writing->out, "top_k", (int64_t)top_k);
}

/* Only stops that hold something besides white space are allowed. */
static int
write_stops(struct messages_writing *writing)
{
	struct request		*request = writing->request;
	struct json_write	*out = writing->out;
	size_t			 i, blank = 0;

	for (i = 0; i < request->stops_count; i++)
		blank += escaped_is_blank(request->stops[i]);
	if (blank > 0 && request_lost(request, LOST_STOP,
	    writing->problem) == -1)
		return -1;
	if (blank == request->stops_count)
		return 0;
	json_put_key(out, "stop_sequences");
	json_put_array(out);
	for (i = 0; i < request->stops_count; i++)
		if (!escaped_is_blank(request->stops[i]))
			json_put_escaped(out, request->stops[i]);
	json_put_end(out);
	return 0;
}

static int
write_metadata(struct messages_writing *writing)
{
	struct request	*request = writing->request;
	struct escaped	 user = request->safety_identifier;

	if (json_count(request->metadata) > 0 && request_lost(request,
	    LOST_METADATA, writing->problem) == -1)
		return -1;
	if (user.length == 0)
		user = request->user;
	if (user.length == 0)
		return 0;
	if (user.length > USER_MAX)
		return request_lost(request, LOST_USER, writing->problem);
	json_put_key(writing->out, "metadata");
	json_put_object(writing->out);
	json_member_escaped(writing->out, "user_id", user);
	json_put_end(writing->out);
	return 0;
}

/*
 * Speed needs a beta header, which goes with the configuration's wish alone: a
 * client's own, from an API that has no header for it, would be refused.
 */
static int
write_speed(struct messages_writing *writing)
{
	struct request	*request = writing->request;

	if (!request->fast)
		return 0;
	if (request->policy != NULL && !request->policy->fast)
		return request_lost(request, LOST_SERVICE_TIER,
		    writing->problem);
	json_member_string(writing->out, "speed", "fast");
	return 0;
}

static int
write_tier(struct messages_writing *writing)
{
	struct request	*request = writing->request;
	const char	*word = NULL;

	switch (request->tier) {
	case TIER_UNSAID:
		break;
	case TIER_AUTO:
	case TIER_PRIORITY:
		word = "auto";
		break;
	case TIER_STANDARD:
		word = "standard_only";
		break;
	case TIER_FLEX:
	case TIER_SCALE:
	case TIER_ULTRAFAST:
		if (request_lost(request, LOST_SERVICE_TIER,
		    writing->problem) == -1)
			return -1;
		break;
	}
	if (word != NULL)
		json_member_string(writing->out, "service_tier", word);
	return write_speed(writing);
}

/* What count_tokens knows too, tools before system before messages. */
static int
write_counted(struct messages_writing *writing)
{
	json_member_text(writing->out, "model", writing->request->model);
	if (messages_write_tools(writing) == -1)
		return -1;
	messages_write_system(writing);
	messages_write_turns(writing);
	write_thinking(writing);
	return write_output_config(writing);
}

static int
write_rest(struct messages_writing *writing)
{
	static const enum option	lost[] = {
		OPTION_PRESENCE_PENALTY, OPTION_FREQUENCY_PENALTY, OPTION_SEED,
		OPTION_LOGPROBS, OPTION_LOGIT_BIAS, OPTION_VERBOSITY,
		OPTION_STORE, OPTION_NONE,
	};

	json_member_int(writing->out, "max_tokens",
	    writing->request->max_tokens);
	if (writing->request->stream)
		json_member_bool(writing->out, "stream", true);
	write_sampling(writing);
	if (write_stops(writing) == -1 || write_metadata(writing) == -1 ||
	    write_tier(writing) == -1)
		return -1;
	return options_lose(writing->request, lost, writing->problem);
}

int
messages_write_request(struct json_write *out, struct request *request,
    struct problem *problem)
{
	struct messages_writing	writing = { .out = out, .request = request,
				    .problem = problem };

	if (messages_prepare(request, problem) == -1 ||
	    messages_declare_tools(&writing) == -1 ||
	    messages_settle(&writing) == -1 ||
	    settle_marks(&writing) == -1)
		return -1;
	json_put_object(out);
	if (write_counted(&writing) == -1 ||
	    (!request->count && write_rest(&writing) == -1))
		return -1;
	json_put_end(out);
	if (request->arena->failed)
		return messages_no_memory(problem);
	return 0;
}
