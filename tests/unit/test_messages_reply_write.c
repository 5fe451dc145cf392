#include "build.h"

#include <stdlib.h>

#include "messages_cases.h"

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
	return stream_write(&f.stream, &messages_stream, event);
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
	f.blocks.model = text_of("gpt-5");
	f.blocks.dialect = DIALECT_RESPONSES;
	reply_init(&f.reply, &f.arena, 1 << 20, NULL, KEEP_ALL);
	frames_init(&f.stream.frames, &f.out, FRAMING_EVENTS);
	f.stream.arena = &f.arena;
	f.stream.reply = &f.reply;
	f.stream.watch = &f.watch;
	f.reply.client_id = text_of("msg_1");
	f.reply.client_model = text_of("m");
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

#define START								\
	"event: message_start\ndata: {'type':'message_start','message':"	\
	"{'id':'msg_1','type':'message','role':'assistant','model':'m',"	\
	"'content':[],'stop_reason':null,'stop_sequence':null,"		\
	"'stop_details':null,'usage':" NO_USAGE "}}\n\n"
#define NO_USAGE							\
	"{'input_tokens':0,'cache_creation_input_tokens':0,"		\
	"'cache_read_input_tokens':0,'output_tokens':0}"
#define OPEN(index, block)						\
	"event: content_block_start\ndata: {'type':"			\
	"'content_block_start','index':" index ",'content_block':{"	\
	block "}}\n\n"
#define DELTA(index, delta)						\
	"event: content_block_delta\ndata: {'type':"			\
	"'content_block_delta','index':" index ",'delta':{" delta "}}\n\n"
#define CLOSE(index)							\
	"event: content_block_stop\ndata: {'type':"			\
	"'content_block_stop','index':" index "}\n\n"
#define STOP(word, sequence, details, usage)				\
	"event: message_delta\ndata: {'type':'message_delta','delta':{"	\
	"'stop_reason':'" word "','stop_sequence':" sequence		\
	",'stop_details':" details "},'usage':" usage "}\n\n"		\
	"event: message_stop\ndata: {'type':'message_stop'}\n\n"
#define END(word)	STOP(word, "null", "null", NO_USAGE)

static void
streamed(const char *quoted)
{
	assert_string_equal(f.out.at, json_of(&f.arena, quoted));
}

/* The whole reply's members from `content` on. */
static void
as_a_whole(const char *quoted)
{
	static const char	head[] = "{\"id\":\"msg_1\",\"type\":"
	    "\"message\",\"role\":\"assistant\",\"model\":\"m\",";
	struct json_write	out;

	buf_clear(&f.whole);
	json_write_start(&out, &f.whole);
	assert_int_equal(messages_write_reply(&out, &f.reply), 0);
	assert_int_equal(json_write_finish(&out), 0);
	assert_int_equal(strncmp(f.whole.at, head, strlen(head)), 0);
	assert_string_equal(f.whole.at + strlen(head),
	    json_of(&f.arena, quoted));
}

static void
text_streams_at_once(void **state)
{
	(void)state;
	blocks_start(&f.blocks, text_of("r"));
	streamed(START);
	assert_true(f.watch.began);
	blocks_text(&f.blocks, escaped_of("\\n"));
	streamed(START);
	blocks_text(&f.blocks, escaped_of("a"));
	streamed(START OPEN("0", "'type':'text','text':''")
	    DELTA("0", "'type':'text_delta','text':'\\n'")
	    DELTA("0", "'type':'text_delta','text':'a'"));
	blocks_text(&f.blocks, escaped_of(" "));
	blocks_finish(&f.blocks);
	streamed(START OPEN("0", "'type':'text','text':''")
	    DELTA("0", "'type':'text_delta','text':'\\n'")
	    DELTA("0", "'type':'text_delta','text':'a'")
	    DELTA("0", "'type':'text_delta','text':' '") CLOSE("0")
	    END("end_turn"));
	assert_true(f.watch.ended);
	as_a_whole("'content':[{'type':'text','text':'\\na '}],'stop_reason':"
	    "'end_turn','stop_sequence':null,'stop_details':null,'usage':"
	    NO_USAGE "}");
}

