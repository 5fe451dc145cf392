#include "build.h"

#include <string.h>

#include "json_text.h"
#include "problem_word.h"
#include "show.h"

static const char *const dialects[] = { "chat", "responses", "messages",
    "generate" };

static void
put_text(struct buf *out, struct text text)
{
	buf_putc(out, '"');
	text_encode(out, text);
	buf_putc(out, '"');
}

static void
put_escaped(struct buf *out, struct escaped escaped)
{
	struct buf	decoded;

	buf_init(&decoded, 64 * 1024 * 1024, NULL);
	text_decode_into(&decoded, escaped, NULL);
	put_text(out, (struct text){ decoded.at, decoded.length });
	buf_release(&decoded);
}

/* JSON without white space; what isn't JSON as a string. */
static void
put_json(struct buf *out, struct text json)
{
	bool	in_string = false;
	size_t	i;

	for (i = 0; i < json.length; i++) {
		if (in_string && json.at[i] == '\\')
			buf_putc(out, json.at[i++]);
		else if (json.at[i] == '"')
			in_string = !in_string;
		else if (!in_string && strchr(" \t\r\n", json.at[i]) != NULL)
			continue;
		if (i < json.length)
			buf_putc(out, json.at[i]);
	}
}

static void
put_arguments(struct buf *out, struct text arguments)
{
	if (text_is_blank(arguments))
		arguments = text_of("{}");
	put_json(out, arguments);
}

static void
say_text(struct buf *out, const char *name, struct text text)
{
	if (text.length == 0)
		return;
	buf_printf(out, " %s=", name);
	put_text(out, text);
}

static void
say_escaped(struct buf *out, const char *name, struct escaped escaped)
{
	if (escaped.length == 0)
		return;
	buf_printf(out, " %s=", name);
	put_escaped(out, escaped);
}

static void
say_value(struct buf *out, const char *name, struct json_value value)
{
	if (json_is(value, JSON_MISSING))
		return;
	buf_printf(out, " %s=", name);
	put_json(out, json_raw(value));
}

/* Ours are shown as what is packed in them. */
static void
say_seal(struct buf *out, const struct seal *seal)
{
	static const char *const	places[] = { "thinking",
	    "redacted", "call", "text" };
	struct arena			arena;
	struct seal			inner;

	if (seal == NULL)
		return;
	arena_init(&arena, 16 * 1024 * 1024, NULL);
	if (seal_unpack(&arena, seal->bytes, &inner))
		seal = &inner;
	buf_printf(out, " seal=%s/%s", dialects[seal->dialect],
	    places[seal->place]);
	say_text(out, "item", seal->id);
	say_text(out, "bytes", seal->bytes);
	arena_release(&arena);
}

static void
say_cache(struct buf *out, enum cache_mark cache)
{
	if (cache != CACHE_NONE)
		buf_puts(out, cache == CACHE_5M ? " cache=5m" : " cache=1h");
}

static const char *
part_word(enum part_kind kind)
{
	switch (kind) {
	case PART_TEXT:		return "text";
	case PART_THINKING:	return "thinking";
	case PART_REDACTED:	return "redacted";
	case PART_REFUSAL:	return "refusal";
	case PART_IMAGE:	return "image";
	case PART_DOCUMENT:	return "document";
	case PART_AUDIO:	return "audio";
	case PART_CALL:		return "call";
	case PART_CUSTOM_CALL:	return "custom_call";
	case PART_RESULT:	return "result";
	case PART_SERVER:	return "server";
	}
	return "?";
}

static const char *
tool_word(enum tool_kind kind)
{
	switch (kind) {
	case TOOL_FUNCTION:	return "function";
	case TOOL_CUSTOM:	return "custom";
	case TOOL_SEARCH:	return "search";
	case TOOL_SHELL:	return "shell";
	case TOOL_PATCH:	return "patch";
	case TOOL_COMPUTER:	return "computer";
	case TOOL_CLIENT:	return "client";
	case TOOL_SERVER:	return "server";
	}
	return "?";
}

static void
show_part(struct buf *out, const struct part *part, const char *indent)
{
	const struct part	*inner;

	buf_printf(out, "%s%s", indent, part_word(part->kind));
	if (part->text.length > 0) {
		buf_putc(out, ' ');
		put_escaped(out, part->text);
	}
	say_text(out, "type", part->media.media_type);
	say_escaped(out, "data", part->media.data);
	say_escaped(out, "url", part->media.url);
	say_escaped(out, "file", part->media.file_id);
	say_escaped(out, "title", part->media.title);
	say_text(out, "detail", part->media.detail);
	say_text(out, "id", part->id);
	if (part->kind == PART_CALL || part->kind == PART_CUSTOM_CALL) {
		say_text(out, "name", part->name);
		say_text(out, "namespace", part->namespace_name);
		if (part->tool != TOOL_FUNCTION && part->tool != TOOL_CUSTOM)
			buf_printf(out, " tool=%s", tool_word(part->tool));
	}
	if (part->kind == PART_CALL) {
		buf_putc(out, ' ');
		put_arguments(out, part->arguments);
	}
	say_value(out, "object", part->object);
	say_seal(out, part->seal);
	say_cache(out, part->cache);
	say_value(out, "raw", part->raw);
	say_value(out, "citations", part->citations);
	buf_puts(out, part->failed ? " failed\n" : "\n");
	for (inner = part->content; inner != NULL; inner = inner->next)
		show_part(out, inner, "    ");
}

