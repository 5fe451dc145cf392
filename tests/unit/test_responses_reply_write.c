#include "build.h"

#include <stdio.h>

#include "responses_cases.h"

/* A reply that is being written, as a stream and as a whole at once. */
static struct {
	struct arena		arena;
	struct tool_names	names;
	struct blocks		blocks;
	struct reply		reply;
	struct watch		watch;
	struct stream		stream;
	struct buf		out, whole;
} f;

static int
sink(void *context, const struct event *event)
{
	(void)context;
	assert_int_equal(reply_fold(&f.reply, event), 0);
	return stream_write(&f.stream, &responses_stream, event);
}

static int
setup(void **state)
{
	(void)state;
	memset(&f, 0, sizeof(f));
	arena_init(&f.arena, 1 << 20, NULL);
	tool_names_init(&f.names, &f.arena);
	buf_init(&f.out, 1 << 20, NULL);
	buf_init(&f.whole, 1 << 20, NULL);
	blocks_init(&f.blocks, &f.arena, &f.names, NULL, sink, &f);
	f.blocks.model = text_of("c");
	f.blocks.dialect = DIALECT_MESSAGES;
	reply_init(&f.reply, &f.arena, 1 << 20, NULL, KEEP_ALL);
	f.watch.sequence = -1;
	frames_init(&f.stream.frames, &f.out, FRAMING_EVENTS);
	f.stream.arena = &f.arena;
	f.stream.reply = &f.reply;
	f.stream.watch = &f.watch;
	f.reply.client_id = text_of("resp_X");
	f.reply.client_model = text_of("m");
	f.reply.created_at = 7;
	f.reply.completed_at = 9;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	blocks_release(&f.blocks);
	reply_release(&f.reply);
	buf_release(&f.out);
	buf_release(&f.whole);
	arena_release(&f.arena);
	return 0;
}

/* A response object: status, error, incomplete_details, output, usage. */
#define AT_in_progress	"null"
#define AT_incomplete	"null"
#define AT_failed	"null"
#define AT_completed	"9"
#define RESPONSE(status, error, details, output, usage)			\
	"{'id':'resp_X','object':'response','created_at':7,'status':'"	\
	#status "','model':'m','error':" error ",'incomplete_details':"	\
	details ",'output':[" output "],'completed_at':" AT_##status	\
	",'temperature':1,'top_p':1,'presence_penalty':0,"		\
	"'frequency_penalty':0,'instructions':null,"			\
	"'max_output_tokens':null,'max_tool_calls':null,"		\
	"'previous_response_id':null,'prompt_cache_key':null,"		\
	"'safety_identifier':null,'service_tier':'default','user':null,"	\
	"'background':false,'parallel_tool_calls':true,'store':false,"	\
	"'top_logprobs':0,'tool_choice':'auto','truncation':'disabled',"	\
	"'metadata':{},'billing':{'payer':'developer'},"			\
	"'prompt_cache_retention':null,'reasoning':{'effort':null,'summary':null},"	\
	"'text':{'format':{'type':'text'}},'tools':[],'usage':" usage "}"
#define NO_USAGE							\
	"{'input_tokens':0,'input_tokens_details':{'cached_tokens':0,"	\
	"'cache_write_tokens':0},"	\
	"'output_tokens':0,'output_tokens_details':{"			\
	"'reasoning_tokens':0},'total_tokens':0}"
#define ITEM(name, id, index)	name, "'item_id':'" id "','output_index':" index
#define PART(name, id, index, part)					\
	ITEM(name, id, index) ",'content_index':" part
#define SUMMARY(name, id, index)					\
	ITEM(name, id, index) ",'summary_index':0"

/* The events that were written, in pairs of name and members. */
struct expected {
	const char	*name, *members;
};

static void
add_event(struct buf *text, const struct expected *event, int sequence)
{
	buf_printf(text, "event: response.%s\ndata: {\"type\":\"response.%s\","
	    "\"sequence_number\":%d,", event->name, event->name, sequence);
	buf_puts(text, json_of(&f.arena, event->members));
	buf_puts(text, "}\n\n");
}

