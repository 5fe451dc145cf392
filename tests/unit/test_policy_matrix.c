#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dialects/convert.h"
#include "dialects/dialects.h"
#include "edit/edits.h"
#include "json_text.h"

/* Rows name only what they are about. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/*
 * Each rule of droid2api.conf(5) about models, for each kind of upstream, from
 * a client of the same API (the edit lane) and from those of the three others
 * (converted): the same conversation must reach the upstream with the same
 * members, and the client must be told of the same losses. JSON is written with
 * ' for ".
 */

/* What a client says, in the words of its API. */
struct wish {
	const char	*effort;	/* "none", or a level: */
	bool		 adaptive;	/* messages: said so, not as a budget */
	int		 max;		/* 5000 */
	bool		 temperature, top_p, top_k, stop, penalty;
	bool		 tools, forced;	/* the second with the first */
	bool		 mid;		/* a system message between the others */
	bool		 prefill;
	const char	*system;
};

/* A rule. */
struct row {
	const char	*name;		/* as the man page says it */
	const char	*entry;		/* members of the model's entry */
	struct wish	 wish;
	/*
	 * In what reaches an upstream of that kind; NULL: the rule is not for
	 * it. Of several, apart by blanks, each.
	 */
	const char	*holds[DIALECT_KINDS];
	const char	*lost;		/* names, all kinds alike */
	const char	*prompt;	/* system_prompt */
	const char	*id;		/* the model's name, "m" */
};

#define IN(chat, responses, messages, generate)				\
	.holds = { [DIALECT_CHAT] = chat, [DIALECT_RESPONSES] = responses, \
	    [DIALECT_MESSAGES] = messages, [DIALECT_GENERATE] = generate }

static char *
json_of(struct arena *arena, const char *quoted)
{
	char	*json = arena_strdup(arena, quoted), *at;

	for (at = json; *at != '\0'; at++)
		if (*at == '\'')
			*at = '"';
	return json;
}

/*
 * What clients send.
 */

static const char *
upper(const char *word)
{
	static char	to[16];
	size_t		i;

	for (i = 0; word[i] != '\0'; i++)
		to[i] = (char)(word[i] - 'a' + 'A');
	to[i] = '\0';
	return to;
}

static void
say_openai_tools(struct buf *b, const struct wish *wish, bool flat)
{
	if (wish->tools)
		buf_puts(b, flat ? ",'tools':[{'type':'function','name':'f',"
		    "'parameters':{'type':'object'}}]" : ",'tools':[{'type':"
		    "'function','function':{'name':'f','parameters':{'type':"
		    "'object'}}}]");
	if (wish->forced)
		buf_puts(b, ",'tool_choice':'required'");
}

static void
say_sampling(struct buf *b, const struct wish *wish, const char *top_p,
    const char *top_k)
{
	if (wish->temperature)
		buf_puts(b, ",'temperature':0.2");
	if (wish->top_p)
		buf_printf(b, ",'%s':0.5", top_p);
	if (wish->top_k && top_k != NULL)
		buf_printf(b, ",'%s':5", top_k);
}

/* One message of APIs that have roles and content. */
static void
say_turns(struct buf *b, const struct wish *wish)
{
	buf_puts(b, "{'role':'user','content':'one'}");
	if (wish->mid)
		buf_puts(b, ",{'role':'system','content':'rule'}");
	if (wish->mid)
		buf_puts(b, ",{'role':'user','content':'two'}");
	buf_puts(b, ",{'role':'assistant','content':'three'}");
	if (!wish->prefill)
		buf_puts(b, ",{'role':'user','content':'four'}");
}

static void
say_chat(struct buf *b, const struct wish *wish)
{
	buf_puts(b, "'messages':[");
	if (wish->system != NULL)
		buf_printf(b, "{'role':'system','content':'%s'},",
		    wish->system);
	say_turns(b, wish);
	buf_printf(b, "],'max_tokens':%d", wish->max);
	if (wish->effort != NULL)
		buf_printf(b, ",'reasoning_effort':'%s'", wish->effort);
	say_sampling(b, wish, "top_p", "top_k");
	if (wish->stop)
		buf_puts(b, ",'stop':['END']");
	if (wish->penalty)
		buf_puts(b, ",'presence_penalty':1");
	say_openai_tools(b, wish, false);
}

static void
say_responses(struct buf *b, const struct wish *wish)
{
	buf_puts(b, "'input':[");
	say_turns(b, wish);
	buf_printf(b, "],'max_output_tokens':%d", wish->max);
	if (wish->system != NULL)
		buf_printf(b, ",'instructions':'%s'", wish->system);
	if (wish->effort != NULL)
		buf_printf(b, ",'reasoning':{'effort':'%s'%s}", wish->effort,
		    strcmp(wish->effort, "none") == 0 ? "" :
		    ",'summary':'auto'");
	say_sampling(b, wish, "top_p", NULL);
	say_openai_tools(b, wish, true);
}

static void
say_messages(struct buf *b, const struct wish *wish)
{
	buf_puts(b, "'messages':[");
	say_turns(b, wish);
	buf_printf(b, "],'max_tokens':%d", wish->max);
	if (wish->system != NULL)
		buf_printf(b, ",'system':'%s'", wish->system);
	if (wish->effort != NULL && strcmp(wish->effort, "none") == 0)
		buf_puts(b, ",'thinking':{'type':'disabled'}");
	else if (wish->effort != NULL && !wish->adaptive)
		buf_puts(b, ",'thinking':{'type':'enabled',"
		    "'budget_tokens':24576}");
	else if (wish->effort != NULL)
		buf_printf(b, ",'thinking':{'type':'adaptive','display':"
		    "'summarized'},'output_config':{'effort':'%s'}",
		    wish->effort);
	say_sampling(b, wish, "top_p", "top_k");
	if (wish->stop)
		buf_puts(b, ",'stop_sequences':['END']");
	if (wish->tools)
		buf_puts(b, ",'tools':[{'name':'f','input_schema':{'type':"
		    "'object'}}]");
	if (wish->forced)
		buf_puts(b, ",'tool_choice':{'type':'any'}");
}