static void
show_tool(struct buf *out, const struct tool *tool)
{
	buf_printf(out, "tool %s", tool_word(tool->kind));
	say_text(out, "name", tool->name);
	say_text(out, "namespace", tool->namespace_name);
	say_text(out, "type", tool->type);
	say_escaped(out, "description", tool->description);
	say_value(out, "schema", tool->schema);
	say_text(out, "syntax", tool->syntax);
	say_escaped(out, "grammar", tool->grammar);
	say_cache(out, tool->cache);
	buf_puts(out, tool->strict == 1 ? " strict\n" : "\n");
}

static void
show_choice(struct buf *out, const struct choice *choice)
{
	static const char *const	words[] = { "", "none", "auto",
	    "required", "tool" };
	size_t				i;

	if (choice->kind == CHOICE_UNSAID)
		return;
	buf_printf(out, "choice %s", words[choice->kind]);
	say_text(out, "name", choice->name);
	say_text(out, "namespace", choice->namespace_name);
	for (i = 0; i < choice->allowed_count; i++)
		say_text(out, "allowed", choice->allowed[i]);
	buf_putc(out, '\n');
}

static void
show_numbers(struct buf *out, const struct request *request)
{
	const struct {
		const char	*name;
		struct text	 number;
	} numbers[] = {
		{ "temperature", request->temperature },
		{ "top_p", request->top_p },
		{ "top_k", request->top_k },
		{ "presence_penalty", request->presence_penalty },
		{ "frequency_penalty", request->frequency_penalty },
		{ "seed", request->seed },
	};
	size_t	i;

	if (request->max_tokens >= 0)
		buf_printf(out, "max_tokens %lld\n",
		    (long long)request->max_tokens);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (numbers[i].number.length > 0)
			buf_printf(out, "%s %.*s\n", numbers[i].name,
			    (int)numbers[i].number.length,
			    numbers[i].number.at);
	for (i = 0; i < request->stops_count; i++) {
		buf_puts(out, "stop ");
		put_escaped(out, request->stops[i]);
		buf_putc(out, '\n');
	}
	if (request->logprobs >= 0)
		buf_printf(out, "logprobs %d\n", request->logprobs);
}

static void
show_format(struct buf *out, const struct format *format)
{
	if (format->kind == FORMAT_TEXT)
		return;
	buf_puts(out, format->kind == FORMAT_JSON ? "format json" :
	    "format schema");
	say_text(out, "name", format->name);
	say_escaped(out, "description", format->description);
	say_value(out, "schema", format->schema);
	buf_puts(out, format->strict == 1 ? " strict\n" : "\n");
}

static void
show_settings(struct buf *out, const struct request *request)
{
	static const char *const	efforts[EFFORT_KINDS] = { "auto", "off",
	    "minimal", "low", "medium", "high", "xhigh", "max" };
	static const char *const	tiers[] = { "", "auto", "standard",
	    "flex", "scale", "priority", "ultrafast" };
	size_t				length;

	if (request->effort != EFFORT_AUTO)
		buf_printf(out, "effort %s\n", efforts[request->effort]);
	if (request->budget >= 0)
		buf_printf(out, "budget %lld\n", (long long)request->budget);
	if (request->show_thinking == 1)
		buf_puts(out, "show thinking\n");
	if (request->tier != TIER_UNSAID)
		buf_printf(out, "tier %s\n", tiers[request->tier]);
	if (request->fast)
		buf_puts(out, "fast\n");
	if (request->parallel == 0)
		buf_puts(out, "no parallel calls\n");
	if (request->store == 1)
		buf_puts(out, "store\n");
	length = out->length;
	buf_puts(out, "also");
	say_text(out, "verbosity", request->verbosity);
	say_escaped(out, "user", request->user);
	say_escaped(out, "safety", request->safety_identifier);
	say_escaped(out, "cache_key", request->prompt_cache_key);
	say_value(out, "metadata", request->metadata);
	say_value(out, "logit_bias", request->logit_bias);
	if (out->length == length + 4)
		out->length = length;
	else
		buf_putc(out, '\n');
	out->at[out->length] = '\0';
}

void
show_request(struct buf *out, const struct request *request)
{
	static const char *const	roles[] = { "user", "assistant",
	    "system" };
	const struct turn		*turn;
	const struct part		*part;
	const struct tool		*tool;

	for (part = request->system; part != NULL; part = part->next)
		show_part(out, part, "system ");
	for (turn = request->turns; turn != NULL; turn = turn->next) {
		buf_puts(out, roles[turn->role]);
		say_text(out, "author", turn->author);
		buf_putc(out, '\n');
		for (part = turn->parts; part != NULL; part = part->next)
			show_part(out, part, "  ");
	}
	for (tool = request->tools; tool != NULL; tool = tool->next)
		show_tool(out, tool);
	show_choice(out, &request->choice);
	show_numbers(out, request);
	show_format(out, &request->format);
	show_settings(out, request);
}

