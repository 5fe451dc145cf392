#include "build.h"

#include <stdio.h>
#include <stdlib.h>

#include "messages_cases.h"

/* A reply that is being read: what it adds up to. */
static struct {
	struct arena		arena;
	struct tool_names	names;
	struct blocks		blocks;
	struct reply		reply;
	struct buf		text;
} f;

static int
sink(void *context, const struct event *event)
{
	(void)context;
	return reply_fold(&f.reply, event);
}

static int
setup(void **state)
{
	(void)state;
	arena_init(&f.arena, 1 << 20, NULL);
	tool_names_init(&f.names, &f.arena);
	blocks_init(&f.blocks, &f.arena, &f.names, NULL, sink, &f);
	f.blocks.model = text_of("claude");
	f.blocks.dialect = DIALECT_MESSAGES;
	reply_init(&f.reply, &f.arena, 1 << 20, NULL, KEEP_ALL);
	buf_init(&f.text, 1 << 20, NULL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	blocks_release(&f.blocks);
	reply_release(&f.reply);
	buf_release(&f.text);
	arena_release(&f.arena);
	return 0;
}

/* One event; the document is gone before the next one comes. */
static int
event(const char *quoted)
{
	struct frame		sse = { .name = { "", 0 } };
	struct json_document	document;
	char			*json = strdup(quoted), *at;
	int			 result;

	assert_non_null(json);
	for (at = json; *at != '\0'; at++)
		if (*at == '\'')
			*at = '"';
	json_init(&document, NULL);
	assert_int_equal(json_scan(&document, json, strlen(json), NULL), 0);
	result = messages_read_event(&f.blocks, &sse, json_root(&document));
	json_release(&document);
	free(json);
	return result;
}

static void
events(const char *const *quoted)
{
	for (; *quoted != NULL; quoted++)
		assert_int_equal(event(*quoted), 0);
}

static void
adds_up_to(const char *expected)
{
	buf_clear(&f.text);
	show_reply(&f.text, &f.reply);
	assert_string_equal(f.text.at, expected);
}

#define START	"{'type':'message_start','message':{'id':'msg_1','usage':" \
		"{'input_tokens':3,'cache_read_input_tokens':2," \
		"'cache_creation_input_tokens':1,'output_tokens':1}}}"
#define DELTA(delta)	\
	"{'type':'content_block_delta','index':0,'delta':{" delta "}}"
#define OPEN(block)	\
	"{'type':'content_block_start','index':0,'content_block':{" block "}}"
#define CLOSE	"{'type':'content_block_stop','index':0}"
#define END(word)	\
	"{'type':'message_delta','delta':{'stop_reason':'" word "'}," \
	"'usage':{'output_tokens':9}}", "{'type':'message_stop'}"
#define USAGE	"usage input 3 cached 2 written 1 output 9 reasoning 0\n"

static void
text_arrives_as_it_is_said(void **state)
{
	(void)state;
	events((const char *const[]){ START, "{'type':'ping'}",
	    OPEN("'type':'text','text':''"),
	    DELTA("'type':'text_delta','text':'a\\n'"),
	    DELTA("'type':'text_delta','text':'b'"), CLOSE,
	    OPEN("'type':'text','text':'c'"), CLOSE, END("end_turn"), NULL });
	adds_up_to("text \"a\\nb\"\ntext \"c\"\nstop end\n" USAGE);
	assert_true(text_equals(f.reply.id, "msg_1"));
}

static void
calls_stream_their_input(void **state)
{
	(void)state;
	events((const char *const[]){ START,
	    OPEN("'type':'tool_use','id':'t1','name':'f','input':{}"),
	    DELTA("'type':'input_json_delta','partial_json':''"),
	    DELTA("'type':'input_json_delta','partial_json':'{\\'a'"),
	    DELTA("'type':'input_json_delta','partial_json':'\\':1}'"),
	    OPEN("'type':'tool_use','id':'t2','name':'g','input':{}"), CLOSE,
	    OPEN("'type':'tool_use','id':'t3','name':'h','input':{'b':'x'}"),
	    CLOSE, END("tool_use"), NULL });
	adds_up_to("call id=\"t1\" name=\"f\" {\"a\":1}\n"
	    "call id=\"t2\" name=\"g\" {}\n"
	    "call id=\"t3\" name=\"h\" {\"b\":\"x\"}\nstop calls\n" USAGE);
}

/* Golden case 3. */
static void
a_seal_needs_no_text(void **state)
{
	(void)state;
	events((const char *const[]){ START,
	    OPEN("'type':'thinking','thinking':'','signature':''"),
	    DELTA("'type':'signature_delta','signature':'CAIS7Q'"), CLOSE,
	    OPEN("'type':'thinking','thinking':''"),
	    DELTA("'type':'thinking_delta','thinking':'hm'"),
	    DELTA("'type':'signature_delta','signature':'A'"),
	    DELTA("'type':'signature_delta','signature':'B'"), CLOSE,
	    OPEN("'type':'redacted_thinking','data':'RED'"), CLOSE,
	    OPEN("'type':'thinking','thinking':'bare'"), CLOSE,
	    END("end_turn"), NULL });
	adds_up_to("thinking \"\" seal=messages/thinking bytes=\"CAIS7Q\"\n"
	    "thinking \"hm\" seal=messages/thinking bytes=\"AB\"\n"
	    "redacted \"\" seal=messages/redacted bytes=\"RED\"\n"
	    "thinking \"bare\"\nstop end\n" USAGE);
	assert_true(text_equals(f.reply.blocks->seal->model, "claude"));
}

/* Golden case 6. */
static void
the_last_usage_wins(void **state)
{
	(void)state;
	events((const char *const[]){
	    "{'type':'message_start','message':{'usage':{'input_tokens':2035,"
	    "'output_tokens':1}}}",
	    "{'type':'message_delta','delta':{'stop_reason':'end_turn'},"
	    "'usage':{'input_tokens':12551,'output_tokens':866,"
	    "'output_tokens_details':{'thinking_tokens':7}}}",
	    "{'type':'message_stop'}", NULL });
	adds_up_to("stop end\nusage input 12551 cached 0 written 0 "
	    "output 866 reasoning 7\n");
}

static void
stops_have_their_words(void **state)
{
	static const char *const	words[][2] = {
		{ "max_tokens", "length" }, { "pause_turn", "paused" },
		{ "model_context_window_exceeded", "context" },
		{ "refusal", "refusal" },
	};
	char				json[256];
	size_t				i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		snprintf(json, sizeof(json), "{'type':'message_delta',"
		    "'delta':{'stop_reason':'%s'}}", words[i][0]);
		events((const char *const[]){ json,
		    "{'type':'message_stop'}", NULL });
		snprintf(json, sizeof(json), "stop %s\nusage input 0 cached 0 "
		    "written 0 output 0 reasoning 0\n", words[i][1]);
		adds_up_to(json);
		teardown(state);
		setup(state);
	}
	events((const char *const[]){
	    "{'type':'message_delta','delta':{'stop_reason':'stop_sequence',"
	    "'stop_sequence':'END'}}", "{'type':'message_stop'}", NULL });
	adds_up_to("stop sequence sequence=\"END\"\nusage input 0 cached 0 "
	    "written 0 output 0 reasoning 0\n");
}

