#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "../scenarios/turning.h"
#include "dialects/convert.h"
#include "exchange/count_tokens.h"
#include "json_text.h"

/*
 * Requests.
 */

struct conversion {
	struct arena		arena, reply;
	struct json_document	document;
	struct model		model;
	struct policy		policy;
	struct convert		convert;
	struct buf		body;
	struct problem		problem;
};

static int
setup(void **state)
{
	static struct conversion	c;

	memset(&c, 0, sizeof(c));
	arena_init(&c.arena, 1 << 20, NULL);
	arena_init(&c.reply, 1 << 20, NULL);
	json_init(&c.document, NULL);
	buf_init(&c.body, 1 << 20, NULL);
	c.model = *testing_policy.model;
	c.policy.model = &c.model;
	c.policy.model_id = "glm-5";
	c.policy.system_prompt = "";
	c.convert.policy = &c.policy;
	c.convert.client = DIALECT_MESSAGES;
	c.convert.upstream = DIALECT_CHAT;
	tool_names_init(&c.convert.names, &c.reply);
	*state = &c;
	return 0;
}

static int
teardown(void **state)
{
	struct conversion	*c = *state;

	json_release(&c->document);
	buf_release(&c->body);
	arena_release(&c->arena);
	arena_release(&c->reply);
	return 0;
}

static int
convert(struct conversion *c, const char *body)
{
	buf_clear(&c->body);
	assert_int_equal(json_scan(&c->document, body, strlen(body), NULL), 0);
	return convert_request(&c->convert, &c->arena,
	    json_root(&c->document), &c->body, &c->problem);
}

