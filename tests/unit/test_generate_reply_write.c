#include "build.h"

#include <stdio.h>

#include "dialects/convert.h"
#include "dialects/generate/generate.h"
#include "request_cases.h"

/* A reply said by blocks, and what a Google client gets. */
static struct {
	struct arena		arena;
	struct tool_names	names;
	struct blocks		blocks;
	struct reply		reply;
	struct stream		stream;
	struct watch		watch;
	struct buf		out;
	bool			streams;
} f;

static int
sink(void *context, const struct event *event)
{
	(void)context;
	if (reply_fold(&f.reply, event) == -1)
		return -1;
	return f.streams ? stream_write(&f.stream, dialect_generate.write_stream,
	    event) : 0;
}

static void
start(bool streams, bool array)
{
	memset(&f, 0, sizeof(f));
	f.streams = streams;
	arena_init(&f.arena, 1 << 20, NULL);
	tool_names_init(&f.names, &f.arena);
	blocks_init(&f.blocks, &f.arena, &f.names, NULL, sink, &f);
	f.blocks.model = text_of("m");
	f.blocks.dialect = DIALECT_MESSAGES;
	reply_init(&f.reply, &f.arena, 1 << 20, NULL,
	    streams ? KEEP_CALLS : KEEP_ALL);
	buf_init(&f.out, 1 << 20, NULL);
	watch_init(&f.watch);
	frames_init(&f.stream.frames, &f.out, FRAMING_EVENTS);
	f.stream.arena = &f.arena;
	f.stream.reply = &f.reply;
	f.stream.watch = &f.watch;
	if (array)
		f.stream.frames.framing = FRAMING_JSON;
	f.reply.client_id = text_of("r1");
	f.reply.client_model = text_of("gemini");
}

static int
teardown(void **state)
{
	(void)state;
	blocks_release(&f.blocks);
	reply_release(&f.reply);
	buf_release(&f.out);
	arena_release(&f.arena);
	return 0;
}

static void
wrote_reply(const char *quoted)
{
	struct json_write	w;
	const char		*json = json_of(&f.arena, quoted);

	if (!f.streams) {
		json_write_start(&w, &f.out);
		assert_int_equal(dialect_generate.write_reply(&w, &f.reply), 0);
		assert_int_equal(json_write_finish(&w), 0);
	}
	assert_string_equal(f.out.at, json);
}

#define TAIL	"'modelVersion':'gemini','responseId':'r1'}"
#define USAGE	"'usageMetadata':{'promptTokenCount':6," \
		"'cachedContentTokenCount':2,'candidatesTokenCount':3," \
		"'thoughtsTokenCount':1,'totalTokenCount':10},"
#define CHUNK(parts)	"{'candidates':[{'content':{'parts':[" parts "]," \
			"'role':'model'},'index':0}]," USAGE TAIL
#define LAST(more)	"{'candidates':[{'content':{'parts':[{'text':''}]," \
			"'role':'model'}," more "}]," USAGE TAIL
#define STOPPED(word)	"'finishReason':'" word "','index':0"

static void
say_usage(void)
{
	struct usage	usage = { 3, 2, 1, 4, 1, NULL };

	blocks_usage(&f.blocks, &usage);
}

static void
say_all(void)
{
	struct seal	seal = { .place = SEAL_THINKING,
			    .bytes = text_of("S") };
	struct citation	citation = { .url = escaped_of("u"),
			    .title = escaped_of("T"), .start = 1, .end = 2 };

	say_usage();
	blocks_thinking(&f.blocks, escaped_of("hm"));
	blocks_seal(&f.blocks, &seal);
	blocks_text(&f.blocks, escaped_of("x"));
	blocks_break(&f.blocks);
	blocks_text_logprobs(&f.blocks, escaped_of("\xc3\xa9\xc3\xa9"),
	    text_of("{\"token\":\"a\",\"logprob\":-1,\"top_logprobs\":[]}"));
	blocks_citation(&f.blocks, &citation);
	blocks_call(&f.blocks, 1, text_of("c1"), text_of("f"));
	blocks_arguments(&f.blocks, 1, escaped_of("{\\\"a\\\":1}"));
	blocks_call(&f.blocks, 2, text_of("c2"), text_of("g"));
	assert_int_equal(blocks_finish(&f.blocks), 0);
}

#define THOUGHT_SEAL	"ZDJhMS5tdHAuYlEuLlM="
#define LOGPROBS	"'logprobsResult':{'chosenCandidates':[{'token':'a'," \
			"'logProbability':-1}],'topCandidates':[{" \
			"'candidates':[]}]}"
#define GROUNDING	"'groundingMetadata':{'groundingChunks':[{'web':{" \
			"'uri':'u','title':'T'}}],'groundingSupports':[{" \
			"'segment':{'startIndex':3,'endIndex':5}," \
			"'groundingChunkIndices':[0]}]}"
#define CALLS	"{'functionCall':{'id':'c1','name':'f','args':{'a':1}}}"
#define CALL2	"{'functionCall':{'id':'c2','name':'g','args':{}}}"

static void
a_whole_reply_has_it_all(void **state)
{
	(void)state;
	start(false, false);
	say_all();
	wrote_reply("{'candidates':[{'content':{'parts':[{'text':'hm',"
	    "'thought':true,'thoughtSignature':'" THOUGHT_SEAL "'},"
	    "{'text':'x\xc3\xa9\xc3\xa9'}," CALLS "," CALL2 "],'role':'model'},"
	    STOPPED("STOP") "," GROUNDING "," LOGPROBS "}]," USAGE TAIL);
}