static void
a_refusal_says_why(void **state)
{
	(void)state;
	events((const char *const[]){ START,
	    "{'type':'message_delta','delta':{'stop_reason':'refusal',"
	    "'stop_details':{'type':'refusal','explanation':'no'}},'usage':"
	    "{'output_tokens':9}}", "{'type':'message_stop'}", NULL });
	adds_up_to("refusal \"no\"\nstop refusal\n" USAGE);
}

static void
citations_cover_their_block(void **state)
{
	(void)state;
	events((const char *const[]){ START, OPEN("'type':'text','text':''"),
	    DELTA("'type':'citations_delta','citation':{'type':"
	    "'web_search_result_location','url':'https://u','title':'T',"
	    "'cited_text':'C','encrypted_index':'E'}"),
	    DELTA("'type':'text_delta','text':'\\u00e9\\ud83d\\ude00x'"), CLOSE,
	    END("end_turn"), NULL });
	adds_up_to("text \"é😀x\"\n  citation url=\"https://u\" title=\"T\" "
	    "cited=\"C\" 0..3\nstop end\n" USAGE);
	assert_int_equal(f.reply.blocks->citations->dialect,
	    DIALECT_MESSAGES);
	assert_non_null(strstr(f.reply.blocks->citations->raw.at, "\"E\""));
}