/* Between the two first events and the last one. */
static void
streamed(const struct expected *events, size_t count, const char *last,
    const char *response)
{
	const char	*begin = "'response':" RESPONSE(in_progress, "null",
			    "null", "", "null");
	struct expected	 event = { "created", begin };
	struct buf	 text;
	size_t		 i;

	buf_init(&text, 1 << 20, NULL);
	add_event(&text, &event, 0);
	event.name = "in_progress";
	add_event(&text, &event, 1);
	for (i = 0; i < count; i++)
		add_event(&text, &events[i], (int)i + 2);
	buf_printf(&text, "event: response.%s\ndata: {\"type\":\"response.%s\","
	    "\"sequence_number\":%d,\"response\":%s}\n\n", last, last,
	    (int)count + 2, json_of(&f.arena, response));
	assert_string_equal(f.out.at, text.at);
	buf_release(&text);
}

static void
as_a_whole(const char *response)
{
	struct json_write	w;

	json_write_start(&w, &f.whole);
	assert_int_equal(responses_write_reply(&w, &f.reply), 0);
	assert_int_equal(json_write_finish(&w), 0);
	assert_string_equal(f.whole.at, json_of(&f.arena, response));
}

/* Whole, and in the last event of the stream. */
static void
puts_out(const char *output)
{
	struct json_write	 w;
	const char		*json = json_of(&f.arena, output);

	json_write_start(&w, &f.whole);
	assert_int_equal(responses_write_reply(&w, &f.reply), 0);
	assert_int_equal(json_write_finish(&w), 0);
	assert_non_null(strstr(f.whole.at, json));
	assert_non_null(strstr(strstr(f.out.at, "event: response.incomplete"),
	    json));
}

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

#define NOTE "{'type':'url_citation','start_index':0,'end_index':2,"	\
	"'url':'u','title':'t'}"
#define TEXT_A "{'type':'output_text','annotations':[" NOTE "],"		\
	"'logprobs':[],'text':'ab'}"
#define TEXT_B "{'type':'output_text','annotations':[],'logprobs':[],"	\
	"'text':'c'}"
#define EMPTY "{'type':'output_text','annotations':[],'logprobs':[],"	\
	"'text':''}"
#define MESSAGE "{'id':'msg_X00','type':'message','status':'completed',"	\
	"'content':[" TEXT_A "," TEXT_B "],'role':'assistant'}"

/* Texts of other APIs, split at citations, are one message. */
static void
texts_are_parts_of_one_message(void **state)
{
	struct citation			citation = { .start = -1, .end = -1,
					    .url = escaped_of("u"),
					    .title = escaped_of("t") };
	static const struct expected	events[] = {
		{ "output_item.added", "'output_index':0,'item':{'id':"
		    "'msg_X00','type':'message','status':'in_progress',"
		    "'content':[],'role':'assistant'}" },
		{ PART("content_part.added", "msg_X00", "0", "0")
		    ",'part':" EMPTY },
		{ PART("output_text.delta", "msg_X00", "0", "0")
		    ",'delta':'a','logprobs':[]" },
		{ PART("output_text.delta", "msg_X00", "0", "0")
		    ",'delta':'b','logprobs':[]" },
		{ PART("output_text.annotation.added", "msg_X00", "0", "0")
		    ",'annotation_index':0,'annotation':" NOTE },
		{ PART("output_text.done", "msg_X00", "0", "0")
		    ",'text':'ab','logprobs':[]" },
		{ PART("content_part.done", "msg_X00", "0", "0")
		    ",'part':" TEXT_A },
		{ PART("content_part.added", "msg_X00", "0", "1")
		    ",'part':" EMPTY },
		{ PART("output_text.delta", "msg_X00", "0", "1")
		    ",'delta':'c','logprobs':[]" },
		{ PART("output_text.done", "msg_X00", "0", "1")
		    ",'text':'c','logprobs':[]" },
		{ PART("content_part.done", "msg_X00", "0", "1")
		    ",'part':" TEXT_B },
		{ "output_item.done", "'output_index':0,'item':" MESSAGE },
	};
	const char	*response = RESPONSE(completed, "null", "null",
			    MESSAGE, NO_USAGE);

	(void)state;
	blocks_text(&f.blocks, escaped_of("a"));
	blocks_text(&f.blocks, escaped_of("b"));
	blocks_citation(&f.blocks, &citation);
	blocks_break(&f.blocks);
	blocks_text(&f.blocks, escaped_of("c"));
	blocks_finish(&f.blocks);
	streamed(events, COUNT(events), "completed", response);
	as_a_whole(response);
}