static void
a_request_is_said_anew(void **state)
{
	struct conversion	*c = *state;

	c->convert.stream = true;
	c->policy.system_prompt = "Be \"good\".";
	assert_int_equal(convert(c, "{\"model\":\"x\",\"max_tokens\":5,"
	    "\"system\":\"s\",\"messages\":[{\"role\":\"user\","
	    "\"content\":\"a\"}]}"), 0);
	assert_string_equal(c->body.at, "{\"model\":\"glm-5\",\"messages\":["
	    "{\"role\":\"system\",\"content\":"
	    "\"Be \\\"good\\\".\\n\\ns\"},"
	    "{\"role\":\"user\",\"content\":\"a\"}],\"max_tokens\":5,"
	    "\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
	assert_false(losses_any(&c->convert.losses));
	assert_int_equal(convert(c, "{\"max_tokens\":5,\"system\":"
	    "\"Be \\u0022good\\\". s\",\"messages\":[{\"role\":\"user\","
	    "\"content\":\"a\"}]}"), 0);
	assert_non_null(strstr(c->body.at,
	    "\"content\":\"Be \\u0022good\\\". s\""));
}

static void
losses_are_named_or_refused(void **state)
{
	static const char	body[] = "{\"max_tokens\":5,\"top_k\":3,"
	    "\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}";
	struct conversion	*c = *state;

	assert_int_equal(convert(c, body), 0);
	assert_true(losses_have(&c->convert.losses, LOST_TOP_K));
	c->convert.strict = true;
	assert_int_equal(convert(c, body), -1);
	assert_int_equal(c->problem.kind, PROBLEM_INVALID);
	assert_string_equal(c->problem.parameter, "top_k");
}

static void
lone_surrogates_are_replaced(void **state)
{
	struct conversion	*c = *state;

	assert_int_equal(convert(c, "{\"max_tokens\":5,\"messages\":[{\"role\":"
	    "\"user\",\"content\":\"\\ud83d\\ude00 \\ud83d. \\\\ud83d "
	    "\\uDE00\\ud83d\"}]}"), 0);
	assert_non_null(strstr(c->body.at, "\"\\ud83d\\ude00 \\ufffd. "
	    "\\\\ud83d \\ufffd\\ufffd\""));
	assert_true(losses_have(&c->convert.losses, LOST_LONE_SURROGATE));
}

static void
the_entry_drops_fields(void **state)
{
	static const char	*dropped[] = { "temperature", "stop" };
	struct conversion	*c = *state;

	c->model.drop.at = dropped;
	c->model.drop.count = 2;
	assert_int_equal(convert(c, "{\"max_tokens\":5,\"temperature\":1,"
	    "\"messages\":[{\"role\":\"user\",\"content\":\"temperature\"}]}"),
	    0);
	assert_string_equal(c->body.at, "{\"model\":\"glm-5\",\"messages\":["
	    "{\"role\":\"user\",\"content\":\"temperature\"}],"
	    "\"max_tokens\":5}");
}

static void
the_entry_says_what_its_model_takes(void **state)
{
	struct conversion	*c = *state;

	c->policy.model_id = "openai/gpt-5.4";
	c->policy.effort = EFFORT_MAX;
	c->model.efforts = 1u << EFFORT_LOW | 1u << EFFORT_HIGH;
	c->model.sampling = false;
	c->model.max_output_tokens = 4;
	assert_int_equal(convert(c, "{\"max_tokens\":5,\"temperature\":1,"
	    "\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}"), 0);
	assert_string_equal(c->body.at, "{\"model\":\"openai/gpt-5.4\","
	    "\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],"
	    "\"max_completion_tokens\":16,\"reasoning_effort\":\"high\"}");
	assert_true(losses_have(&c->convert.losses, LOST_SAMPLING));
	assert_true(losses_have(&c->convert.losses, LOST_MAX_TOKENS));
	c->policy.effort = EFFORT_OFF;
	assert_int_equal(convert(c, "{\"max_tokens\":1,\"messages\":["
	    "{\"role\":\"user\",\"content\":\"a\"}]}"), 0);
	assert_null(strstr(c->body.at, "reasoning_effort"));
	c->model.efforts |= 1u << EFFORT_OFF;
	assert_int_equal(convert(c, "{\"max_tokens\":1,\"messages\":["
	    "{\"role\":\"user\",\"content\":\"a\"}]}"), 0);
	assert_non_null(strstr(c->body.at, "\"reasoning_effort\":\"none\""));
}

static void
what_openai_reasoning_refuses_is_taken_out(void **state)
{
	struct conversion	*c = *state;

	c->policy.model_id = "o3";
	c->convert.client = DIALECT_CHAT;
	assert_int_equal(convert(c, "{\"messages\":[{\"role\":\"user\","
	    "\"content\":\"a\"}],\"logprobs\":true,\"top_logprobs\":2,"
	    "\"logit_bias\":{\"1\":2},\"stop\":\"b\",\"seed\":3}"), 0);
	assert_string_equal(c->body.at, "{\"model\":\"o3\",\"messages\":[{"
	    "\"role\":\"user\",\"content\":\"a\"}],\"seed\":3}");
	assert_true(losses_have(&c->convert.losses, LOST_LOGPROBS));
	assert_true(losses_have(&c->convert.losses, LOST_LOGIT_BIAS));
}

/* OpenAI takes it of nothing else. */
static void
metadata_goes_with_what_is_stored(void **state)
{
	struct conversion	*c = *state;

	c->convert.client = DIALECT_RESPONSES;
	assert_int_equal(convert(c, "{\"input\":\"a\",\"metadata\":{\"k\":"
	    "\"v\"},\"store\":true}"), 0);
	assert_non_null(strstr(c->body.at, "\"metadata\":{\"k\":\"v\"}"));
	assert_false(losses_any(&c->convert.losses));
	assert_int_equal(convert(c, "{\"input\":\"a\",\"metadata\":{\"k\":"
	    "\"v\"}}"), 0);
	assert_null(strstr(c->body.at, "metadata"));
	assert_true(losses_have(&c->convert.losses, LOST_METADATA));
}

static void
ids_fit_and_pairs_match(void **state)
{
	struct conversion	*c = *state;
	const char		*id;

	assert_int_equal(convert(c, "{\"max_tokens\":5,\"messages\":[{\"role\":"
	    "\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":["
	    "{\"type\":\"tool_use\",\"id\":\"toolu_0123456789012345678901234567"
	    "890123456789\",\"name\":\"f\",\"input\":{}}]},{\"role\":\"user\","
	    "\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"toolu_"
	    "0123456789012345678901234567890123456789\",\"content\":\"r\"}]}"
	    "]}"), 0);
	id = strstr(c->body.at, "\"id\":\"");
	assert_non_null(id);
	id += 6;
	assert_int_equal(strcspn(id, "\""), 40);
	assert_memory_equal(strstr(c->body.at, "tool_call_id\":\"") + 15, id,
	    40);
	assert_int_equal(convert(c, "{\"max_tokens\":5,\"messages\":[{\"role\":"
	    "\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":["
	    "{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"f\",\"input\":{}}"
	    "]}]}"), -1);
	assert_string_equal(c->problem.message, "the tool call t1 has no "
	    "result");
}

/*
 * Replies.
 */

#define CHUNK(delta, rest)	"data: {\"id\":\"c\",\"choices\":[{\"index\":0," \
	"\"delta\":" delta rest "}]}\n\n"

static size_t
count(const char *at, const char *what)
{
	size_t	n = 0;

	while ((at = strstr(at, what)) != NULL) {
		at += strlen(what);
		n++;
	}
	return n;
}

static void
say(struct turning *t, const char *bytes)
{
	turning_feed(t, bytes, strlen(bytes));
}

static void
usage_comes_only_when_asked_for(void **state)
{
	struct turning	t;
	int		wanted;

	(void)state;
	for (wanted = 0; wanted < 2; wanted++) {
		turning_init(&t, DIALECT_CHAT, DIALECT_CHAT, true);
		t.reply.stream.usage_wanted = wanted;
		say(&t, CHUNK("{\"tool_calls\":[{\"index\":0,\"id\":\"i\","
		    "\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}]}", ""));
		say(&t, "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{"
		    "\"index\":0,\"function\":{\"arguments\":\"}\"}}]},"
		    "\"finish_reason\":\"tool_calls\"}],\"usage\":{"
		    "\"prompt_tokens\":1,\"completion_tokens\":1}}\n\n");
		say(&t, "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,"
		    "\"completion_tokens\":8}}\n\ndata: [DONE]\n\n");
		say(&t, "data: [DONE]\n\n");
		turning_end(&t);
		assert_int_equal(count(t.client.at, "\"choices\":[]"), wanted);
		assert_int_equal(count(t.client.at, "\"prompt_tokens\":9"),
		    wanted);
		assert_int_equal(count(t.client.at,
		    "\"finish_reason\":\"tool_calls\""), 1);
		assert_int_equal(count(t.client.at, "data: [DONE]"), 1);
		assert_int_equal(t.reply.watch.usage.output, 8);
		turning_release(&t);
	}
}

static void
text_leaves_as_it_arrives(void **state)
{
	struct turning	t;

	(void)state;
	turning_init(&t, DIALECT_CHAT, DIALECT_MESSAGES, true);
	say(&t, CHUNK("{\"role\":\"assistant\",\"content\":\"\"}", ""));
	assert_int_equal(count(t.client.at, "event: message_start"), 1);
	say(&t, "data: {\"id\":\"c\",\"choices\":[{\"delta\":{\"content\":\"He"
	    "llo\"}}]}\n");
	assert_null(strstr(t.client.at, "Hello"));
	say(&t, "\n");
	assert_non_null(strstr(t.client.at, "Hello"));
	turning_release(&t);
}

static void
errors_before_the_first_byte_are_the_exchanges(void **state)
{
	static const char *const	bodies[] = { "", "<html>502</html>",
	    "{\"choices\":[]}", "{\"choices\":[", "[1,2]", "null",
	    "data: {\"error\":{\"message\":\"no\",\"code\":\"rate_limit_exceeded"
	    "\"}}\n\n", "data: {\n\n", "{\"error\":{\"message\":\"no\"}}" };
	struct turning			t;
	size_t				i;
	int				stream;

	(void)state;
	for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]) * 2; i++) {
		stream = i % 2 != 0;
		turning_init(&t, DIALECT_CHAT, DIALECT_MESSAGES, stream);
		say(&t, bodies[i / 2]);
		turning_end(&t);
		assert_true(t.reply.failed);
		assert_false(t.reply.began);
		assert_int_equal(t.client.length, 0);
		assert_true(t.reply.problem.kind != PROBLEM_NONE);
		assert_int_equal(convert_reply_feed(&t.reply, "x", 1), -1);
		if (strstr(bodies[i / 2], "rate_limit") != NULL)
			assert_int_equal(t.reply.problem.kind, PROBLEM_RATE);
		turning_release(&t);
	}
}