static void
say_generate(struct buf *b, const struct wish *wish)
{
	buf_puts(b, "'contents':[{'role':'user','parts':[{'text':'one'}]},"
	    "{'role':'model','parts':[{'text':'three'}]}");
	if (!wish->prefill)
		buf_puts(b, ",{'role':'user','parts':[{'text':'four'}]}");
	buf_printf(b, "],'generationConfig':{'maxOutputTokens':%d", wish->max);
	if (wish->effort != NULL && strcmp(wish->effort, "none") == 0)
		buf_puts(b, ",'thinkingConfig':{'thinkingBudget':0}");
	else if (wish->effort != NULL)
		buf_printf(b, ",'thinkingConfig':{'thinkingLevel':'%s',"
		    "'includeThoughts':true}", upper(wish->effort));
	say_sampling(b, wish, "topP", "topK");
	if (wish->stop)
		buf_puts(b, ",'stopSequences':['END']");
	if (wish->penalty)
		buf_puts(b, ",'presencePenalty':1");
	buf_puts(b, "}");
	if (wish->system != NULL)
		buf_printf(b, ",'systemInstruction':{'parts':[{'text':'%s'}]}",
		    wish->system);
	if (wish->tools)
		buf_puts(b, ",'tools':[{'functionDeclarations':[{'name':'f'}]}]");
	if (wish->forced)
		buf_puts(b, ",'toolConfig':{'functionCallingConfig':{'mode':"
		    "'ANY'}}");
}

static void (*const	say[DIALECT_KINDS])(struct buf *,
    const struct wish *) = {
	[DIALECT_CHAT] = say_chat,
	[DIALECT_RESPONSES] = say_responses,
	[DIALECT_MESSAGES] = say_messages,
	[DIALECT_GENERATE] = say_generate,
};

/* Whether the API has words for it all, but for top_k, as a client's. */
static bool
can_say(enum dialect_kind kind, const struct wish *wish)
{
	return !(wish->mid && kind == DIALECT_GENERATE) &&
	    !(wish->stop && kind == DIALECT_RESPONSES) &&
	    !(wish->penalty && (kind == DIALECT_RESPONSES ||
	    kind == DIALECT_MESSAGES));
}

/*
 * What reaches the upstream, in words that tests can compare.
 */

static struct json_value
find(struct json_value value, const char *path)
{
	char		 name[64];
	size_t		 length;

	for (; *path != '\0'; path += length + (path[length] == '.')) {
		length = strcspn(path, ".");
		snprintf(name, sizeof(name), "%.*s", (int)length, path);
		value = json_get(value, name);
	}
	return value;
}

static const char *const	paths[] = { "model", "max_tokens",
    "max_completion_tokens", "max_output_tokens",
    "generationConfig.maxOutputTokens", "temperature",
    "generationConfig.temperature", "top_p", "generationConfig.topP", "top_k",
    "generationConfig.topK", "stop", "stop_sequences",
    "generationConfig.stopSequences", "presence_penalty", "logit_bias",
    "reasoning_effort", "reasoning.effort", "reasoning.summary",
    "thinking.type", "thinking.budget_tokens", "thinking.display",
    "output_config.effort", "generationConfig.thinkingConfig.thinkingLevel",
    "generationConfig.thinkingConfig.thinkingBudget",
    "generationConfig.thinkingConfig.includeThoughts", "tool_choice",
    "toolConfig.functionCallingConfig.mode", "service_tier", "speed",
};

/* Without the blank lines by which an API of one string parts its texts. */
static void
add_parted(struct buf *out, struct escaped text)
{
	static const char	line[] = "\\n\\n", open[] = "<system>",
				close[] = "</system>";
	const char		*end = text.at + text.length;

	while (text.at < end) {
		if (strncmp(text.at, line, 4) == 0 &&
		    (strncmp(text.at + 4, open, 8) == 0 ||
		    (out->length > 9 && memcmp(out->at + out->length - 9,
		    close, 9) == 0)))
			text.at += 4;
		buf_putc(out, *text.at++);
	}
}

/* The text of a string, or of an array's parts. */
static void
show_text(struct buf *out, struct json_value content)
{
	struct json_walk	walk = json_walk(content);
	struct escaped		text = json_escaped(content);

	add_parted(out, text);
	while (json_next(&walk)) {
		text = json_escaped(json_get(walk.value, "text"));
		add_parted(out, text);
	}
}

/* Neighbouring texts of one role are one. */
static void
show_turn(struct buf *out, char *last, struct json_value role,
    struct json_value content)
{
	char	who = 's';

	if (json_equals(role, "user"))
		who = 'u';
	else if (json_equals(role, "assistant") || json_equals(role, "model"))
		who = 'a';
	if (who != *last)
		buf_printf(out, " %c:", who);
	*last = who;
	show_text(out, content);
}

static struct json_value
first_of(struct json_value value, const char *one, const char *other)
{
	struct json_value	found = json_get(value, one);

	return json_is(found, JSON_MISSING) ? json_get(value, other) : found;
}