/* Clients put them in their places by these numbers. */
static void
annotations_are_numbered(void **state)
{
	struct citation	citation = { .start = -1, .end = -1,
			    .url = escaped_of("u"), .title = escaped_of("t") };

	(void)state;
	blocks_text(&f.blocks, escaped_of("ab"));
	blocks_citation(&f.blocks, &citation);
	blocks_citation(&f.blocks, &citation);
	blocks_finish(&f.blocks);
	assert_non_null(strstr(f.out.at, "\"annotation_index\":0,"));
	assert_non_null(strstr(f.out.at, "\"annotation_index\":1,"));
}

#define THOUGHT "{'id':'rs_X00','type':'reasoning','summary':[{'type':"	\
	"'summary_text','text':'hm'}],'encrypted_content':"		\
	"'d2a1.mtp.Yw..SIG'}"
#define SEALED "{'id':'rs_X01','type':'reasoning','summary':[],"		\
	"'encrypted_content':'d2a1.mrp.Yw..SIG'}"

static void
thinking_carries_its_seal(void **state)
{
	static const struct expected	events[] = {
		{ "output_item.added", "'output_index':0,'item':{'id':"
		    "'rs_X00','type':'reasoning','summary':[]}" },
		{ SUMMARY("reasoning_summary_part.added", "rs_X00", "0")
		    ",'part':{'type':'summary_text','text':''}" },
		{ SUMMARY("reasoning_summary_text.delta", "rs_X00", "0")
		    ",'delta':'hm'" },
		{ SUMMARY("reasoning_summary_text.done", "rs_X00", "0")
		    ",'text':'hm'" },
		{ SUMMARY("reasoning_summary_part.done", "rs_X00", "0")
		    ",'part':{'type':'summary_text','text':'hm'}" },
		{ "output_item.done", "'output_index':0,'item':" THOUGHT },
		{ "output_item.added", "'output_index':1,'item':{'id':"
		    "'rs_X01','type':'reasoning','summary':[]}" },
		{ "output_item.done", "'output_index':1,'item':" SEALED },
	};
	struct seal			seal = { .bytes = text_of("SIG") };
	const char	*response = RESPONSE(completed, "null", "null",
			    THOUGHT "," SEALED, NO_USAGE);

	(void)state;
	blocks_thinking(&f.blocks, escaped_of("hm"));
	blocks_seal(&f.blocks, &seal);
	blocks_redacted(&f.blocks, &seal);
	blocks_finish(&f.blocks);
	streamed(events, COUNT(events), "completed", response);
	as_a_whole(response);
}

#define CALL "{'id':'fc_X00','type':'function_call','status':'completed',"	\
	"'arguments':'{}','call_id':'c1','name':'spawn','namespace':'ns'}"
#define PATCH "{'id':'ctc_X01','type':'custom_tool_call','status':"	\
	"'completed','input':'+é','call_id':'c2','name':'patch'}"
#define USED								\
	"{'input_tokens':14,'input_tokens_details':{'cached_tokens':3,"	\
	"'cache_write_tokens':1},'output_tokens':5,"			\
	"'output_tokens_details':{'reasoning_tokens':2},"		\
	"'total_tokens':19}"

/* Namespaces and custom tools come back as they were declared. */
static void
calls_are_what_the_client_declared(void **state)
{
	static const struct expected	events[] = {
		{ "output_item.added", "'output_index':0,'item':{'id':"
		    "'fc_X00','type':'function_call','status':'in_progress',"
		    "'arguments':'','call_id':'c1','name':'spawn',"
		    "'namespace':'ns'}" },
		{ ITEM("function_call_arguments.delta", "fc_X00", "0")
		    ",'delta':'{}'" },
		{ ITEM("function_call_arguments.done", "fc_X00", "0")
		    ",'name':'spawn','arguments':'{}'" },
		{ "output_item.done", "'output_index':0,'item':" CALL },
		{ "output_item.added", "'output_index':1,'item':{'id':"
		    "'ctc_X01','type':'custom_tool_call','status':"
		    "'in_progress','input':'','call_id':'c2','name':'patch'}" },
		{ ITEM("custom_tool_call_input.delta", "ctc_X01", "1")
		    ",'delta':'+é'" },
		{ ITEM("custom_tool_call_input.done", "ctc_X01", "1")
		    ",'input':'+é'" },
		{ "output_item.done", "'output_index':1,'item':" PATCH },
	};
	const struct usage		usage = { 10, 3, 1, 5, 2, NULL };
	const char	*response = RESPONSE(completed, "null", "null",
			    CALL "," PATCH, USED);

	(void)state;
	tool_names_declare(&f.names, TOOL_FUNCTION, text_of("ns"),
	    text_of("spawn"), 64);
	tool_names_declare(&f.names, TOOL_CUSTOM, (struct text){ "", 0 },
	    text_of("patch"), 64);
	blocks_call(&f.blocks, 0, text_of("c1"), text_of("ns__spawn"));
	blocks_call(&f.blocks, 1, text_of("c2"), text_of("patch"));
	blocks_arguments(&f.blocks, 1, escaped_of("{\\\"input\\\":\\\"+é\\\"}"));
	blocks_usage(&f.blocks, &usage);
	blocks_finish(&f.blocks);
	streamed(events, COUNT(events), "completed", response);
	as_a_whole(response);
}