/* Each event's data is JSON, but for the word at the end of some. */
static void
check_events_are_whole(const char *at)
{
	struct json_document	document;
	const char		*end;

	json_init(&document, NULL);
	while ((at = strstr(at, "data: ")) != NULL) {
		at += 6;
		end = strchr(at, '\n');
		assert_non_null(end);
		if (strncmp(at, "[DONE]", 6) != 0)
			assert_int_equal(json_scan(&document, at,
			    (size_t)(end - at), NULL), 0);
	}
	json_release(&document);
}

static void
what_does_not_fit_into_memory_is_no_half_event(void **state)
{
	static const char	events[] =
	    CHUNK("{\"role\":\"assistant\",\"content\":\"a\"}", "")
	    CHUNK("{\"tool_calls\":[{\"index\":0,\"id\":\"i\","
	    "\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}", "")
	    CHUNK("{\"content\":\"b\"}", ",\"finish_reason\":\"stop\"");
	enum dialect_kind	client;
	struct turning		t;
	size_t			max, whole = 0, short_of = 0;

	(void)state;
	for (client = 0; client < DIALECT_KINDS; client++)
		for (max = 0; max < 8192; max += 8) {
			turning_init(&t, DIALECT_CHAT, client, true);
			t.arena.max = t.arena.used + max;
			say(&t, events);
			turning_end(&t);
			assert_true(t.reply.finished != t.reply.failed);
			check_events_are_whole(t.client.at);
			whole += t.reply.finished;
			short_of += t.reply.failed && t.client.length > 0;
			turning_release(&t);
		}
	assert_true(whole > 0 && short_of > 0);
}