static void
show_talk(struct buf *out, struct json_value body)
{
	struct json_value	none = { NULL, 0 };
	struct json_value	turns = first_of(body, "messages", "input");
	struct json_walk	walk;
	char			last = '\0';

	show_turn(out, &last, none, first_of(body, "system", "instructions"));
	show_turn(out, &last, none, find(body, "systemInstruction.parts"));
	walk = json_walk(json_is(turns, JSON_MISSING) ?
	    json_get(body, "contents") : turns);
	while (json_next(&walk)) {
		show_turn(out, &last, json_get(walk.value, "role"),
		    first_of(walk.value, "content", "parts"));
		if (!json_is(json_get(walk.value, "reasoning_content"),
		    JSON_MISSING))
			buf_puts(out, "(thought)");
	}
}

static void
show(struct buf *out, struct json_value body)
{
	struct text	raw;
	size_t		i;

	buf_puts(out, " ");
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		raw = json_raw(find(body, paths[i]));
		if (raw.length > 0)
			buf_printf(out, "%s=%.*s ", strrchr(paths[i], '.') !=
			    NULL && strncmp(paths[i], "gen", 3) == 0 ?
			    strrchr(paths[i], '.') + 1 : paths[i],
			    (int)raw.length, raw.at);
	}
	show_talk(out, body);
	buf_puts(out, " ");
}

/*
 * The lanes.
 */

struct lane {
	struct arena	 arena;
	struct buf	 sent, view;
	struct losses	 lost;
	struct problem	 problem;
	int		 result;
};

static void
lane_begin(struct lane *lane)
{
	memset(lane, 0, sizeof(*lane));
	arena_init(&lane->arena, 1 << 22, NULL);
	buf_init(&lane->sent, 1 << 20, NULL);
	buf_init(&lane->view, 1 << 20, NULL);
	problem_clear(&lane->problem);
}

static void
lane_end(struct lane *lane)
{
	buf_release(&lane->view);
	buf_release(&lane->sent);
	arena_release(&lane->arena);
}

static void
edit(struct lane *lane, const struct dialect *dialect,
    const struct json_document *document, const struct policy *policy)
{
	struct edits	edits;

	edits_start(&edits, document, &lane->arena);
	lane->result = dialect->edit_request(&edits, json_root(document),
	    policy, &lane->lost, &lane->problem);
	if (lane->result == -1)
		return;
	assert_int_equal(edits_finish(&edits), 0);
	assert_int_equal(edits_render(&edits, &lane->sent), 0);
}

static void
turn(struct lane *lane, enum dialect_kind from, enum dialect_kind to,
    const struct json_document *document, const struct policy *policy)
{
	struct convert	convert = { .client = from, .upstream = to,
			    .policy = policy };

	tool_names_init(&convert.names, &lane->arena);
	lane->result = convert_request(&convert, &lane->arena,
	    json_root(document), &lane->sent, &lane->problem);
	lane->lost = convert.losses;
}

static void
run(struct lane *lane, enum dialect_kind from, enum dialect_kind to,
    const struct wish *wish, const struct policy *policy)
{
	struct json_document	document;
	struct buf		body;

	lane_begin(lane);
	json_init(&document, NULL);
	buf_init(&body, 1 << 20, NULL);
	buf_puts(&body, "{'model':'m',");
	say[from](&body, wish);
	buf_puts(&body, "}");
	assert_int_equal(json_scan(&document, json_of(&lane->arena, body.at),
	    body.length, NULL), 0);
	if (from == to)
		edit(lane, dialect_of(to), &document, policy);
	else
		turn(lane, from, to, &document, policy);
	if (lane->result == 0) {
		assert_int_equal(json_scan(&document, lane->sent.at,
		    lane->sent.length, NULL), 0);
		show(&lane->view, json_root(&document));
	}
	buf_release(&body);
	json_release(&document);
}

/* As exchange.c does. */
static struct config *
configure(struct policy *policy, const struct row *row, const char *entry,
    enum dialect_kind to)
{
	struct problem	 p;
	struct arena	 arena;
	struct config	*config;
	char		*text;

	arena_init(&arena, 1 << 20, NULL);
	text = json_of(&arena, arena_printf(&arena, "{'models':[{'id':'m',"
	    "'type':'%s'%s%s}]}", dialect_type(to), *entry == '\0' ? "" : ",",
	    entry));
	config = config_read_text(text, strlen(text), "x", NULL, NULL, &p);
	if (config == NULL)
		fail_msg("%s: %s", row->name, p.message);
	arena_release(&arena);
	memset(policy, 0, sizeof(*policy));
	policy->model = &config->models[0];
	policy->model_id = row->id != NULL ? row->id : "m";
	policy->effort = policy->model->reasoning;
	policy->fast = policy->model->fast;
	policy->system_prompt = row->prompt != NULL ? row->prompt : "";
	return config;
}

/* Each word stands in the view; what follows a "!" is part of none. */
static void
check_holds(const struct row *row, const struct lane *lane, const char *words)
{
	char	 word[256];
	size_t	 length;
	bool	 not;

	for (; *words != '\0'; words += length + (words[length] == ' ')) {
		length = strcspn(words, " ");
		not = *words == '!';
		snprintf(word, sizeof(word), not ? "%.*s" : " %.*s ",
		    (int)length - not, words + not);
		if ((strstr(lane->view.at, word) == NULL) != not)
			fail_msg("%s: %.*s in\n  %s", row->name, (int)length,
			    words, lane->view.at);
	}
}