#define SEARCH(status) "{'id':'tc_X00','type':'tool_search_call',"	\
	"'status':'" status "','call_id':'c1','execution':'client',"	\
	"'arguments':{'query':'q'}}"
#define SHELL(status) "{'id':'tc_X01','type':'local_shell_call',"	\
	"'status':'" status "','call_id':'c2','action':{'type':'exec',"	\
	"'command':['ls'],'env':{}}}"

#define CUT(status) "{'id':'tc_X02','type':'local_shell_call',"	\
	"'status':'" status "','call_id':'c3','action':{'type':'exec',"	\
	"'command':[],'env':{},'_raw':'{\\'command\\':'}}"

/* Their arguments are objects, so they come whole; what is none is shown. */
static void
tools_with_a_type_of_their_own(void **state)
{
	static const struct expected	events[] = {
		{ "output_item.added", "'output_index':0,'item':"
		    SEARCH("in_progress") },
		{ "output_item.done", "'output_index':0,'item':"
		    SEARCH("completed") },
		{ "output_item.added", "'output_index':1,'item':"
		    SHELL("in_progress") },
		{ "output_item.done", "'output_index':1,'item':"
		    SHELL("completed") },
		{ "output_item.added", "'output_index':2,'item':"
		    CUT("in_progress") },
		{ "output_item.done", "'output_index':2,'item':"
		    CUT("incomplete") },
	};
	const char	*response = RESPONSE(incomplete, "null",
			    "{'reason':'max_output_tokens'}",
			    SEARCH("completed") "," SHELL("completed") ","
			    CUT("incomplete"),
			    NO_USAGE);

	(void)state;
	tool_names_declare(&f.names, TOOL_SEARCH, (struct text){ "", 0 },
	    text_of("tool_search"), 64);
	tool_names_declare(&f.names, TOOL_SHELL, (struct text){ "", 0 },
	    text_of("local_shell"), 64);
	blocks_call(&f.blocks, 0, text_of("c1"), text_of("tool_search"));
	blocks_arguments(&f.blocks, 0, escaped_of("{\\\"query\\\":\\\"q"));
	blocks_arguments(&f.blocks, 0, escaped_of("\\\"}"));
	blocks_call(&f.blocks, 1, text_of("c2"), text_of("local_shell"));
	blocks_arguments(&f.blocks, 1,
	    escaped_of("{\\\"command\\\":[\\\"ls\\\"],"
	    "\\\"type\\\":\\\"local_shell\\\"}"));
	blocks_call(&f.blocks, 2, text_of("c3"), text_of("local_shell"));
	blocks_arguments(&f.blocks, 2, escaped_of("{\\\"command\\\":"));
	blocks_stop(&f.blocks, STOP_LENGTH, (struct escaped){ "", 0 });
	blocks_finish(&f.blocks);
	streamed(events, COUNT(events), "incomplete", response);
	as_a_whole(response);
}