static void
what_the_provider_ran_comes_whole(void **state)
{
	(void)state;
	events((const char *const[]){ START,
	    OPEN("'type':'server_tool_use','id':'srvtoolu_1','name':"
	    "'web_search','input':{}"),
	    DELTA("'type':'input_json_delta','partial_json':'{\\'query'"),
	    DELTA("'type':'input_json_delta','partial_json':'\\':\\'q\\'}'"),
	    CLOSE, OPEN("'type':'web_search_tool_result','tool_use_id':"
	    "'srvtoolu_1','content':[]"), CLOSE, END("end_turn"), NULL });
	adds_up_to("server_call \"\" raw={\"type\":\"server_tool_use\","
	    "\"id\":\"srvtoolu_1\",\"name\":\"web_search\",\"input\":"
	    "{\"query\":\"q\"}}\nserver_call \"\" raw={\"type\":"
	    "\"web_search_tool_result\",\"tool_use_id\":\"srvtoolu_1\","
	    "\"content\":[]}\nstop end\n" USAGE);
}

static void
errors_end_the_reply(void **state)
{
	(void)state;
	assert_int_equal(event(START), 0);
	assert_int_equal(event("{'type':'message_delta','delta':{"
	    "'stop_reason':'network_error'}}"), -1);
	adds_up_to("error upstream: the upstream ended its answer with "
	    "network_error\n");
	assert_int_equal(event(OPEN("'type':'text','text':'late'")), -1);
}

static void
a_delta_opens_what_was_not_opened(void **state)
{
	(void)state;
	assert_int_equal(event(START), 0);
	assert_int_equal(event(DELTA("'type':'thinking_delta',"
	    "'thinking':'hm'")), 0);
	assert_int_equal(event(DELTA("'type':'text_delta','text':'x'")), 0);
	assert_int_equal(event(DELTA("'type':'input_json_delta',"
	    "'partial_json':'{}'")), 0);
	assert_int_equal(event("{'type':'message_stop'}"), -1);
	assert_true(f.reply.failed);	/* a call without a name */
}

static void
nonsense_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(event(START), 0);
	assert_int_equal(event("{'type':'content_block_start'}"), -1);
	teardown(state);
	setup(state);
	assert_int_equal(event("{}"), 0);
	assert_int_equal(event("[]"), 0);
	assert_int_equal(event("{'type':'new_event'}"), 0);
	assert_int_equal(blocks_end(&f.blocks), -1);
}

static int
whole(const char *quoted)
{
	struct json_value	reply;

	reply = json_scan_into(&f.arena, text_of(json_of(&f.arena, quoted)));
	return messages_read_reply(&f.blocks, reply);
}

static void
a_whole_reply_is_the_same(void **state)
{
	(void)state;
	assert_int_equal(whole("{'id':'msg_1','type':'message','content':["
	    "{'type':'thinking','thinking':'','signature':'CAIS7Q'},"
	    "{'type':'text','text':'hi','citations':[{'url':'https://u'}]},"
	    "{'type':'tool_use','id':'t1','name':'f','input':{'a':'\\n'}},"
	    "{'type':'web_search_tool_result','content':[]}],"
	    "'stop_reason':'end_turn','usage':{'input_tokens':3,"
	    "'cache_read_input_tokens':2,'cache_creation_input_tokens':1,"
	    "'output_tokens':9}}"), 0);
	adds_up_to("thinking \"\" seal=messages/thinking bytes=\"CAIS7Q\"\n"
	    "text \"hi\"\n  citation url=\"https://u\" 0..2\n"
	    "call id=\"t1\" name=\"f\" {\"a\":\"\\n\"}\n"
	    "server_call \"\" raw={\"type\":\"web_search_tool_result\","
	    "\"content\":[]}\nstop calls\n" USAGE);
}

static void
a_whole_reply_may_fail(void **state)
{
	(void)state;
	assert_int_equal(whole("{'content':7}"), -1);
	assert_int_equal(f.reply.problem.kind, PROBLEM_UPSTREAM);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(text_arrives_as_it_is_said),
		TEST(calls_stream_their_input),
		TEST(a_seal_needs_no_text),
		TEST(the_last_usage_wins),
		TEST(stops_have_their_words),
		TEST(a_refusal_says_why),
		TEST(citations_cover_their_block),
		TEST(what_the_provider_ran_comes_whole),
		TEST(errors_end_the_reply),
		TEST(a_delta_opens_what_was_not_opened),
		TEST(nonsense_is_an_error),
		TEST(a_whole_reply_is_the_same),
		TEST(a_whole_reply_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