static bool
named(const char *list, enum lost lost)
{
	const char	*name = lost_name(lost), *at = list;
	size_t		 length = strlen(name);

	while (at != NULL && (at = strstr(at, name)) != NULL) {
		if ((at == list || at[-1] == ' ') &&
		    (at[length] == ',' || at[length] == '\0'))
			return true;
		at += length;
	}
	return false;
}

/*
 * What the row names is lost, and nothing else, but for what is lost between
 * the two APIs whatever the entry says.
 */
static void
check_losses(const struct row *row, const struct lane *lane,
    const struct lane *plain, enum dialect_kind from, enum dialect_kind to)
{
	enum lost	lost;
	bool		wanted;

	for (lost = LOST_NOTHING + 1; lost < LOST_KINDS; lost++) {
		wanted = named(row->lost, lost);
		if (losses_have(&plain->lost, lost) ||
		    (lost == LOST_TOP_K && from == DIALECT_RESPONSES))
			continue;
		if (losses_have(&lane->lost, lost) != wanted)
			fail_msg("%s, %s to %s: %s is%s lost in\n  %s",
			    row->name, dialect_of(from)->name,
			    dialect_of(to)->name, lost_name(lost),
			    wanted ? " not" : "", lane->view.at);
	}
}

static void
check_kind(const struct row *row, enum dialect_kind to)
{
	struct wish		 wish = row->wish;
	struct lane		 lanes[DIALECT_KINDS], plain;
	struct policy		 policy, free;
	struct config		*config, *free_config;
	const struct lane	*first = NULL;
	enum dialect_kind	 from;

	if (wish.max == 0)
		wish.max = 5000;
	config = configure(&policy, row, row->entry, to);
	free_config = configure(&free, row, "'reasoning':'auto',"
	    "'mid_system':true,'openai_reasoning':false", to);
	for (from = 0; from < DIALECT_KINDS; from++) {
		if (!can_say(from, &wish))
			continue;
		run(&lanes[from], from, to, &wish, &policy);
		run(&plain, from, to, &wish, &free);
		if (lanes[from].result == -1)
			fail_msg("%s, %s to %s: %s", row->name,
			    dialect_of(from)->name, dialect_of(to)->name,
			    lanes[from].problem.message);
		check_holds(row, &lanes[from], row->holds[to]);
		if (first == NULL)
			first = &lanes[from];
		else if (strcmp(first->view.at, lanes[from].view.at) != 0)
			fail_msg("%s, to %s: from %s\n  %s\nbut before\n  %s",
			    row->name, dialect_of(to)->name,
			    dialect_of(from)->name, lanes[from].view.at,
			    first->view.at);
		check_losses(row, &lanes[from], &plain, from, to);
		lane_end(&plain);
	}
	for (from = 0; from < DIALECT_KINDS; from++)
		if (can_say(from, &wish))
			lane_end(&lanes[from]);
	config_release(config);
	config_release(free_config);
}

static void
check_row(void **state)
{
	const struct row	*row = *state;
	enum dialect_kind	 to;

	for (to = 0; to < DIALECT_KINDS; to++)
		if (row->holds[to] != NULL)
			check_kind(row, to);
}

#define SET(level, budget, limit, google, tokens)			\
	{ "reasoning: " level " sets how much the model thinks",	\
	    "'reasoning':'" level "'", { .effort = "high" }, .lost = "",	\
	    IN("reasoning_effort=\"" level "\"",			\
	    "reasoning.effort=\"" level "\" reasoning.summary=\"auto\"", \
	    "thinking.type=\"enabled\" thinking.budget_tokens=" budget	\
	    " max_tokens=" limit " !effort", "thinkingLevel=\"" google "\" " \
	    "includeThoughts=true") },					\
	{ "thinking: adaptive, reasoning: " level,			\
	    "'reasoning':'" level "','thinking':'adaptive'",		\
	    { .effort = "high", .adaptive = true }, .lost = "",		\
	    IN(NULL, NULL, "thinking.type=\"adaptive\" "			\
	    "thinking.display=\"summarized\" output_config.effort=\""	\
	    level "\" !budget", NULL) },				\
	{ "thinking: budget of type google, reasoning: " level,		\
	    "'reasoning':'" level "','thinking':'budget'",		\
	    { .effort = "high" }, .lost = "", IN(NULL, NULL, NULL,	\
	    "thinkingBudget=" tokens " includeThoughts=true !Level") }

#define LESS	{ .temperature = true, .top_p = true, .top_k = true }
#define NOTHING	"!reasoning"

