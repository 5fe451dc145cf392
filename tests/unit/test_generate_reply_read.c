#include "build.h"

#include <stdio.h>
#include <stdlib.h>

#include "dialects/generate/generate_convert.h"
#include "request_cases.h"

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
	f.blocks.model = text_of("gemini");
	f.blocks.dialect = DIALECT_GENERATE;
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

/* One chunk; the document is gone before the next one comes. */
static int
chunk(const char *quoted, bool whole)
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
	if (whole)
		result = generate_read_reply(&f.blocks, json_root(&document));
	else
		result = generate_read_event(&f.blocks, &sse,
		    json_root(&document));
	json_release(&document);
	free(json);
	return result;
}

static void
chunks(const char *const *quoted)
{
	for (; *quoted != NULL; quoted++)
		assert_int_equal(chunk(*quoted, false), 0);
	assert_int_equal(blocks_end(&f.blocks), 0);
}

static void
whole(const char *quoted)
{
	assert_int_equal(chunk(quoted, true), 0);
}

static void
adds_up_to(const char *expected)
{
	buf_clear(&f.text);
	show_reply(&f.text, &f.reply);
	assert_string_equal(f.text.at, expected);
}

#define PARTS(parts)	"{'candidates':[{'content':{'role':'model','parts':[" \
			parts "]}}],'responseId':'r1'}"
#define LAST(parts)	"{'candidates':[{'content':{'role':'model','parts':[" \
			parts "]},'finishReason':'STOP'}]}"
#define NO_USAGE	"usage input 0 cached 0 written 0 output 0 reasoning 0\n"

/* Pieces of a call: of arguments, whose places must make sense. */
static void
a_call_in_pieces_is_one(void **state)
{
	struct reply_block	*block;

	(void)state;
	chunks((const char *const[]){
	    PARTS("{'functionCall':{'name':'w','willContinue':true}}"),
	    PARTS("{'functionCall':{'partialArgs':[{'jsonPath':'$.a','stringValue':'x',"
	    "'willContinue':true},{'jsonPath':'$.b'}],'willContinue':true}}"),
	    PARTS("{'functionCall':{'partialArgs':[{'jsonPath':'$.a','stringValue':'y'},"
	    "{'jsonPath':'$.b','numberValue':1}]}}"),
	    PARTS("{'functionCall':{'name':'none','willContinue':true}}"),
	    PARTS("{'functionCall':{}}"),
	    PARTS("{'functionCall':{'name':'whole','willContinue':true}}"),
	    LAST("{'functionCall':{'args':{'c':2}}}"), NULL });
	for (block = f.reply.blocks; block != NULL; block = block->next)
		block->id = text_of("x");
	adds_up_to("call id=\"x\" name=\"w\" {\"a\":\"xy\",\"b\":1}\n"
	    "call id=\"x\" name=\"none\" {}\n"
	    "call id=\"x\" name=\"whole\" {\"c\":2}\n"
	    "stop calls\n" NO_USAGE);
}

static void
a_piece_without_a_place_is_nonsense(void **state)
{
	static const char *const	paths[] = { "", "a", "$", "$.", "$a",
	    "$[", "$[x]", "$[\\u0027a]", "$.a[1", "$[0]", "$.a[99999999999999999999]",
	    "$.b.c", "$.s.c", "$.o" };
	char				text[400];
	size_t				i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		setup(state);
		snprintf(text, sizeof(text), PARTS("{'functionCall':{'name':"
		    "'w','partialArgs':[{'jsonPath':'$.b','numberValue':1},"
		    "{'jsonPath':'$.s','stringValue':'x'},{'jsonPath':"
		    "'$.o.p','stringValue':'x'},{'jsonPath':"
		    "\"%s\",'numberValue':2}]}}"), paths[i]);
		if (chunk(text, false) == 0)
			fail_msg("\"%s\" has no place", paths[i]);
		teardown(state);
	}
	setup(state);
}