/*
 * What would take the square of its length takes a hundred times as long for ten
 * times as much, else about ten times; a tenth of a second more is the machine's.
 */
#define MANY		100000
#define TENTH		(MANY / 10)

struct items {
	const char	*head, *before, *behind, *tail;
};

static double
seconds_for(const struct items *items, int count, enum dialect_kind client,
    bool stream)
{
	struct turning	t;
	struct buf	reply;
	clock_t		start;
	int		i;

	buf_init(&reply, FILE_MAX, NULL);
	buf_puts(&reply, items->head);
	for (i = 0; i < count; i++)
		buf_printf(&reply, "%s%d%s", items->before, i, items->behind);
	buf_puts(&reply, items->tail);
	start = clock();
	turning_init(&t, DIALECT_RESPONSES, client, stream);
	turning_feed(&t, reply.at, reply.length);
	turning_end(&t);
	turning_release(&t);
	start = clock() - start;
	buf_release(&reply);
	return (double)start / CLOCKS_PER_SEC;
}

static bool
once(const struct items *items, enum dialect_kind client, bool stream)
{
	return seconds_for(items, MANY, client, stream) <
	    0.1 + 40 * seconds_for(items, TENTH, client, stream);
}

#define ITEM(event, item) \
	"data: {\"type\":\"response.output_item." event "\"," \
	"\"output_index\":", ",\"item\":{" item "}}\n\n", ""

static void
many_output_items_take_their_time_once(void **state)
{
	static const struct items	cases[] = {
		{ "", ITEM("done", "") },
		{ "", ITEM("added", "") },
		{ "", ITEM("done", "\"type\":\"message\"") },
		{ "", ITEM("done", "\"type\":\"function_call\","
		    "\"call_id\":\"c\",\"name\":\"f\"") },
		{ "{\"output\":[{}", ",{\"a\":", "}", "]}" },
		{ "{\"output\":[{}", ",{\"type\":\"message\",\"a\":", "}",
		    "]}" },
	};
	size_t				i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (!once(&cases[i], DIALECT_CHAT, false) ||
		    !once(&cases[i], DIALECT_MESSAGES, true))
			fail_msg("items %s...%s", cases[i].before,
			    cases[i].behind);
}