/* As their types have it, whatever the model said. */
static void
patches_and_shells_have_what_they_require(void **state)
{
	const char	*response = RESPONSE(incomplete, "null",
			    "{'reason':'max_output_tokens'}",
			    "{'id':'tc_X00','type':'apply_patch_call','status':"
			    "'completed','call_id':'c1','operation':{'type':"
			    "'create_file','path':'a','diff':''}},"
			    "{'id':'tc_X01','type':'apply_patch_call','status':"
			    "'completed','call_id':'c2','operation':{'type':"
			    "'delete_file','path':'a'}},"
			    "{'id':'tc_X02','type':'shell_call','status':"
			    "'completed','call_id':'c3','action':{'commands':"
			    "['ls'],'timeout_ms':5}},"
			    "{'id':'tc_X03','type':'apply_patch_call','status':"
			    "'in_progress','call_id':'c4','operation':{'type':"
			    "'update_file','path':'','diff':'','_raw':'{'}}",
			    NO_USAGE);
	const char	*names[] = { "apply_patch", "apply_patch", "shell",
			    "apply_patch" };
	const char	*ids[] = { "c1", "c2", "c3", "c4" };
	const char	*arguments[] = {
		"{\\\"type\\\":\\\"create_file\\\",\\\"path\\\":\\\"a\\\"}",
		"{\\\"type\\\":\\\"delete_file\\\",\\\"path\\\":\\\"a\\\"}",
		"{\\\"commands\\\":[\\\"ls\\\"],\\\"timeout_ms\\\":5}",
		"{",
	};
	int64_t		 i;

	(void)state;
	tool_names_declare(&f.names, TOOL_PATCH, (struct text){ "", 0 },
	    text_of("apply_patch"), 64);
	tool_names_declare(&f.names, TOOL_SHELL, (struct text){ "", 0 },
	    text_of("shell"), 64);
	for (i = 0; i < 4; i++) {
		blocks_call(&f.blocks, i, text_of(ids[i]), text_of(names[i]));
		blocks_arguments(&f.blocks, i, escaped_of(arguments[i]));
	}
	blocks_stop(&f.blocks, STOP_LENGTH, (struct escaped){ "", 0 });
	blocks_finish(&f.blocks);
	as_a_whole(response);
}

/* Its arguments name a list of actions; of one alone a list is made. */
static void
a_computer_is_told_actions(void **state)
{
#define COMPUTER(index, id, actions)					\
	"{'id':'tc_X0" index "','type':'computer_call','status':"	\
	"'completed','call_id':'" id "','pending_safety_checks':[],"	\
	"'actions':" actions "}"
	const char	*response = RESPONSE(completed, "null", "null",
			    COMPUTER("0", "c1", "[{'type':'wait'},"
			    "{'type':'screenshot'}]") ","
			    COMPUTER("1", "c2", "[{'type':'wait'}]") ","
			    COMPUTER("2", "c3", "[{'type':'wait'}]") ","
			    COMPUTER("3", "c4", "[]"), NO_USAGE);
	const char	*arguments[] = {
		"{\\\"actions\\\":[{\\\"type\\\":\\\"wait\\\"},"
		    "{\\\"type\\\":\\\"screenshot\\\"}]}",
		"{\\\"actions\\\":{\\\"type\\\":\\\"wait\\\"}}",
		"{\\\"type\\\":\\\"wait\\\"}",
		"{}",
	};
	const char	*ids[] = { "c1", "c2", "c3", "c4" };
	int64_t		 i;

	(void)state;
	tool_names_declare(&f.names, TOOL_COMPUTER, (struct text){ "", 0 },
	    text_of("computer"), 64);
	for (i = 0; i < 4; i++) {
		blocks_call(&f.blocks, i, text_of(ids[i]),
		    text_of("computer"));
		blocks_arguments(&f.blocks, i, escaped_of(arguments[i]));
	}
	blocks_stop(&f.blocks, STOP_CALLS, (struct escaped){ "", 0 });
	blocks_finish(&f.blocks);
	as_a_whole(response);
}

/* Golden case 2: what was cut is shown, but isn't complete. */
static void
a_cut_call_never_looks_runnable(void **state)
{
	const char	*response = RESPONSE(incomplete, "null",
			    "{'reason':'max_output_tokens'}",
			    "{'id':'fc_X00','type':'function_call','status':"
			    "'incomplete','arguments':'{','call_id':'c1',"
			    "'name':'f'}", NO_USAGE);

	(void)state;
	blocks_call(&f.blocks, 0, text_of("c1"), text_of("f"));
	blocks_arguments(&f.blocks, 0, escaped_of("{"));
	blocks_stop(&f.blocks, STOP_LENGTH, (struct escaped){ "", 0 });
	blocks_finish(&f.blocks);
	as_a_whole(response);
	assert_non_null(strstr(f.out.at, "event: response.incomplete\n"));
}