/* Golden case 1: a call, its seal, and a last chunk of nothing. */
static void
a_call_keeps_its_seal(void **state)
{
	(void)state;
	chunks((const char *const[]){
	    PARTS("{'functionCall':{'id':'pt3pjoak','name':'w','args':{}},"
	    "'thoughtSignature':'S'}"), LAST("{'text':''}"), NULL });
	adds_up_to("redacted \"\" seal=generate/call bytes=\"S\"\n"
	    "call id=\"pt3pjoak\" name=\"w\" {}\nstop calls\n" NO_USAGE);
	assert_true(text_equals(f.reply.id, "r1"));
}

static void
parallel_calls_need_no_ids(void **state)
{
	struct reply_block	*block;

	(void)state;
	whole(LAST("{'text':'a'},{'functionCall':{'name':'w','args':{'x':"
	    "'\\n'}}},{'functionCall':{'name':'w','args':{'x':2}}}"));
	block = f.reply.blocks;
	assert_int_equal(block->kind, BLOCK_TEXT);
	block = block->next;
	assert_true(text_equals(reply_arguments(&f.reply, block),
	    "{\"x\":\"\\n\"}"));
	assert_true(block->id.length > 0);
	assert_false(text_same(block->id, block->next->id));
	assert_int_equal(f.reply.stop, STOP_CALLS);
}

static void
thoughts_and_text_are_apart(void **state)
{
	(void)state;
	chunks((const char *const[]){ PARTS("{'text':'h','thought':true}"),
	    PARTS("{'text':'m','thought':true}"), PARTS("{'text':'a'}"),
	    "{'candidates':[]}", "{'candidates':[{'finishReason':'STOP'}]}",
	    PARTS("{'text':'b'}"),
	    PARTS("{'text':'','thoughtSignature':'S'}"), NULL });
	adds_up_to("thinking \"hm\"\ntext \"ab\"\n"
	    "redacted \"\" seal=generate/text bytes=\"S\"\nstop end\n" NO_USAGE);
}

static void
a_seal_on_text_is_told_from_one_behind_it(void **state)
{
	(void)state;
	whole(LAST("{'text':'a','thoughtSignature':'S'}"));
	adds_up_to("text \"a\"\n"
	    "redacted \"\" seal=generate/text item=\"text\" bytes=\"S\"\n"
	    "stop end\n" NO_USAGE);
}

static void
code_that_ran_is_fenced(void **state)
{
	(void)state;
	whole(LAST("{'executableCode':{'language':'PYTHON','code':'x\\n'}},"
	    "{'codeExecutionResult':{'outcome':'OUTCOME_OK','output':'1'}},"
	    "{'text':'one'}"));
	adds_up_to("text \"\\n```python\\nx\\n```\\n\"\n"
	    "text \"\\n```\\n1\\n```\\n\"\ntext \"one\"\nstop end\n" NO_USAGE);
}

/* Golden case 7. */
static void
usage_adds_up(void **state)
{
	(void)state;
	chunks((const char *const[]){ "{'usageMetadata':{'promptTokenCount':"
	    "27,'candidatesTokenCount':1}}", "{'candidates':[{'finishReason':"
	    "'MAX_TOKENS'}],'usageMetadata':{'promptTokenCount':27,"
	    "'toolUsePromptTokenCount':3185,'candidatesTokenCount':262,"
	    "'thoughtsTokenCount':70,'totalTokenCount':3544}}", NULL });
	adds_up_to("stop length\nusage input 3212 cached 0 written 0 "
	    "output 332 reasoning 70\n");
}

/* Golden case 11. */
static void
a_blocked_prompt_is_a_refusal(void **state)
{
	(void)state;
	whole("{'promptFeedback':{'blockReason':'PROHIBITED_CONTENT'},"
	    "'usageMetadata':{'promptTokenCount':9}}");
	adds_up_to("stop refusal\n"
	    "usage input 9 cached 0 written 0 output 0 reasoning 0\n");
}

/* Golden case 14. */
static void
citations_count_characters(void **state)
{
	(void)state;
	whole("{'candidates':[{'content':{'parts':[{'text':'\xc3\xa9[1]'}]},"
	    "'finishReason':'STOP','groundingMetadata':{'groundingChunks':["
	    "{'web':{'uri':'http://a','title':'A'}}],'groundingSupports':["
	    "{'segment':{'startIndex':2,'endIndex':5,'text':'[1]'},"
	    "'groundingChunkIndices':[0]},{'segment':{'endIndex':99},"
	    "'groundingChunkIndices':[0]}]}}]}");
	adds_up_to("text \"\xc3\xa9[1]\"\n  citation url=\"http://a\" "
	    "title=\"A\" cited=\"[1]\" 1..4\n  citation url=\"http://a\" "
	    "title=\"A\"\nstop end\n" NO_USAGE);
}