static const struct row	rows[] = {
	SET("low", "4096", "5000", "LOW", "4096"),
	SET("medium", "12288", "16384", "MEDIUM", "12288"),
	SET("high", "24576", "28672", "HIGH", "24576"),
	SET("xhigh", "40960", "45056", "HIGH", "24576"),
	SET("max", "40960", "45056", "HIGH", "24576"),
	{ "reasoning: minimal is the least that the API knows",
	    "'reasoning':'minimal'", { .effort = "high" }, .lost = "",
	    IN("reasoning_effort=\"minimal\"", "reasoning.effort=\"minimal\"",
	    "thinking.budget_tokens=4096", "thinkingLevel=\"LOW\"") },
	{ "reasoning: minimal, thinking: adaptive",
	    "'reasoning':'minimal','thinking':'adaptive'",
	    { .effort = "high" }, .lost = "",
	    IN(NULL, NULL, "output_config.effort=\"low\"", NULL) },
	{ "reasoning: minimal, efforts that name it",
	    "'reasoning':'minimal','efforts':['minimal','high']",
	    { .effort = "high" }, .lost = "",
	    IN(NULL, NULL, NULL, "thinkingLevel=\"MINIMAL\"") },
	{ "reasoning: minimal, thinking: budget of type google",
	    "'reasoning':'minimal','thinking':'budget'", { .effort = "high" },
	    .lost = "", IN(NULL, NULL, NULL, "thinkingBudget=4096") },
	{ "reasoning: minimal, thinking: budget, efforts that name it",
	    "'reasoning':'minimal','thinking':'budget',"
	    "'efforts':['minimal','high']", { .effort = "high" }, .lost = "",
	    IN(NULL, NULL, NULL, "thinkingBudget=4096") },
	{ "reasoning: off removes what the client says", "'reasoning':'off'",
	    { .effort = "high" }, .lost = "",
	    IN(NOTHING, NOTHING, "!thinking !effort", "!thinking") },
	{ "reasoning: auto leaves to the client how much the model thinks",
	    "'reasoning':'auto'", { .effort = "high" }, .lost = "",
	    IN("reasoning_effort=\"high\"", "reasoning.effort=\"high\"", NULL,
	    "thinkingLevel=\"HIGH\"") },

	{ "thinking_off: remove says nothing",
	    "'reasoning':'off','thinking_off':'remove'", { .effort = "none" },
	    .lost = "", IN(NOTHING, NOTHING, "!thinking", "!thinking") },
	{ "thinking_off: disabled says so",
	    "'reasoning':'off','thinking_off':'disabled'",
	    { .effort = "high" }, .lost = "",
	    IN("thinking.type=\"disabled\" !effort",
	    "reasoning.effort=\"none\" !summary", "thinking.type=\"disabled\"",
	    "thinkingLevel=\"MINIMAL\" !include") },
	{ "thinking_off: disabled says so for clients that want no thinking",
	    "'reasoning':'auto','thinking_off':'disabled'",
	    { .effort = "none" }, .lost = "",
	    IN("thinking.type=\"disabled\" !effort",
	    "reasoning.effort=\"none\"", "thinking.type=\"disabled\"",
	    "thinkingLevel=\"MINIMAL\" !include") },
	{ "thinking_off: disabled, thinking: budget of type google",
	    "'reasoning':'auto','thinking_off':'disabled','thinking':'budget'",
	    { .effort = "none" }, .lost = "",
	    IN(NULL, NULL, NULL, "thinkingBudget=0 !Level") },
	{ "thinking_off: disabled, with efforts that name none",
	    "'reasoning':'off','thinking_off':'disabled',"
	    "'efforts':['none','low']", { .effort = "high" }, .lost = "",
	    IN("thinking.type=\"disabled\" reasoning_effort=\"none\"",
	    "reasoning.effort=\"none\"", "thinking.type=\"disabled\"", NULL) },
	{ "thinking_off: between_tools lets it think between tool calls only",
	    "'reasoning':'auto','thinking_off':'between_tools'",
	    { .effort = "none" }, .lost = "",
	    IN("thinking.type=\"disabled\"", "reasoning.effort=\"none\"",
	    "thinking.type=\"between_tools\"", "thinkingLevel=\"MINIMAL\"") },
	{ "thinking_off: impossible asks for the least",
	    "'reasoning':'off','thinking_off':'impossible'",
	    { .effort = "high" }, .lost = "",
	    IN("reasoning_effort=\"low\"", "reasoning.effort=\"low\"",
	    "output_config.effort=\"low\" !thinking", "thinkingLevel=\"LOW\"") },
	{ "thinking_off: impossible, for clients that want no thinking",
	    "'reasoning':'auto','thinking_off':'impossible'",
	    { .effort = "none" }, .lost = "effort",
	    IN("reasoning_effort=\"low\"", "reasoning.effort=\"low\"",
	    "output_config.effort=\"low\" !thinking", "thinkingLevel=\"LOW\"") },
	{ "thinking_off: impossible, thinking: budget of type google",
	    "'reasoning':'auto','thinking_off':'impossible',"
	    "'thinking':'budget'", { .effort = "none" }, .lost = "effort",
	    IN(NULL, NULL, NULL, "thinkingBudget=128 !Level") },
	{ "thinking_off: impossible, within the efforts",
	    "'reasoning':'off','thinking_off':'impossible',"
	    "'efforts':['medium','high']", { .effort = "high" }, .lost = "",
	    IN("reasoning_effort=\"medium\"", "reasoning.effort=\"medium\"",
	    "output_config.effort=\"medium\"", NULL) },

	{ "efforts: others are replaced by the nearest",
	    "'reasoning':'auto','efforts':['low','medium'],"
	    "'thinking':'adaptive'",
	    { .effort = "max", .adaptive = true }, .lost = "effort",
	    IN("reasoning_effort=\"medium\"", "reasoning.effort=\"medium\"",
	    "thinking.type=\"adaptive\" output_config.effort=\"medium\"",
	    NULL) },
	{ "efforts: others are replaced by the nearest, of type google",
	    "'reasoning':'auto','efforts':['low','medium']",
	    { .effort = "max", .adaptive = true }, .lost = "effort",
	    IN(NULL, NULL, NULL, "thinkingLevel=\"MEDIUM\"") },
	{ "efforts: that of the entry is replaced by the nearest",
	    "'reasoning':'max','efforts':['low','medium']",
	    { .effort = "high" }, .lost = "",
	    IN("reasoning_effort=\"medium\"", "reasoning.effort=\"medium\"",
	    "thinking.budget_tokens=12288", "thinkingLevel=\"MEDIUM\"") },
	{ "efforts: none is a level, too", "'reasoning':'auto',"
	    "'efforts':['low','high']", { .effort = "none" },
	    .lost = "effort", IN("reasoning_effort=\"low\"",
	    "reasoning.effort=\"low\"", NULL, NULL) },
	{ "efforts that name none say it", "'reasoning':'off',"
	    "'efforts':['none','low']", { .effort = "high" }, .lost = "",
	    IN("reasoning_effort=\"none\"", "reasoning.effort=\"none\"",
	    "!thinking", "!thinking") },
	{ "efforts that name none say it for clients",
	    "'reasoning':'auto','efforts':['none','low']",
	    { .effort = "none" }, .lost = "", IN("reasoning_effort=\"none\"",
	    "reasoning.effort=\"none\"", NULL, NULL) },
	{ "efforts: with none alone it never thinks",
	    "'reasoning':'auto','efforts':['none']",
	    { .effort = "max", .adaptive = true }, .lost = "effort",
	    IN("reasoning_effort=\"none\"", "reasoning.effort=\"none\"",
	    "!thinking !effort", "!thinking") },
	{ "efforts: with none alone it never thinks, whatever the entry says",
	    "'reasoning':'max','efforts':['none'],'thinking':'adaptive'",
	    { .effort = "high" }, .lost = "",
	    IN(NULL, NULL, "!thinking !effort", NULL) },

	{ "max_output_tokens: a limit above it is lowered",
	    "'reasoning':'auto','max_output_tokens':1000", { .max = 5000 },
	    .lost = "max_tokens", IN("max_tokens=1000",
	    "max_output_tokens=1000", "max_tokens=1000",
	    "maxOutputTokens=1000") },
	{ "max_output_tokens: a limit below it stays",
	    "'reasoning':'auto','max_output_tokens':9000", { .max = 5000 },
	    .lost = "", IN("max_tokens=5000", "max_output_tokens=5000",
	    "max_tokens=5000", "maxOutputTokens=5000") },
	{ "max_output_tokens: raised up to it to make room for thinking",
	    "'reasoning':'high','max_output_tokens':8192", { .max = 2000,
	    .effort = "high" },
	    .lost = "", IN("max_tokens=2000", "max_output_tokens=2000",
	    "max_tokens=8192 thinking.budget_tokens=4096",
	    "maxOutputTokens=2000") },
	{ "max_output_tokens: lowered to it, with less thinking",
	    "'reasoning':'high','max_output_tokens':8192", { .max = 20000,
	    .effort = "high" },
	    .lost = "max_tokens", IN("max_tokens=8192",
	    "max_output_tokens=8192",
	    "max_tokens=8192 thinking.budget_tokens=4096",
	    "maxOutputTokens=8192") },
	{ "max_output_tokens: no room for thinking",
	    "'reasoning':'high','max_output_tokens':1000", { .max = 900 },
	    .lost = "", IN(NULL, NULL, "max_tokens=900 !thinking", NULL) },

	{ "sampling: no temperature, top_p and top_k",
	    "'reasoning':'auto','sampling':false", LESS,
	    .lost = "sampling, top_k", IN("!temperature !top_",
	    "!temperature !top_", "!temperature !top_",
	    "!temperature !topP !topK") },
	{ "sampling: no penalties of type common",
	    "'reasoning':'auto','sampling':false", { .penalty = true },
	    .lost = "penalties", IN("!penalty", NULL, NULL, NULL) },
	{ "sampling beside thinking by budget, of type anthropic",
	    "'reasoning':'low'", LESS, .lost = "sampling, top_k",
	    IN(NULL, NULL, "!temperature !top_ thinking.budget_tokens=4096",
	    NULL) },
	{ "sampling beside adaptive thinking, of type anthropic",
	    "'reasoning':'high','thinking':'adaptive'", LESS,
	    .lost = "sampling, top_k",
	    IN(NULL, NULL, "!temperature !top_ thinking.type=\"adaptive\"",
	    NULL) },
	{ "sampling beside thinking that is off stays", "'reasoning':'off'",
	    { .temperature = true }, .lost = "",
	    IN("temperature=0.2", "temperature=0.2", "temperature=0.2",
	    "temperature=0.2") },

	{ "mid_system: no, then text of the user",
	    "'reasoning':'auto','mid_system':false", { .mid = true },
	    .lost = "system_position",
	    IN("u:one<system>\\nrule\\n</system>two a:three u:four",
	    "u:one<system>\\nrule\\n</system>two a:three u:four",
	    "u:one<system>\\nrule\\n</system>two a:three u:four",
	    "u:one<system>\\nrule\\n</system>two a:three u:four") },
	{ "mid_system: yes", "'reasoning':'auto','mid_system':true",
	    { .mid = true }, .lost = "", IN("u:one s:rule u:two a:three u:four",
	    "u:one s:rule u:two a:three u:four", NULL, NULL) },
	{ "mid_system: leading ones are none between the others",
	    "'reasoning':'auto','mid_system':false", { .system = "Own." },
	    .lost = "", IN("s:Own. u:one a:three u:four",
	    "s:Own. u:one a:three u:four", "s:Own. u:one a:three u:four",
	    "s:Own. u:one a:three u:four") },

	{ "prefill: Continue. is put behind it",
	    "'reasoning':'auto','prefill':false", { .prefill = true },
	    .lost = "prefill", IN("u:one a:three u:Continue.",
	    "u:one a:three u:Continue.", "u:one a:three u:Continue.",
	    "u:one a:three u:Continue.") },
	{ "prefill: continued", "'reasoning':'auto'", { .prefill = true },
	    .lost = "", IN("u:one a:three", "u:one a:three", "u:one a:three",
	    "u:one a:three") },

	{ "forced_tools: can't be made to call a tool",
	    "'reasoning':'auto','forced_tools':false",
	    { .tools = true, .forced = true }, .lost = "forced_tool_choice",
	    IN("tool_choice=\"auto\"", "tool_choice=\"auto\"",
	    "tool_choice={\"type\":\"auto\"}",
	    "toolConfig.functionCallingConfig.mode=\"AUTO\"") },
	{ "forced_tools: can be made to call a tool", "'reasoning':'auto'",
	    { .tools = true, .forced = true }, .lost = "",
	    IN("tool_choice=\"required\"", "tool_choice=\"required\"",
	    "tool_choice={\"type\":\"any\"}",
	    "toolConfig.functionCallingConfig.mode=\"ANY\"") },
	{ "forced_tools: not while it thinks by a budget", "'reasoning':'low'",
	    { .tools = true, .forced = true }, .lost = "forced_tool_choice",
	    IN(NULL, NULL, "tool_choice={\"type\":\"auto\"}", NULL) },

	{ "tools_reasoning: no level together with tools, by the entry",
	    "'reasoning':'high','tools_reasoning':false", { .tools = true },
	    .lost = "", IN("!reasoning", NULL, NULL, NULL) },
	{ "tools_reasoning: no level together with tools, by the client",
	    "'reasoning':'auto','tools_reasoning':false",
	    { .effort = "high", .tools = true },
	    .lost = "effort", IN("!reasoning", NULL, NULL, NULL) },
	{ "tools_reasoning: none together with tools, where that can be said",
	    "'reasoning':'auto','tools_reasoning':false,"
	    "'efforts':['none','high']", { .tools = true }, .lost = "",
	    IN("reasoning_effort=\"none\"", NULL, NULL, NULL) },
	{ "tools_reasoning: none together with tools, by both of its words",
	    "'reasoning':'auto','tools_reasoning':false,'efforts':['none',"
	    "'high'],'thinking_off':'disabled'", { .tools = true }, .lost = "",
	    IN("reasoning_effort=\"none\" thinking.type=\"disabled\"",
	    NULL, NULL, NULL) },
	{ "tools_reasoning: none together with tools, by the word that it has",
	    "'reasoning':'auto','tools_reasoning':false,'efforts':['high'],"
	    "'thinking_off':'disabled'", { .tools = true }, .lost = "",
	    IN("!reasoning_effort thinking.type=\"disabled\"",
	    NULL, NULL, NULL) },
	{ "tools_reasoning: none, as the client says",
	    "'reasoning':'auto','tools_reasoning':false,"
	    "'efforts':['none','high']", { .effort = "none", .tools = true },
	    .lost = "", IN("reasoning_effort=\"none\"", NULL, NULL, NULL) },
	{ "tools_reasoning: no level for none that can't be said",
	    "'reasoning':'auto','tools_reasoning':false,"
	    "'efforts':['low','high']", { .effort = "none", .tools = true },
	    .lost = "effort", IN("!reasoning", NULL, NULL, NULL) },
	{ "tools_reasoning: a level without tools",
	    "'reasoning':'auto','tools_reasoning':false",
	    { .effort = "high" }, .lost = "",
	    IN("reasoning_effort=\"high\"", NULL, NULL, NULL) },

	{ "openai_reasoning: max_completion_tokens, no sampling, no stop",
	    "'reasoning':'auto','openai_reasoning':true",
	    { .temperature = true, .top_p = true, .stop = true,
	    .penalty = true }, .lost = "sampling, stop, penalties",
	    IN("max_completion_tokens=5000 !max_tokens !temperature !top_p "
	    "!stop !penalty", NULL, NULL, NULL) },
	{ "openai_reasoning: told by the model's name", "'reasoning':'auto'",
	    { .temperature = true, .stop = true }, .lost = "sampling, stop",
	    .id = "openai/gpt-5.4", IN("max_completion_tokens=5000 "
	    "!temperature !stop", NULL, NULL, NULL) },
	{ "openai_reasoning: o3", "'reasoning':'auto'",
	    { .temperature = true }, .lost = "sampling", .id = "o3",
	    IN("max_completion_tokens=5000 !temperature", NULL, NULL, NULL) },
	{ "openai_reasoning: gpt-5-chat does not", "'reasoning':'auto'",
	    { .temperature = true, .stop = true }, .lost = "",
	    .id = "gpt-5-chat-latest", IN("max_tokens=5000 temperature=0.2 "
	    "stop=[\"END\"]", NULL, NULL, NULL) },
	{ "openai_reasoning: gpt-4 does not", "'reasoning':'auto'",
	    { .temperature = true }, .lost = "", .id = "gpt-4.1",
	    IN("max_tokens=5000 temperature=0.2", NULL, NULL, NULL) },
	{ "openai_reasoning: not, whatever the name",
	    "'reasoning':'auto','openai_reasoning':false",
	    { .temperature = true }, .lost = "", .id = "gpt-5.4",
	    IN("max_tokens=5000 temperature=0.2", "temperature=0.2", NULL,
	    NULL) },
	{ "openai_reasoning: told the effort none it takes sampling",
	    "'reasoning':'off','openai_reasoning':true,"
	    "'efforts':['none','low']", { .temperature = true }, .lost = "",
	    IN("max_completion_tokens=5000 temperature=0.2 "
	    "reasoning_effort=\"none\"", NULL, NULL, NULL) },
	{ "openai_reasoning: within max_output_tokens",
	    "'reasoning':'auto','openai_reasoning':true,"
	    "'max_output_tokens':1000", { .max = 5000 }, .lost = "max_tokens",
	    IN("max_completion_tokens=1000 !max_tokens", NULL, NULL, NULL) },

	{ "reasoning_content: required, empty ones where they are not known",
	    "'reasoning':'auto','reasoning_content':'required'",
	    { .max = 5000 }, .lost = "",
	    IN("a:three(thought)", NULL, NULL, NULL) },
	{ "reasoning_content: optional", "'reasoning':'auto'", { .max = 5000 },
	    .lost = "", IN("!(thought)", NULL, NULL, NULL) },
	{ "drop: members that are left out",
	    "'reasoning':'auto','drop':['temperature']",
	    { .temperature = true }, .lost = "",
	    IN("!temperature", "!temperature", "!temperature", NULL) },
	{ "fast: asks for the fast mode", "'reasoning':'auto','fast':true",
	    { .max = 5000 }, .lost = "",
	    IN("service_tier=\"priority\"", "service_tier=\"priority\"",
	    "speed=\"fast\"", "!priority") },

	{ "system_prompt: put before the system prompt", "'reasoning':'auto'",
	    { .system = "Own." }, .lost = "", .prompt = "Be.D.\n\n",
	    IN("s:Be.D.\\n\\nOwn. u:one a:three u:four",
	    "s:Be.D.\\n\\nOwn. u:one a:three u:four",
	    "s:Be.D.\\n\\nOwn. u:one a:three u:four",
	    "s:Be.D.\\n\\nOwn. u:one a:three u:four") },
	{ "system_prompt: put where there is none", "'reasoning':'auto'",
	    { .max = 5000 }, .lost = "", .prompt = "Be.D.\n\n",
	    IN("s:Be.D.\\n\\n u:one a:three u:four",
	    "s:Be.D.\\n\\n u:one a:three u:four",
	    "s:Be.D.\\n\\n u:one a:three u:four",
	    "s:Be.D.\\n\\n u:one a:three u:four") },
	{ "system_prompt: once, whatever white space ends it",
	    "'reasoning':'auto'", { .system = "Be.D.Own." }, .lost = "",
	    .prompt = "Be.D. \n\n", IN("s:Be.D.Own. u:one a:three u:four",
	    "s:Be.D.Own. u:one a:three u:four",
	    "s:Be.D.Own. u:one a:three u:four",
	    "s:Be.D.Own. u:one a:three u:four") },
	{ "system_prompt: blank ones put nothing there", "'reasoning':'auto'",
	    { .system = "Own." }, .lost = "", .prompt = " \n",
	    IN("s:Own. u:one a:three u:four", "s:Own. u:one a:three u:four",
	    "s:Own. u:one a:three u:four", "s:Own. u:one a:three u:four") },
};