static void
too_many_open_items_are_refused(void **state)
{
	struct turning	t;
	struct buf	reply;
	int		i;

	(void)state;
	buf_init(&reply, FILE_MAX, NULL);
	turning_init(&t, DIALECT_RESPONSES, DIALECT_CHAT, false);
	for (i = 0; i < 4097; i++)
		buf_printf(&reply, "data: {\"type\":"
		    "\"response.output_item.added\",\"output_index\":%d,"
		    "\"item\":{}}\n\n", i);
	turning_feed(&t, reply.at, reply.length);
	assert_true(t.reply.failed);
	assert_string_equal(t.reply.problem.message,
	    "the upstream sent too many items at once");
	turning_release(&t);
	buf_release(&reply);
}

static void
errors_in_the_stream_are_events(void **state)
{
	struct problem	problem;
	struct turning	t;

	(void)state;
	problem_set(&problem, PROBLEM_TIMEOUT, "too slow");
	turning_init(&t, DIALECT_MESSAGES, DIALECT_CHAT, true);
	say(&t, "event: message_start\ndata: {\"type\":\"message_start\","
	    "\"message\":{\"id\":\"m\",\"usage\":{\"input_tokens\":1}}}\n\n");
	assert_int_equal(convert_reply_end(&t.reply, &problem), -1);
	assert_true(t.reply.began);
	assert_string_equal(t.reply.out.at, "data: {\"error\":{\"message\":\"too"
	    " slow\",\"type\":\"server_error\",\"param\":null,\"code\":null}}"
	    "\n\n");
	turning_release(&t);
}

static void
keep_alives_stand_between_events(void **state)
{
	struct turning	t;

	(void)state;
	turning_init(&t, DIALECT_CHAT, DIALECT_MESSAGES, true);
	say(&t, CHUNK("{\"content\":\"a\"}", ""));
	assert_int_equal(convert_reply_keep_alive(&t.reply), 0);
	assert_non_null(strstr(t.reply.out.at, "event: ping"));
	buf_clear(&t.reply.out);
	say(&t, CHUNK("{}", ",\"finish_reason\":\"stop\"") "data: [DONE]\n\n");
	assert_true(t.reply.finished);
	assert_int_equal(convert_reply_keep_alive(&t.reply), 0);
	assert_int_equal(t.reply.out.length, 0);
	turning_release(&t);
	turning_init(&t, DIALECT_CHAT, DIALECT_MESSAGES, false);
	assert_int_equal(convert_reply_keep_alive(&t.reply), 0);
	assert_int_equal(t.reply.out.length, 0);
	turning_release(&t);
}

static void
a_stream_that_stops_without_its_end_is_whole_after_a_stop(void **state)
{
	struct turning	t;

	(void)state;
	turning_init(&t, DIALECT_CHAT, DIALECT_CHAT, true);
	say(&t, CHUNK("{\"content\":\"a\"}", ",\"finish_reason\":\"stop\""));
	turning_end(&t);
	assert_true(t.reply.finished);
	assert_int_equal(count(t.client.at, "data: [DONE]"), 1);
	turning_release(&t);
}

static void
calls_that_all_say_index_0_are_told_apart_by_id(void **state)
{
	struct turning	t;

	(void)state;
	turning_init(&t, DIALECT_CHAT, DIALECT_MESSAGES, true);
	say(&t, CHUNK("{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{"
	    "\"name\":\"f\",\"arguments\":\"{}\"}}]}", ""));
	say(&t, CHUNK("{\"tool_calls\":[{\"index\":0,\"id\":\"b\",\"function\":{"
	    "\"name\":\"g\",\"arguments\":\"{}\"}}]}", ""));
	say(&t, "data: [DONE]\n\n");
	turning_end(&t);
	assert_int_equal(count(t.client.at, "\"type\":\"tool_use\""), 2);
	assert_non_null(strstr(t.client.at, "\"stop_reason\":\"tool_use\""));
	turning_release(&t);
}

/* Of one dialect, where the form alone differs. */
#define GOOGLE_CHUNK	"{\"candidates\":[{\"content\":{\"parts\":[{"	\
			"\"inlineData\":{\"data\":\"AA==\"}}]},\"new\":1}"	\
			",{\"index\":1}]}"

