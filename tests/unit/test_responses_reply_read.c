#include "build.h"

#include "responses_cases.h"

/* What an upstream says, as events. */
static struct {
	struct arena		arena;
	struct tool_names	names;
	struct json_document	document;
	struct blocks		blocks;
	struct buf		shown;
	bool			failed;
} f;

static int
sink(void *context, const struct event *event)
{
	(void)context;
	show_event(&f.shown, event);
	f.failed = event->kind == EVENT_ERROR;
	return 0;
}

static int
setup(void **state)
{
	(void)state;
	memset(&f, 0, sizeof(f));
	arena_init(&f.arena, 1 << 20, NULL);
	tool_names_init(&f.names, &f.arena);
	json_init(&f.document, NULL);
	buf_init(&f.shown, 1 << 20, NULL);
	blocks_init(&f.blocks, &f.arena, &f.names, NULL, sink, &f);
	f.blocks.model = text_of("gpt");
	f.blocks.dialect = DIALECT_RESPONSES;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	blocks_release(&f.blocks);
	json_release(&f.document);
	buf_release(&f.shown);
	arena_release(&f.arena);
	return 0;
}

static int
hear(const char *quoted)
{
	const char		*json = json_of(&f.arena, quoted);
	struct frame		 event = { .data = text_of(json) };

	assert_int_equal(json_scan(&f.document, json, strlen(json), NULL), 0);
	return responses_read_event(&f.blocks, &event,
	    json_root(&f.document));
}

static int
whole(const char *quoted)
{
	const char	*json = json_of(&f.arena, quoted);

	assert_int_equal(json_scan(&f.document, json, strlen(json), NULL), 0);
	return responses_read_reply(&f.blocks, json_root(&f.document));
}

static void
heard(const char *expected)
{
	assert_string_equal(f.shown.at, expected);
	buf_clear(&f.shown);
}

#define NO_USAGE							\
	"usage input 0 cached 0 written 0 output 0 reasoning 0\n"
#define COMPLETED "{'type':'response.completed','response':{"		\
	"'status':'completed','output':[]}}"

/* Servers that say nothing but what is done. */
static void
items_that_are_only_done(void **state)
{
	(void)state;
	hear("{'type':'response.output_item.done','output_index':0,'item':"
	    "{'type':'reasoning','id':'rs_1','content':[{'type':"
	    "'reasoning_text','text':'hm'}],'encrypted_content':'E'}}");
	hear("{'type':'response.output_item.done','output_index':1,'item':"
	    "{'type':'message','content':[{'type':'output_text','text':'a'},"
	    "{'type':'output_text','text':'b'}]}}");
	hear("{'type':'response.output_item.done','output_index':2,'item':"
	    "{'type':'function_call','call_id':'c','name':'f','namespace':'n',"
	    "'arguments':'{}'}}");
	hear("{'type':'response.output_item.done','output_index':3,'item':"
	    "{'type':'custom_tool_call','call_id':'d','name':'g',"
	    "'input':'x'}}");
	hear(COMPLETED);
	heard("START\nOPEN 0 thinking\nDELTA 0 \"hm\"\n"
	    "CLOSE 0 seal=responses/thinking bytes=\"E\"\n"
	    "OPEN 1 text\nDELTA 1 \"a\"\nCLOSE 1\n"
	    "OPEN 2 text\nDELTA 2 \"b\"\nCLOSE 2\n"
	    "OPEN 3 call id=\"c\" name=\"n__f\"\nDELTA 3 \"{}\"\nCLOSE 3\n"
	    "OPEN 4 custom_call id=\"d\" name=\"g\"\nDELTA 4 \"x\"\nCLOSE 4\n"
	    "STOP stop calls\n" NO_USAGE);
}

static void
text_leaves_as_it_arrives(void **state)
{
	(void)state;
	hear("{'type':'response.created','response':{'id':'resp_9'}}");
	heard("START id=\"resp_9\"\n");
	hear("{'type':'response.in_progress','response':{'id':'resp_9'}}");
	hear("{'type':'response.output_item.added','output_index':0,'item':"
	    "{'type':'message','content':[]}}");
	hear("{'type':'response.output_text.delta','output_index':0,"
	    "'delta':'a','logprobs':[{'token':'a'}]}");
	heard("OPEN 0 text\nDELTA 0 \"a\" "
	    "logprobs=\"{\\\"token\\\":\\\"a\\\"}\"\n");
	hear("{'type':'response.output_item.done','output_index':0,'item':"
	    "{'type':'message','content':[{'type':'output_text',"
	    "'text':'a'}]}}");
	heard("CLOSE 0\n");
}