/* Golden case 1: numbers have no gap where nothing could be shown. */
static void
blank_text_makes_no_block(void **state)
{
	(void)state;
	blocks_text(&f.blocks, escaped_of("\\n\\n"));
	blocks_call(&f.blocks, 0, text_of("c1"), text_of("f"));
	blocks_arguments(&f.blocks, 0, escaped_of("{\\\"a\\\":"));
	blocks_arguments(&f.blocks, 0, escaped_of("1}"));
	blocks_call(&f.blocks, 1, text_of("c2"), text_of("g"));
	blocks_finish(&f.blocks);
	streamed(START
	    OPEN("0", "'type':'tool_use','id':'c1','name':'f','input':{}")
	    DELTA("0", "'type':'input_json_delta','partial_json':"
	    "'{\\'a\\':'")
	    DELTA("0", "'type':'input_json_delta','partial_json':'1}'")
	    CLOSE("0")
	    OPEN("1", "'type':'tool_use','id':'c2','name':'g','input':{}")
	    DELTA("1", "'type':'input_json_delta','partial_json':'{}'")
	    CLOSE("1") END("tool_use"));
	as_a_whole("'content':[{'type':'tool_use','id':'c1','name':'f',"
	    "'input':{'a':1}},{'type':'tool_use','id':'c2','name':'g','input':"
	    "{}}],'stop_reason':'tool_use','stop_sequence':null,"
	    "'stop_details':null,'usage':" NO_USAGE "}");
}

/* Golden case 2: a call that was cut is no call. */
static void
a_cut_call_never_looks_runnable(void **state)
{
	(void)state;
	blocks_call(&f.blocks, 0, text_of("c1"), text_of("f"));
	blocks_arguments(&f.blocks, 0, escaped_of("{\\\"path\\\":\\\"/a"));
	blocks_stop(&f.blocks, STOP_LENGTH, (struct escaped){ 0 });
	blocks_finish(&f.blocks);
	assert_non_null(strstr(f.out.at, "\"stop_reason\":\"max_tokens\""));
	as_a_whole("'content':[{'type':'tool_use','id':'c1','name':'f',"
	    "'input':{'_raw':'{\\'path\\':\\'/a'}}],'stop_reason':'max_tokens',"
	    "'stop_sequence':null,'stop_details':null,'usage':" NO_USAGE "}");
}

#define PACKED	"d2a1.rtp.Z3B0LTU.cnNfMQ.ENC+/="
#define REDACTED	"d2a1.rrp.Z3B0LTU.cnNfMQ.ENC+/="

static void
foreign_seals_are_packed(void **state)
{
	struct seal	seal = { .id = text_of("rs_1"),
			    .bytes = text_of("ENC+/=") };

	(void)state;
	blocks_thinking(&f.blocks, escaped_of("hm"));
	blocks_seal(&f.blocks, &seal);
	blocks_redacted(&f.blocks, &seal);
	blocks_seal(&f.blocks, &seal);
	blocks_thinking(&f.blocks, escaped_of("bare"));
	blocks_finish(&f.blocks);
	streamed(START
	    OPEN("0", "'type':'thinking','thinking':'','signature':''")
	    DELTA("0", "'type':'thinking_delta','thinking':'hm'")
	    DELTA("0", "'type':'signature_delta','signature':'" PACKED "'")
	    CLOSE("0")
	    OPEN("1", "'type':'redacted_thinking','data':'" REDACTED "'")
	    CLOSE("1")
	    OPEN("2", "'type':'thinking','thinking':'','signature':''")
	    DELTA("2", "'type':'signature_delta','signature':'" PACKED "'")
	    CLOSE("2")
	    OPEN("3", "'type':'thinking','thinking':'','signature':''")
	    DELTA("3", "'type':'thinking_delta','thinking':'bare'")
	    CLOSE("3") END("end_turn"));
	as_a_whole("'content':[{'type':'thinking','thinking':'hm',"
	    "'signature':'" PACKED "'},{'type':'redacted_thinking','data':'"
	    REDACTED "'},{'type':'thinking','thinking':'','signature':'" PACKED
	    "'},{'type':'thinking','thinking':'bare','signature':''}],"
	    "'stop_reason':'end_turn','stop_sequence':null,'stop_details':null,"
	    "'usage':" NO_USAGE "}");
}