static void
events_of_the_same_dialect_are_an_array_as_they_are(void **state)
{
	struct turning	t;

	(void)state;
	turning_init(&t, DIALECT_GENERATE, DIALECT_GENERATE, true);
	t.reply.stream.frames.framing = FRAMING_JSON;
	say(&t, "data: " GOOGLE_CHUNK "\n\n");
	assert_string_equal(t.client.at, "[" GOOGLE_CHUNK "\n");
	say(&t, "data: {\"candidates\":[{\"finishReason\":\"STOP\"}]}\n\n");
	turning_end(&t);
	assert_string_equal(t.client.at, "[" GOOGLE_CHUNK "\n,{\"candidates\":"
	    "[{\"finishReason\":\"STOP\"}]}\n]");
	assert_int_equal(t.reply.watch.stop, STOP_END);
	turning_release(&t);
	turning_init(&t, DIALECT_GENERATE, DIALECT_GENERATE, true);
	say(&t, "[" GOOGLE_CHUNK ",\n{\"error\":{\"code\":429,\"message\":"
	    "\"slow\"}}]");
	turning_end(&t);
	assert_true(t.reply.failed);
	assert_ptr_equal(strstr(t.client.at, "data: " GOOGLE_CHUNK "\n\n"),
	    t.client.at);
	assert_non_null(strstr(t.client.at, "\"error\":{\"code\":429"));
	turning_release(&t);
}

#define MESSAGE_ITEM "{\"type\":\"message\",\"id\":\"m\",\"content\":[{"		\
		"\"type\":\"output_text\",\"text\":\"a\"}]}"
#define SAID	"data: {\"type\":\"response.output_item.done\","		\
		"\"output_index\":0,\"item\":" MESSAGE_ITEM "}\n\n"
#define OBJECT(output)	"{\"id\":\"resp_1\",\"status\":\"completed\","	\
			"\"object\":\"response\",\"new\":1,\"output\":[" output "]}"
#define ENDED(output)	SAID "data: {\"type\":\"response.completed\","	\
			"\"response\":" OBJECT(output) "}\n\n"

/* Some leave the output of the last event empty. */
static void
the_last_event_of_the_same_dialect_is_the_reply(void **state)
{
	struct turning	t;

	(void)state;
	turning_init(&t, DIALECT_RESPONSES, DIALECT_RESPONSES, false);
	say(&t, ENDED(MESSAGE_ITEM));
	turning_end(&t);
	assert_string_equal(t.client.at, OBJECT(MESSAGE_ITEM));
	turning_release(&t);
	turning_init(&t, DIALECT_RESPONSES, DIALECT_RESPONSES, false);
	say(&t, ENDED(""));
	turning_end(&t);
	assert_non_null(strstr(t.client.at, "\"text\":\"a\""));
	turning_release(&t);
}

/*
 * Replies whose JSON has line breaks wherever JSON may, with all that writers
 * copy as it stands: arguments, logprobs, annotations, items, details.
 */
