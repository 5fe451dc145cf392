#include "build.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "dialects/convert.h"
#include "dialects/messages/messages.h"
#include "edit/edits.h"
#include "request_cases.h"

/*
 * Bodies of very many small things: what they cost grows as they do, in time and in
 * memory. Were each looked for among all others, a body would take minutes.
 */
#define MANY		150000
#define CPU_MAX_S	20

static struct arena	arena;
static struct buf	body, out;

static int
setup(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)1 << 30, NULL);
	buf_init(&body, 1 << 26, NULL);
	buf_init(&out, 1 << 27, NULL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	buf_release(&out);
	buf_release(&body);
	arena_release(&arena);
	return 0;
}

/* That text, with ' for ", so many times with commas between. */
static void
repeat(size_t count, const char *quoted)
{
	const char	*json = json_of(&arena, quoted);
	size_t		 i;

	for (i = 0; i < count; i++)
		buf_printf(&body, "%s%s", i > 0 ? "," : "", json);
}

static void
add(const char *quoted)
{
	buf_puts(&body, json_of(&arena, quoted));
}

/* The body is converted, whether or not it is refused, soon enough. */
static void
is_soon_converted(enum dialect_kind client, enum dialect_kind upstream)
{
	struct request_case	 c;
	struct convert		 convert = { .client = client,
				    .upstream = upstream };
	struct json_document	 document;
	clock_t			 began = clock();

	case_start(&c, client, upstream);
	c.model.openai_reasoning = c.model.openai_reasoning_said = true;
	convert.policy = &c.policy;
	tool_names_init(&convert.names, &arena);
	json_init(&document, NULL);
	assert_int_equal(json_scan(&document, body.at, body.length, NULL), 0);
	(void)convert_request(&convert, &arena, json_root(&document), &out,
	    &c.problem);
	assert_true((clock() - began) / CLOCKS_PER_SEC < CPU_MAX_S);
	json_release(&document);
	case_end(&c);
}

static void
results_without_id(void **state)
{
	(void)state;
	add("{'messages':[{'role':'user','content':'a'},{'role':'assistant',"
	    "'tool_calls':[");
	repeat(MANY, "{'function':{'name':'a','arguments':'{}'}}");
	add("]},");
	repeat(MANY, "{'role':'tool','content':'b'}");
	add("]}");
	is_soon_converted(DIALECT_CHAT, DIALECT_MESSAGES);
}

static void
tools_that_come_and_go(void **state)
{
	size_t	i;

	(void)state;
	add("{'max_tokens':9,'tools':[{'name':'z','input_schema':"
	    "{'type':'object'}},");
	for (i = 0; i < MANY / 2; i++)
		buf_printf(&body, "%s{\"name\":\"a%zu\",\"input_schema\":{}}",
		    i > 0 ? "," : "", i);
	add("],'messages':[{'role':'user','content':'a'},{'role':'system',"
	    "'content':[");
	for (i = 0; i < MANY / 2; i++)
		buf_printf(&body, "%s{\"type\":\"tool_removal\",\"tool\":"
		    "{\"type\":\"tool_reference\",\"name\":\"a%zu\"}}",
		    i > 0 ? "," : "", MANY / 2 - 1 - i);
	add("]}]}");
	is_soon_converted(DIALECT_MESSAGES, DIALECT_CHAT);
}

static void
searches(void **state)
{
	size_t	i;

	(void)state;
	add("{'input':'a','tools':[");
	for (i = 0; i < MANY; i++)
		buf_printf(&body, "{\"type\":\"function\",\"name\":\"a%zu\"},",
		    i);
	repeat(MANY, "{'type':'web_search'}");
	add("]}");
	is_soon_converted(DIALECT_RESPONSES, DIALECT_MESSAGES);
}

static void
properties_that_are_required(void **state)
{
	size_t	i;

	(void)state;
	add("{'max_tokens':9,'messages':[{'role':'user','content':'a'}],"
	    "'tools':[{'name':'a','strict':true,'input_schema':{"
	    "'type':'object','additionalProperties':false,'required':[");
	for (i = 0; i < 5000; i++)
		buf_printf(&body, "\"b%zu\",", i);
	add("'a'],'properties':{");
	repeat(2 * MANY, "'a':{'type':'string'}");
	add("}}}]}");
	is_soon_converted(DIALECT_MESSAGES, DIALECT_RESPONSES);
}