/* Two at once: the second one waits. */
static void
interleaved_calls(void **state)
{
	(void)state;
	hear("{'type':'response.output_item.added','output_index':0,'item':"
	    "{'type':'function_call','call_id':'c','name':'f'}}");
	hear("{'type':'response.output_item.added','output_index':1,'item':"
	    "{'type':'function_call','call_id':'d','name':'g'}}");
	hear("{'type':'response.function_call_arguments.delta',"
	    "'output_index':1,'delta':'{2'}");
	hear("{'type':'response.function_call_arguments.delta',"
	    "'output_index':0,'delta':'{1'}");
	hear("{'type':'response.output_item.done','output_index':1,'item':"
	    "{'type':'function_call','call_id':'d','name':'g',"
	    "'arguments':'{2'}}");
	heard("START\nOPEN 0 call id=\"c\" name=\"f\"\nDELTA 0 \"{1\"\n");
	hear("{'type':'response.output_item.done','output_index':0,'item':"
	    "{'type':'function_call','call_id':'c','name':'f',"
	    "'arguments':'{1'}}");
	heard("CLOSE 0\nOPEN 1 call id=\"d\" name=\"g\"\nDELTA 1 \"{2\"\n"
	    "CLOSE 1\n");
}

static void
equal_parts_of_a_whole_message_are_two(void **state)
{
	(void)state;
	assert_int_equal(whole("{'status':'completed','output':["
	    "{'type':'message','content':["
	    "{'type':'output_text','text':'a'},"
	    "{'type':'output_text','text':'a'}]}]}"), 0);
	heard("START\nOPEN 0 text\nDELTA 0 \"a\"\nCLOSE 0\n"
	    "OPEN 1 text\nDELTA 1 \"a\"\nCLOSE 1\n"
	    "STOP stop end\n" NO_USAGE);
}

static void
what_the_provider_ran(void **state)
{
	(void)state;
	assert_int_equal(whole("{'status':'completed','output':["
	    "{'type':'code_interpreter_call','code':'1+1'},"
	    "{'type':'image_generation_call','result':'AAAA',"
	    "'output_format':'webp'},"
	    "{'type':'local_shell_call','call_id':'c','action':{'command':"
	    "['ls']}}]}"), 0);
	heard("START\nOPEN 0 text\nDELTA 0 \"```python\\n\"\nDELTA 0 \"1+1\"\n"
	    "DELTA 0 \"\\n```\\n\"\nCLOSE 0\n"
	    "OPEN 1 image\nDELTA 1 \"AAAA\"\nCLOSE 1\n"
	    "OPEN 2 call id=\"c\" name=\"local_shell\"\n"
	    "DELTA 2 \"{\\\"command\\\":[\\\"ls\\\"]}\"\nCLOSE 2\n"
	    "STOP stop calls\n" NO_USAGE);
}

static void
fails(const char *quoted, const char *expected)
{
	void	*state = NULL;

	teardown(&state);
	setup(&state);
	assert_int_equal(hear(quoted), -1);
	heard(expected);
}

static void
errors(void **state)
{
	(void)state;
	fails("{'type':'response.failed','response':{'status':'failed',"
	    "'error':{'code':'context_length_exceeded','message':'long'}}}",
	    "ERROR context_exceeded: long\n");
	fails("{'type':'response.done','response':{'status':'failed',"
	    "'error':{'code':'server_error','message':'x'}}}",
	    "START\nERROR server: x\n");
}

static void
whole_replies_that_make_no_sense(void **state)
{
	(void)state;
	assert_int_equal(whole("{'status':'completed'}"), -1);
	assert_int_equal(whole("{'output':7}"), -1);
	heard("");
	assert_int_equal(whole("{'status':'failed','output':[],'error':"
	    "{'code':'server_error','message':'x'}}"), -1);
	heard("ERROR server: x\n");
}

/* A limit wins over a call. */
static void
stops(void **state)
{
	(void)state;
	assert_int_equal(whole("{'status':'incomplete','incomplete_details':"
	    "{'reason':'max_output_tokens'},'output':[{'type':"
	    "'function_call','call_id':'c','name':'f','arguments':'{'}],"
	    "'usage':{'input_tokens':12361,'input_tokens_details':"
	    "{'cached_tokens':8576,'cache_write_tokens':100},"
	    "'output_tokens':30,'output_tokens_details':"
	    "{'reasoning_tokens':20}}}"), 0);
	heard("START\nOPEN 0 call id=\"c\" name=\"f\"\nDELTA 0 \"{\"\nCLOSE 0\n"
	    "STOP stop length\nusage input 3685 cached 8576 written 100 "
	    "output 30 reasoning 20\n");
}

static void
stops_early_though_completed(void **state)
{
	(void)state;
	assert_int_equal(whole("{'status':'completed','incomplete_details':"
	    "{'reason':'max_output_tokens'},'output':[]}"), 0);
	heard("START\nSTOP stop length\nusage input 0 cached 0 written 0 "
	    "output 0 reasoning 0\n");
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(items_that_are_only_done),
		CASE(text_leaves_as_it_arrives),
		CASE(interleaved_calls),
		CASE(equal_parts_of_a_whole_message_are_two),
		CASE(what_the_provider_ran),
		CASE(errors),
		CASE(whole_replies_that_make_no_sense),
		CASE(stops),
		CASE(stops_early_though_completed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