static const char *const	broken_lines[DIALECT_KINDS] = {
	[DIALECT_CHAT] = "{\n\"id\":\"c\",\r\n\"choices\":[{\n\"message\":{\n"
	    "\"content\":\"a\",\n\"reasoning_details\":[{\r\n\"type\":"
	    "\"reasoning.encrypted\",\n\"data\":\"x\"\r\n}],\"tool_calls\":[{"
	    "\"id\":\"t\",\n\"function\":{\"name\":\"f\",\n\"arguments\":"
	    "\"{\\n\\\"k\\\":\\r\\n1}\"}}]},\n\"logprobs\":{\"content\":[\n{\n"
	    "\"token\":\"a\",\r\"logprob\":-1,\n\"top_logprobs\":[\n]}\n]},"
	    "\"finish_reason\":\"tool_calls\"}]\n}",
	[DIALECT_RESPONSES] = "{\"id\":\"r\",\n\"status\":\"completed\",\r\n"
	    "\"output\":[{\n\"type\":\"web_search_call\",\n\"id\":\"w\",\r\n"
	    "\"action\":{\n\"query\":\"q\"}},\n{\"type\":\"reasoning\",\n"
	    "\"summary\":[\n],\"encrypted_content\":\"E\"},{\"type\":\"message\","
	    "\n\"content\":[{\"type\":\"output_text\",\"text\":\"a\",\n"
	    "\"logprobs\":[{\n\"token\":\"a\",\r\"logprob\":-1,\n"
	    "\"top_logprobs\":[]}],\"annotations\":[{\r\n\"type\":"
	    "\"url_citation\",\n\"url\":\"u\",\n\"title\":\"t\"}]}]},{\"type\":"
	    "\"function_call\",\"call_id\":\"t\",\"name\":\"f\",\n\"arguments\":"
	    "\"{\\n\\\"k\\\":\\r\\n1}\"}]}",
	[DIALECT_MESSAGES] = "{\"id\":\"m\",\n\"content\":[{\n\"type\":"
	    "\"server_tool_use\",\r\n\"id\":\"s\",\n\"name\":\"web_search\","
	    "\"input\":{\n\"query\":\"q\"}},{\"type\":\"text\",\"text\":\"a\","
	    "\"citations\":[{\n\"type\":\"web_search_result_location\",\r"
	    "\"url\":\"u\",\n\"cited_text\":\"a\"}]},{\"type\":\"tool_use\","
	    "\"id\":\"t\",\"name\":\"f\",\"input\":{\n\"k\":\r\n1}}],"
	    "\"stop_reason\":\"tool_use\"}",
	[DIALECT_GENERATE] = "[{\"candidates\":[\n{\"content\":{\"parts\":[\n{"
	    "\"text\":\"a\",\n\"thoughtSignature\":\"S\"},{\"functionCall\":{"
	    "\"name\":\"f\",\n\"args\":{\r\n\"k\":\n1}}}]},\"logprobsResult\":{"
	    "\"chosenCandidates\":[{\n\"token\":\"a\",\n\"logProbability\":-1}],"
	    "\n\"topCandidates\":[{\"candidates\":[]}]},\"finishReason\":"
	    "\"STOP\"}]\r\n}]",
};

static void
check_lines(const char *at)
{
	size_t	length;

	assert_null(strchr(at, '\r'));
	for (; *at != '\0'; at += length + (at[length] == '\n')) {
		length = strcspn(at, "\n");
		if (length > 0 && strncmp(at, "data: ", 6) != 0 &&
		    strncmp(at, "event: ", 7) != 0)
			fail_msg("a line of its own: %.*s", (int)length, at);
	}
}

static void
an_event_is_one_line_whatever_is_copied_into_it(void **state)
{
	enum dialect_kind	from, to;
	struct turning		t;

	(void)state;
	for (from = 0; from < DIALECT_KINDS; from++)
		for (to = 0; to < DIALECT_KINDS; to++) {
			turning_init(&t, from, to, true);
			tool_names_declare(&t.convert.names, TOOL_SEARCH,
			    (struct text){ "", 0 }, text_of("tool_search"),
			    64);
			turning_feed(&t, broken_lines[from],
			    strlen(broken_lines[from]));
			turning_end(&t);
			assert_false(t.reply.failed);
			assert_non_null(strstr(t.client.at, "\"f\""));
			check_lines(t.client.at);
			turning_release(&t);
		}
}

/* Of what a provider searched for each API is told in its own words. */
static void
a_search_is_told_in_the_clients_words(void **state)
{
	static const struct {
		enum dialect_kind	 from, to;
		const char		*want;
	} cases[] = {
		{ DIALECT_RESPONSES, DIALECT_MESSAGES, "{\"type\":"
		    "\"server_tool_use\",\"id\":\"srvtoolu_ws_w\",\"name\":"
		    "\"web_search\",\"input\":{\"query\":\"q\"}}" },
		{ DIALECT_MESSAGES, DIALECT_RESPONSES, "{\"id\":\"ws_s\","
		    "\"type\":\"web_search_call\",\"status\":\"completed\","
		    "\"action\":{\"type\":\"search\",\"query\":\"q\"}}" },
		{ DIALECT_MESSAGES, DIALECT_MESSAGES, "{\"type\":"
		    "\"server_tool_use\",\"id\":\"s\",\"name\":"
		    "\"web_search\",\"input\":{\"query\":\"q\"}}" },
		{ DIALECT_RESPONSES, DIALECT_RESPONSES, "{\"type\":"
		    "\"web_search_call\",\"id\":\"w\",\"action\":{"
		    "\"query\":\"q\"}}" },
	};
	struct turning	t;
	size_t		i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		turning_init(&t, cases[i].from, cases[i].to, true);
		turning_feed(&t, broken_lines[cases[i].from],
		    strlen(broken_lines[cases[i].from]));
		turning_end(&t);
		assert_non_null(strstr(t.client.at, cases[i].want));
		turning_release(&t);
	}
}