static void
own_seals_stay_as_they_are(void **state)
{
	struct seal	seal = { .bytes = text_of("CAIS7Q") };

	(void)state;
	f.blocks.dialect = DIALECT_MESSAGES;
	blocks_seal(&f.blocks, &seal);
	blocks_finish(&f.blocks);
	assert_non_null(strstr(f.out.at, "\"signature\":\"CAIS7Q\""));
}

#define WHY	"{'type':'refusal','category':null,'explanation':'I can\\nnot'}"

/* Golden case 11, and a refusal with words. */
static void
a_refusal_is_a_stop_with_details(void **state)
{
	(void)state;
	blocks_refusal(&f.blocks, escaped_of("I can"));
	blocks_refusal(&f.blocks, escaped_of("\\nnot"));
	blocks_finish(&f.blocks);
	streamed(START STOP("refusal", "null", WHY, NO_USAGE));
	as_a_whole("'content':[],'stop_reason':'refusal','stop_sequence':null,"
	    "'stop_details':" WHY ",'usage':" NO_USAGE "}");
	teardown(state);
	setup(state);
	blocks_stop(&f.blocks, STOP_REFUSAL, (struct escaped){ 0 });
	blocks_finish(&f.blocks);
	streamed(START STOP("refusal", "null", "{'type':'refusal',"
	    "'category':null,'explanation':null}", NO_USAGE));
}

static void
usage_and_stop_sequence_are_said(void **state)
{
	struct usage	usage = { 5, 4, 3, 2, 1, NULL };

	(void)state;
	blocks_usage(&f.blocks, &usage);
	blocks_stop(&f.blocks, STOP_SEQUENCE, escaped_of("END"));
	blocks_finish(&f.blocks);
	assert_non_null(strstr(f.out.at, json_of(&f.arena,
	    STOP("stop_sequence", "'END'", "null", "{'input_tokens':5,"
	    "'cache_creation_input_tokens':3,'cache_read_input_tokens':4,"
	    "'output_tokens':2,'output_tokens_details':{'thinking_tokens':1}}"
	    ))));
}

static void
citations_close_their_block(void **state)
{
	struct citation	citation = { .url = escaped_of("https://u"),
			    .cited = escaped_of("c"),
			    .dialect = DIALECT_RESPONSES };

	(void)state;
	blocks_text(&f.blocks, escaped_of("a"));
	blocks_citation(&f.blocks, &citation);
	blocks_finish(&f.blocks);
	streamed(START OPEN("0", "'type':'text','text':''")
	    DELTA("0", "'type':'text_delta','text':'a'")
	    DELTA("0", "'type':'citations_delta','citation':{'type':"
	    "'web_search_result_location','cited_text':'c','url':'https://u',"
	    "'title':'https://u','encrypted_index':''}") CLOSE("0")
	    END("end_turn"));
	as_a_whole("'content':[{'type':'text','text':'a','citations':[{'type':"
	    "'web_search_result_location','cited_text':'c','url':'https://u',"
	    "'title':'https://u','encrypted_index':''}]}],'stop_reason':'end_turn',"
	    "'stop_sequence':null,'stop_details':null,'usage':" NO_USAGE "}");
}

static void
a_search_is_a_call_and_its_result(void **state)
{
	struct search	search = { .id = text_of("a-1"),
			    .query = escaped_of("q") };

	(void)state;
	search_add(&search, &f.arena, escaped_of("u"), escaped_of("t"));
	search_add(&search, &f.arena, escaped_of("v"), escaped_of(""));
	blocks_server(&f.blocks, text_of("{\"type\":\"file_search_call\"}"));
	blocks_search(&f.blocks, text_of("{\"type\":\"web_search_call\"}"),
	    &search);
	f.blocks.dialect = DIALECT_MESSAGES;
	blocks_server(&f.blocks, text_of("{\"type\":\"server_tool_use\"}"));
	blocks_text(&f.blocks, escaped_of("a"));
	blocks_finish(&f.blocks);
	streamed(START
	    OPEN("0", "'type':'server_tool_use','id':'srvtoolu_ws_a_1','name':"
	    "'web_search','input':{'query':'q'}") CLOSE("0")
	    OPEN("1", "'type':'web_search_tool_result','tool_use_id':"
	    "'srvtoolu_ws_a_1','content':[{'type':'web_search_result',"
	    "'url':'u','title':'t','encrypted_content':'',"
	    "'page_age':null},{'type':'web_search_result','url':'v',"
	    "'title':'v','encrypted_content':'','page_age':null}]") CLOSE("1")
	    OPEN("2", "'type':'server_tool_use'") CLOSE("2")
	    OPEN("3", "'type':'text','text':''")
	    DELTA("3", "'type':'text_delta','text':'a'") CLOSE("3")
	    END("end_turn"));
}