static void
cited_under(const char *word)
{
	char	body[256];

	snprintf(body, sizeof(body), "{'candidates':[{'content':{'parts':[{'text':"
	    "'abc'}]},'finishReason':'STOP','citationMetadata':{'%s':[{"
	    "'startIndex':1,'endIndex':3,'uri':'u','license':''}]}}]}", word);
	whole(body);
	adds_up_to("text \"abc\"\n  citation url=\"u\" 1..3\n"
	    "stop end\n" NO_USAGE);
}

static void
citations_of_the_text_itself(void **state)
{
	(void)state;
	cited_under("citationSources");
}

static void
citations_in_the_word_of_vertex(void **state)
{
	(void)state;
	cited_under("citations");
}

static void
citations_are_of_the_open_block(void **state)
{
	(void)state;
	chunks((const char *const[]){ PARTS("{'text':'\xc3\xa9'}"),
	    PARTS("{'executableCode':{'code':'x'}}"), PARTS("{'text':'a'}"),
	    "{'candidates':[{'content':{'parts':[{'text':'b',"
	    "'thoughtSignature':'S'}]},'finishReason':'STOP',"
	    "'groundingMetadata':{'groundingChunks':[{'web':{'uri':'u'}}],"
	    "'groundingSupports':[{'segment':{'startIndex':3,'endIndex':4},"
	    "'groundingChunkIndices':[0]}]}}]}", NULL });
	adds_up_to("text \"\xc3\xa9\"\ntext \"\\n```\\nx\\n```\\n\"\n"
	    "text \"ab\"\n  citation url=\"u\" 1..2\n"
	    "redacted \"\" seal=generate/text item=\"text\" bytes=\"S\"\n"
	    "stop end\n" NO_USAGE);
}

#define GROUNDED(text, supports)					\
	"{'candidates':[{'content':{'parts':[{'text':'" text "'}]},"	\
	"'groundingMetadata':{'groundingChunks':[{'web':{'uri':'u'}}],"	\
	"'groundingSupports':[" supports "]}}]}"
#define SUPPORT(start, end)						\
	"{'segment':{'startIndex':" start ",'endIndex':" end "},"	\
	"'groundingChunkIndices':[0,0]}"

/* Each chunk may tell of all that was found so far. */
static void
a_citation_is_said_once(void **state)
{
	(void)state;
	chunks((const char *const[]){ GROUNDED("ab", SUPPORT("0", "2")),
	    GROUNDED("cd", SUPPORT("0", "2") "," SUPPORT("2", "4")),
	    "{'candidates':[{'finishReason':'STOP'}]}", NULL });
	adds_up_to("text \"abcd\"\n  citation url=\"u\" 0..2\n"
	    "  citation url=\"u\" 2..4\nstop end\n" NO_USAGE);
}

static void
logprobs_are_those_of_openai(void **state)
{
	(void)state;
	whole("{'candidates':[{'content':{'parts':[{'text':'a'}]},"
	    "'finishReason':'STOP','logprobsResult':{'chosenCandidates':["
	    "{'token':'a','logProbability':-0.50}],'topCandidates':["
	    "{'candidates':[{'token':'b','logProbability':-1}]}]}}]}");
	adds_up_to("text \"a\" logprobs={\"token\":\"a\",\"logprob\":-0.50,"
	    "\"bytes\":[97],\"top_logprobs\":[{\"token\":\"b\",\"logprob\":-1,"
	    "\"bytes\":[98]}]}\nstop end\n" NO_USAGE);
}