#define ROWS	(sizeof(rows) / sizeof(rows[0]))

/* One of the man page's own exceptions, from a client of the same API. */
static void
own_words(const struct row *row, enum dialect_kind kind)
{
	struct policy	 policy;
	struct config	*config = configure(&policy, row, row->entry, kind);
	struct lane	 lane;

	run(&lane, kind, kind, &row->wish, &policy);
	assert_int_equal(lane.result, 0);
	check_holds(row, &lane, row->holds[kind]);
	assert_false(losses_any(&lane.lost));
	lane_end(&lane);
	config_release(config);
}

static void
what_the_entry_leaves_to_the_client(void **state)
{
	static const struct row	off = { "off", "'reasoning':'auto'",
	    { .effort = "none", .max = 5000 }, IN("reasoning_effort=\"none\"",
	    "reasoning.effort=\"none\"", "thinking.type=\"disabled\"",
	    "thinkingBudget=0") };
	static const struct row	mid = { "mid", "'reasoning':'auto'",
	    { .mid = true, .max = 5000 },
	    IN("u:one s:rule u:two a:three u:four",
	    "u:one s:rule u:two a:three u:four",
	    "u:one s:rule u:two a:three u:four", NULL) };
	enum dialect_kind	kind;

	(void)state;
	for (kind = 0; kind < DIALECT_KINDS; kind++) {
		own_words(&off, kind);
		if (can_say(kind, &mid.wish))
			own_words(&mid, kind);
	}
}

/* Converted, it is the user's text where it isn't the model's. */
static void
mid_system_of_type_anthropic(void **state)
{
	static const struct wish	wish = { .mid = true, .max = 5000 };
	static const struct row		no = { "mid", "" };
	struct policy			policy;
	struct config			*config;
	struct lane			lane;

	(void)state;
	config = configure(&policy, &no, no.entry, DIALECT_MESSAGES);
	run(&lane, DIALECT_CHAT, DIALECT_MESSAGES, &wish, &policy);
	check_holds(&no, &lane,
	    "u:one<system>\\nrule\\n</system>two a:three u:four");
	assert_true(losses_have(&lane.lost, LOST_SYSTEM_POSITION));
	lane_end(&lane);
	config_release(config);
}

int
main(void)
{
	static struct CMUnitTest	tests[ROWS + 2] = {
		[ROWS] = cmocka_unit_test(what_the_entry_leaves_to_the_client),
		cmocka_unit_test(mid_system_of_type_anthropic),
	};
	size_t				i;

	for (i = 0; i < ROWS; i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = check_row,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