static void
custom_input_is_wrapped(void **state)
{
	(void)state;
	blocks_custom_call(&f.blocks, 0, text_of("c"), text_of("patch"));
	blocks_arguments(&f.blocks, 0, escaped_of("a\\n\\\"b"));
	blocks_finish(&f.blocks);
	streamed(START
	    OPEN("0", "'type':'tool_use','id':'c','name':'patch','input':{}")
	    DELTA("0", "'type':'input_json_delta','partial_json':"
	    "'{\\'input\\':\\''")
	    DELTA("0", "'type':'input_json_delta','partial_json':"
	    "'a\\\\n\\\\\\'b'")
	    DELTA("0", "'type':'input_json_delta','partial_json':'\\'}'")
	    CLOSE("0") END("tool_use"));
}

static void
an_image_leaves_a_note(void **state)
{
	(void)state;
	blocks_image(&f.blocks, text_of("image/png"), escaped_of("AAAA"));
	blocks_finish(&f.blocks);
	assert_non_null(strstr(f.out.at, MESSAGES_IMAGE_NOTE));
	assert_null(strstr(f.out.at, "AAAA"));
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

#define TEXT_SEAL	"d2a1.gxp.Z3B0LTU..ENC+/="

/* Behind a call it would be; at the end it would be taken for it. */
static void
the_seal_of_a_text_waits_for_another_block(void **state)
{
	struct seal	seal = { .bytes = text_of("ENC+/="),
			    .place = SEAL_TEXT };

	(void)state;
	f.blocks.dialect = DIALECT_GENERATE;
	blocks_text(&f.blocks, escaped_of("a"));
	blocks_redacted(&f.blocks, &seal);
	blocks_call(&f.blocks, 0, text_of("c1"), text_of("f"));
	blocks_call_end(&f.blocks, 0);
	blocks_text(&f.blocks, escaped_of("b"));
	blocks_redacted(&f.blocks, &seal);
	blocks_finish(&f.blocks);
	streamed(START OPEN("0", "'type':'text','text':''")
	    DELTA("0", "'type':'text_delta','text':'a'") CLOSE("0")
	    OPEN("1", "'type':'redacted_thinking','data':'" TEXT_SEAL "'")
	    CLOSE("1")
	    OPEN("2", "'type':'tool_use','id':'c1','name':'f','input':{}")
	    DELTA("2", "'type':'input_json_delta','partial_json':'{}'")
	    CLOSE("2") OPEN("3", "'type':'text','text':''")
	    DELTA("3", "'type':'text_delta','text':'b'") CLOSE("3")
	    END("tool_use"));
	as_a_whole("'content':[{'type':'text','text':'a'},"
	    "{'type':'redacted_thinking','data':'" TEXT_SEAL "'},"
	    "{'type':'tool_use','id':'c1','name':'f','input':{}},"
	    "{'type':'text','text':'b'}],'stop_reason':'tool_use',"
	    "'stop_sequence':null,'stop_details':null,'usage':" NO_USAGE "}");
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(text_streams_at_once),
		TEST(blank_text_makes_no_block),
		TEST(a_cut_call_never_looks_runnable),
		TEST(foreign_seals_are_packed),
		TEST(own_seals_stay_as_they_are),
		TEST(a_refusal_is_a_stop_with_details),
		TEST(usage_and_stop_sequence_are_said),
		TEST(citations_close_their_block),
		TEST(a_search_is_a_call_and_its_result),
		TEST(custom_input_is_wrapped),
		TEST(an_image_leaves_a_note),
		TEST(the_seal_of_a_text_waits_for_another_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