static void
phases_of_messages(void **state)
{
	(void)state;
	add("{'max_tokens':9,'messages':[{'role':'user','content':'a'},"
	    "{'role':'assistant','content':[");
	repeat(MANY / 2, "{'type':'text','text':'a'},"
	    "{'type':'thinking','thinking':''}");
	add("]},{'role':'user','content':'a'}]}");
	is_soon_converted(DIALECT_MESSAGES, DIALECT_RESPONSES);
}

static void
seals_without_text(void **state)
{
	struct seal	seal = { .dialect = DIALECT_GENERATE,
			    .place = SEAL_TEXT, .model = text_of("claude"),
			    .bytes = text_of("AAAA") };
	struct buf	packed;
	char		block[256];

	(void)state;
	buf_init(&packed, sizeof(block), NULL);
	assert_int_equal(seal_pack(&packed, &seal), 0);
	snprintf(block, sizeof(block),
	    "{'type':'redacted_thinking','data':'%s'}", packed.at);
	buf_release(&packed);
	add("{'max_tokens':9,'messages':[{'role':'user','content':'a'},"
	    "{'role':'assistant','content':[");
	repeat(MANY, block);
	add("]},{'role':'user','content':'a'}]}");
	is_soon_converted(DIALECT_MESSAGES, DIALECT_GENERATE);
}

/* 32 KB of a header, in no more memory than a few times that. */
static void
betas(void **state)
{
	struct model		 model = { .id = "*" };
	const struct policy	 policy = { .model = &model };
	struct arena		 small;
	const char		*list;
	size_t			 i;

	(void)state;
	for (i = 0; i < 8000; i++)
		buf_printf(&body, "%c%c%c,", (int)('a' + i % 26),
		    (int)('a' + i / 26 % 26), (int)('a' + i / 676 % 26));
	arena_init(&small, 1 << 20, NULL);
	list = messages_join_betas(&small, body.at, &policy);
	assert_non_null(list);
	assert_int_equal(strlen(list), 5 * 8000 - 2);
	arena_release(&small);
}

static void
is_soon_edited(size_t memory)
{
	struct request_case	 c;
	struct losses		 lost = { .bits = { 0 } };
	struct edits		 edits;
	struct arena		 small;
	struct json_document	 document;
	clock_t			 began = clock();

	case_start(&c, DIALECT_MESSAGES, DIALECT_MESSAGES);
	c.model.mid_system_refused = true;
	c.model.prefill = false;
	arena_init(&small, memory, NULL);
	json_init(&document, NULL);
	assert_int_equal(json_scan(&document, body.at, body.length, NULL), 0);
	edits_start(&edits, &document, &small);
	assert_int_equal(messages_edit_request(&edits, json_root(&document),
	    &c.policy, &lost, &c.problem), 0);
	assert_int_equal(edits_finish(&edits), 0);
	assert_true((clock() - began) / CLOCKS_PER_SEC < CPU_MAX_S);
	json_release(&document);
	arena_release(&small);
	case_end(&c);
}

/* Those that become a user's text, in little memory. */
static void
system_messages(void **state)
{
	(void)state;
	add("{'messages':[{'role':'user','content':'a'},");
	repeat(10000, "{'role':'system','content':'b'}");
	add("]}");
	is_soon_edited(1 << 24);
}

/* The same key again and again, each time with what must be ended. */
static void
prefills(void **state)
{
	(void)state;
	add("{");
	repeat(MANY, "'messages':[{'role':'assistant'}]");
	add("}");
	is_soon_edited(1 << 28);
}

int
main(void)
{
#define TEST(t)	cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest	tests[] = {
		TEST(results_without_id),
		TEST(tools_that_come_and_go),
		TEST(searches),
		TEST(properties_that_are_required),
		TEST(phases_of_messages),
		TEST(seals_without_text),
		TEST(betas),
		TEST(system_messages),
		TEST(prefills),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