static const char *
block_word(enum block_kind kind)
{
	switch (kind) {
	case BLOCK_TEXT:	return "text";
	case BLOCK_THINKING:	return "thinking";
	case BLOCK_REDACTED:	return "redacted";
	case BLOCK_REFUSAL:	return "refusal";
	case BLOCK_CALL:	return "call";
	case BLOCK_CUSTOM_CALL:	return "custom_call";
	case BLOCK_SERVER_CALL:	return "server_call";
	case BLOCK_IMAGE:	return "image";
	case BLOCK_SUMMARY:	return "summary";
	}
	return "?";
}

static void
show_citation(struct buf *out, const struct citation *citation)
{
	buf_puts(out, "  citation");
	say_escaped(out, "url", citation->url);
	say_escaped(out, "title", citation->title);
	say_escaped(out, "cited", citation->cited);
	if (citation->start >= 0)
		buf_printf(out, " %lld..%lld", (long long)citation->start,
		    (long long)citation->end);
	buf_putc(out, '\n');
}

static long long
number(int64_t value)
{
	return value < 0 ? 0 : value;
}

static void
show_stop(struct buf *out, enum stop stop, struct escaped sequence,
    const struct usage *usage)
{
	static const char *const	stops[STOPS] = { "none", "end",
	    "sequence", "length", "calls", "refusal", "paused", "context",
	    "bad" };

	buf_printf(out, "stop %s", stops[stop]);
	say_escaped(out, "sequence", sequence);
	buf_printf(out, "\nusage input %lld cached %lld written %lld output "
	    "%lld reasoning %lld\n", number(usage->input),
	    number(usage->cache_read), number(usage->cache_write),
	    number(usage->output), number(usage->reasoning));
}

static void
show_block(struct buf *out, struct reply *reply,
    const struct reply_block *block)
{
	const struct citation	*citation;
	struct escaped		 text = { block->text.at, block->text.length };

	buf_puts(out, block_word(block->kind));
	if (block->kind == BLOCK_CALL || block->kind == BLOCK_CUSTOM_CALL) {
		say_text(out, "id", block->id);
		say_text(out, "name", block->name);
		say_text(out, "namespace", block->namespace_name);
		if (block->tool != TOOL_FUNCTION && block->tool != TOOL_CUSTOM)
			buf_printf(out, " tool=%s", tool_word(block->tool));
	}
	say_text(out, "type", block->media_type);
	buf_putc(out, ' ');
	if (block->kind == BLOCK_CALL &&
	    reply_arguments_whole(reply, block))
		put_arguments(out, reply_arguments(reply, block));
	else
		put_escaped(out, text);
	if (block->logprobs.length > 0) {
		buf_puts(out, " logprobs=");
		put_json(out, (struct text){ block->logprobs.at,
		    block->logprobs.length });
	}
	if (block->raw.length > 0) {
		buf_puts(out, " raw=");
		put_json(out, block->raw);
	}
	say_seal(out, block->seal);
	buf_putc(out, '\n');
	for (citation = block->citations; citation != NULL;
	    citation = citation->next)
		show_citation(out, citation);
}

void
show_reply(struct buf *out, struct reply *reply)
{
	const struct reply_block	*block;

	for (block = reply->blocks; block != NULL; block = block->next)
		show_block(out, reply, block);
	if (reply->failed)
		buf_printf(out, "error %s: %s\n",
		    problem_word(reply->problem.kind), reply->problem.message);
	if (reply->stopped)
		show_stop(out, reply->stop, reply->stop_sequence,
		    &reply->usage);
}

void
show_event(struct buf *out, const struct event *event)
{
	static const char *const	kinds[] = { "START", "OPEN", "DELTA",
	    "CLOSE", "STOP", "ERROR" };

	buf_puts(out, kinds[event->kind]);
	switch (event->kind) {
	case EVENT_START:
		say_text(out, "id", event->id);
		break;
	case EVENT_OPEN:
		buf_printf(out, " %u %s", event->block,
		    block_word(event->block_kind));
		say_text(out, "id", event->id);
		say_text(out, "name", event->name);
		say_text(out, "namespace", event->namespace_name);
		say_text(out, "raw", event->raw);
		say_seal(out, event->seal);
		break;
	case EVENT_DELTA:
		buf_printf(out, " %u ", event->block);
		put_escaped(out, event->text);
		say_text(out, "logprobs", event->logprobs);
		break;
	case EVENT_CLOSE:
		buf_printf(out, " %u", event->block);
		say_seal(out, event->seal);
		break;
	case EVENT_STOP:
		buf_putc(out, ' ');
		show_stop(out, event->stop, event->stop_sequence,
		    &event->usage);
		return;
	case EVENT_ERROR:
		buf_printf(out, " %s: %s", problem_word(event->problem->kind),
		    event->problem->message);
		break;
	}
	buf_putc(out, '\n');
}