static void
words_of_the_end_are_known(void **state)
{
	static const struct {
		const char	*word;
		enum stop	 stop;
	} words[] = {
		{ "SAFETY", STOP_REFUSAL }, { "IMAGE_SAFETY", STOP_REFUSAL },
		{ "MAX_TOKENS", STOP_LENGTH }, { "CONTINUATION", STOP_LENGTH },
	};
	static const char *const failures[] = {
		"MALFORMED_FUNCTION_CALL", "TOO_MANY_TOOL_CALLS", "NO_IMAGE",
		"OTHER", "NEW",
	};
	char	json[128];
	size_t	i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		setup(state);
		snprintf(json, sizeof(json), "{'candidates':[{'finishReason':"
		    "'%s'}]}", words[i].word);
		assert_int_equal(chunk(json, false), 0);
		assert_int_equal(blocks_end(&f.blocks), 0);
		assert_int_equal(f.reply.stop, words[i].stop);
		teardown(state);
	}
	for (i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		setup(state);
		snprintf(json, sizeof(json), "{'candidates':[{'finishReason':"
		    "'%s','finishMessage':'why'}]}", failures[i]);
		assert_int_equal(chunk(json, false), -1);
		assert_non_null(strstr(f.reply.problem.message, ": why"));
		teardown(state);
	}
	setup(state);
}

static void
what_makes_no_sense_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(chunk("{}", true), -1);
	adds_up_to("error upstream: the upstream's reply makes no sense: a "
	    "reply without candidates\n");
	teardown(state);
	setup(state);
	assert_int_equal(chunk(PARTS("{'text':'a'}"), false), 0);
	assert_int_equal(blocks_end(&f.blocks), -1);
	assert_true(f.reply.failed);
}

static void
places_are_found_in_long_texts(void **state)
{
	struct generate_offsets	offsets;
	struct escaped		text = escaped_of("a\xc3\xa9\\u20ac\\n");
	int64_t			i, bytes = 0, characters = 0;

	(void)state;
	generate_offsets_init(&offsets, &f.arena);
	for (i = 0; i < 5000; i++)
		assert_int_equal(generate_offsets_add(&offsets, text), 0);
	for (i = 0; i < 5000; i += 7) {
		bytes = i * 7;
		characters = i * 4;
		assert_int_equal(generate_offsets_characters(&offsets,
		    bytes + 3), characters + 2);
		assert_int_equal(generate_offsets_bytes(&offsets,
		    characters + 2), bytes + 3);
		assert_int_equal(generate_offsets_bytes(&offsets,
		    characters + 3), bytes + 6);
	}
	assert_int_equal(generate_offsets_characters(&offsets, 35000), 20000);
	assert_int_equal(generate_offsets_bytes(&offsets, 20000), 35000);
	assert_int_equal(generate_offsets_characters(&offsets, 35001), -1);
	assert_int_equal(generate_offsets_bytes(&offsets, -1), -1);
}

/* A stream may sign a piece in the midst of a text. */
static void
a_text_that_is_signed_midway_is_one(void **state)
{
	(void)state;
	chunks((const char *const[]){
	    PARTS("{'text':'a,','thoughtSignature':'S'}"),
	    PARTS("{'text':' b'}"), LAST("{'text':'.'}"), NULL });
	adds_up_to("text \"a, b.\"\n"
	    "redacted \"\" seal=generate/text item=\"text\" bytes=\"S\"\n"
	    "stop end\n" NO_USAGE);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(a_call_in_pieces_is_one),
		TEST(a_piece_without_a_place_is_nonsense),
		TEST(a_call_keeps_its_seal),
		TEST(parallel_calls_need_no_ids),
		TEST(thoughts_and_text_are_apart),
		TEST(a_seal_on_text_is_told_from_one_behind_it),
		TEST(code_that_ran_is_fenced),
		TEST(usage_adds_up),
		TEST(a_blocked_prompt_is_a_refusal),
		TEST(citations_count_characters),
		TEST(citations_of_the_text_itself),
		TEST(citations_in_the_word_of_vertex),
		TEST(citations_are_of_the_open_block),
		TEST(a_citation_is_said_once),
		TEST(logprobs_are_those_of_openai),
		TEST(words_of_the_end_are_known),
		TEST(what_makes_no_sense_is_an_error),
		TEST(places_are_found_in_long_texts),
		TEST(a_text_that_is_signed_midway_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