static void
a_stream_says_it_in_pieces(void **state)
{
	(void)state;
	start(true, false);
	say_all();
	wrote_reply("data: " CHUNK("{'text':'hm','thought':true}") "\n\n"
	    "data: " CHUNK("{'text':'','thought':true,'thoughtSignature':'"
	    THOUGHT_SEAL "'}") "\n\n"
	    "data: " CHUNK("{'text':'x'}") "\n\n"
	    "data: {'candidates':[{'content':{'parts':[{'text':"
	    "'\xc3\xa9\xc3\xa9'}],'role':'model'},'index':0," LOGPROBS "}],"
	    USAGE TAIL "\n\n"
	    "data: " CHUNK(CALLS) "\n\ndata: " CHUNK(CALL2) "\n\n"
	    "data: " LAST(STOPPED("STOP") "," GROUNDING) "\n\n");
	assert_int_equal(f.watch.began, true);
}

static void
an_array_is_json(void **state)
{
	(void)state;
	start(true, true);
	say_usage();
	blocks_text(&f.blocks, escaped_of("a"));
	assert_int_equal(blocks_finish(&f.blocks), 0);
	wrote_reply("[{'candidates':[]," USAGE TAIL "\n,"
	    CHUNK("{'text':'a'}") "\n," LAST(STOPPED("STOP")) "\n]");
	assert_false(json_is(json_scan_into(&f.arena, (struct text){ f.out.at,
	    f.out.length }), JSON_MISSING));
}

/* What agents say between and what they answer: two messages of one reply. */
static void
messages_are_parts(void **state)
{
	(void)state;
	start(false, false);
	say_usage();
	blocks_text(&f.blocks, escaped_of("a"));
	blocks_break(&f.blocks);
	blocks_text(&f.blocks, escaped_of("b"));
	blocks_part(&f.blocks);
	blocks_text(&f.blocks, escaped_of("c"));
	assert_int_equal(blocks_finish(&f.blocks), 0);
	wrote_reply("{'candidates':[{'content':{'parts':[{'text':'ab'},"
	    "{'text':'c'}],'role':'model'}," STOPPED("STOP") "}]," USAGE TAIL);
}

#define CUT	"{'functionCall':{'id':'c1','name':'f','args':{'_raw':" \
		"'{\\'path\\':'}}}"

static void
a_call_that_was_cut_shows_what_was_said(void **state)
{
	int	streams;

	(void)state;
	for (streams = 0; streams < 2; streams++) {
		start(streams, false);
		say_usage();
		blocks_call(&f.blocks, 1, text_of("c1"), text_of("f"));
		blocks_arguments(&f.blocks, 1, escaped_of("{\\\"path\\\":"));
		blocks_stop(&f.blocks, STOP_LENGTH, escaped_of(""));
		blocks_finish(&f.blocks);
		wrote_reply(streams ? "data: " CHUNK(CUT) "\n\ndata: "
		    LAST(STOPPED("MAX_TOKENS")) "\n\n" :
		    "{'candidates':[{'content':{'parts':[" CUT "],'role':"
		    "'model'}," STOPPED("MAX_TOKENS") "}]," USAGE TAIL);
		teardown(state);
	}
	start(true, false);
}

static void
seals_come_back_in_their_places(void **state)
{
	struct seal	seal = { .place = SEAL_CALL, .bytes = text_of("C") };

	(void)state;
	start(true, false);
	f.blocks.dialect = DIALECT_GENERATE;
	say_usage();
	blocks_redacted(&f.blocks, &seal);
	blocks_call(&f.blocks, 1, text_of("c1"), text_of("f"));
	blocks_call_end(&f.blocks, 1);
	seal.place = SEAL_TEXT;
	blocks_redacted(&f.blocks, &seal);
	blocks_finish(&f.blocks);
	wrote_reply("data: " CHUNK("{'functionCall':{'id':'c1','name':'f',"
	    "'args':{}},'thoughtSignature':'C'}") "\n\n"
	    "data: " CHUNK("{'text':'','thoughtSignature':'C'}") "\n\n"
	    "data: " LAST(STOPPED("STOP")) "\n\n");
}

static void
refusals_images_and_custom_calls_are_shown(void **state)
{
	(void)state;
	start(false, false);
	say_usage();
	blocks_image(&f.blocks, text_of("image/png"), escaped_of("AA=="));
	blocks_custom_call(&f.blocks, 1, text_of("c1"), text_of("patch"));
	blocks_arguments(&f.blocks, 1, escaped_of("a\\n"));
	blocks_call_end(&f.blocks, 1);
	blocks_server(&f.blocks, text_of("{}"));
	blocks_refusal(&f.blocks, escaped_of("no"));
	blocks_finish(&f.blocks);
	wrote_reply("{'candidates':[{'content':{'parts':[{'inlineData':{"
	    "'mimeType':'image/png','data':'AA=='}},{'functionCall':{'id':"
	    "'c1','name':'patch','args':{'input':'a\\n'}}},{'text':'no'}],"
	    "'role':'model'}," STOPPED("SAFETY") "}]," USAGE TAIL);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
#define TEST(name)	cmocka_unit_test_teardown(name, teardown)
		TEST(a_whole_reply_has_it_all),
		TEST(a_stream_says_it_in_pieces),
		TEST(an_array_is_json),
		TEST(messages_are_parts),
		TEST(a_call_that_was_cut_shows_what_was_said),
		TEST(seals_come_back_in_their_places),
		TEST(refusals_images_and_custom_calls_are_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