static void
a_long_stream_stays_small(void **state)
{
	struct turning	t;
	size_t		i, used = 0;

	(void)state;
	turning_init(&t, DIALECT_CHAT, DIALECT_MESSAGES, true);
	for (i = 0; i < 20000; i++) {
		say(&t, CHUNK("{\"content\":\"some words of an answer \"}", ""));
		buf_clear(&t.client);
		if (i == 10)
			used = t.arena.used;
	}
	assert_int_equal(t.arena.used, used);
	assert_true(t.reply.out.capacity <= 65536 + 4096);
	assert_int_equal(t.reply.reply.last->text.length, 0);
	turning_release(&t);
}

static int64_t
estimate(const char *body)
{
	struct json_document	document;
	int64_t			tokens;

	json_init(&document, NULL);
	assert_int_equal(json_scan(&document, body, strlen(body), NULL), 0);
	tokens = count_tokens_estimate(&document, "");
	json_release(&document);
	return tokens;
}

static void
tokens_are_estimated(void **state)
{
	static char	image[4000];

	(void)state;
	assert_int_equal(estimate("{}"), 1);
	assert_in_range(estimate("{\"content\":\"The quick brown fox jumps over "
	    "the lazy dog.\"}"), 10, 20);
	assert_in_range(estimate("\"\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\""), 3,
	    5);
	memset(image, 'A', sizeof(image) - 1);
	memcpy(image, "{\"data\":\"", 9);
	memcpy(image + sizeof(image) - 3, "\"}", 3);
	assert_in_range(estimate(image), 1600, 1610);
	memcpy(image, "{\"dota\":\"", 9);
	assert_in_range(estimate(image), 900, 1100);
}

int
main(void)
{
#define REQUEST(t)	cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest	tests[] = {
		REQUEST(a_request_is_said_anew),
		REQUEST(losses_are_named_or_refused),
		REQUEST(lone_surrogates_are_replaced),
		REQUEST(the_entry_drops_fields),
		REQUEST(the_entry_says_what_its_model_takes),
		REQUEST(what_openai_reasoning_refuses_is_taken_out),
		REQUEST(metadata_goes_with_what_is_stored),
		REQUEST(ids_fit_and_pairs_match),
		cmocka_unit_test(usage_comes_only_when_asked_for),
		cmocka_unit_test(text_leaves_as_it_arrives),
		cmocka_unit_test(errors_before_the_first_byte_are_the_exchanges),
		cmocka_unit_test(what_does_not_fit_into_memory_is_no_half_event),
		cmocka_unit_test(many_output_items_take_their_time_once),
		cmocka_unit_test(too_many_open_items_are_refused),
		cmocka_unit_test(errors_in_the_stream_are_events),
		cmocka_unit_test(keep_alives_stand_between_events),
		cmocka_unit_test(
		    a_stream_that_stops_without_its_end_is_whole_after_a_stop),
		cmocka_unit_test(
		    calls_that_all_say_index_0_are_told_apart_by_id),
		cmocka_unit_test(
		    events_of_the_same_dialect_are_an_array_as_they_are),
		cmocka_unit_test(
		    the_last_event_of_the_same_dialect_is_the_reply),
		cmocka_unit_test(
		    an_event_is_one_line_whatever_is_copied_into_it),
		cmocka_unit_test(a_search_is_told_in_the_clients_words),
		cmocka_unit_test(a_long_stream_stays_small),
		cmocka_unit_test(tokens_are_estimated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