#define CUSTOM(index, status)						\
	"{'id':'ctc_X" index "','type':'custom_tool_call','status':'" status	\
	"','input':'ls','call_id':'c1','name':'p'}"
#define WORDS(index, status)						\
	"{'id':'msg_X" index "','type':'message','status':'" status "',"	\
	"'content':[" TEXT_B "],'role':'assistant'}"

/* Of a reply that was cut the last item is, and none before it. */
static void
what_was_being_said_is_incomplete(void **state)
{
	static const char *const	output[] = {
		WORDS("00", "completed") "," CUSTOM("01", "incomplete"),
		CUSTOM("00", "completed") "," WORDS("01", "incomplete"),
	};
	struct text	none = { "", 0 };
	size_t		i;

	for (i = 0; i < COUNT(output); i++) {
		teardown(state);
		setup(state);
		tool_names_declare(&f.names, TOOL_CUSTOM, none, text_of("p"),
		    64);
		if (i == 0)
			blocks_text(&f.blocks, escaped_of("c"));
		blocks_custom_call(&f.blocks, 0, text_of("c1"), text_of("p"));
		blocks_arguments(&f.blocks, 0, escaped_of("ls"));
		if (i == 1)
			blocks_text(&f.blocks, escaped_of("c"));
		blocks_stop(&f.blocks, STOP_LENGTH, escaped_of(""));
		blocks_finish(&f.blocks);
		puts_out(output[i]);
	}
}

static void
ends(void **state)
{
	static const struct {
		enum stop	 stop;
		const char	*name, *reason;
	} cases[] = {
		{ STOP_SEQUENCE, "completed", NULL },
		{ STOP_PAUSED, "completed", NULL },
		{ STOP_CONTEXT, "incomplete", "max_output_tokens" },
		{ STOP_REFUSAL, "incomplete", "content_filter" },
		{ STOP_BAD, "failed", "server_error" },
	};
	char		line[64];
	size_t		i;

	for (i = 0; i < COUNT(cases); i++) {
		teardown(state);
		setup(state);
		blocks_stop(&f.blocks, cases[i].stop, (struct escaped){ "", 0 });
		blocks_finish(&f.blocks);
		snprintf(line, sizeof(line), "event: response.%s\n",
		    cases[i].name);
		assert_non_null(strstr(f.out.at, line));
		snprintf(line, sizeof(line), "\"status\":\"%s\"",
		    cases[i].name);
		assert_non_null(strstr(f.out.at, line));
		if (cases[i].reason != NULL)
			assert_non_null(strstr(f.out.at, cases[i].reason));
	}
}

/* The one way to end after something was said: numbers go on. */
static void
a_failure_continues_the_stream(void **state)
{
	struct problem	problem;

	(void)state;
	blocks_text(&f.blocks, escaped_of("a"));
	snprintf(f.watch.id, sizeof(f.watch.id), "resp_X");
	f.watch.began = true;
	buf_clear(&f.out);
	problem_set(&problem, PROBLEM_RATE, "slow down");
	problem.retry_after_s = 3;
	dialect_fail(&dialect_responses, &f.stream.frames, &f.watch, &problem,
	    "req");
	assert_non_null(strstr(f.out.at, "event: response.failed\ndata: "
	    "{\"type\":\"response.failed\",\"sequence_number\":5,\"response\":"
	    "{\"id\":\"resp_X\""));
	assert_non_null(strstr(f.out.at, "\"error\":{\"code\":"
	    "\"rate_limit_exceeded\",\"message\":\"slow down Please try again "
	    "in 3s.\",\"headers\":{\"retry-after\":\"3\"}}"));
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(texts_are_parts_of_one_message),
		CASE(annotations_are_numbered),
		CASE(thinking_carries_its_seal),
		CASE(calls_are_what_the_client_declared),
		CASE(tools_with_a_type_of_their_own),
		CASE(patches_and_shells_have_what_they_require),
		CASE(a_computer_is_told_actions),
		CASE(a_cut_call_never_looks_runnable),
		CASE(what_was_being_said_is_incomplete),
		CASE(ends),
		CASE(a_failure_continues_the_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
