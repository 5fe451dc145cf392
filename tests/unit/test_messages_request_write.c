#include "build.h"

#include "messages_cases.h"

static struct request_case	c;

static void
writes(void)
{
	assert_int_equal(case_write(&c), 0);
}

static int
setup(void **state)
{
	(void)state;
	case_start(&c, DIALECT_RESPONSES, DIALECT_MESSAGES);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	case_end(&c);
	return 0;
}

static void
tools_are_declared_and_called_by_the_same_name(void **state)
{
	struct tool	*tool;

	(void)state;
	tool = declare(&c, TOOL_FUNCTION, "spawn");
	tool->namespace_name = text_of("agents.v1");
	tool->description = escaped_of("d");
	tool->schema = case_value(&c, "{'type':'object','properties':{}}");
	tool->strict = 0;
	tool = declare(&c, TOOL_CUSTOM, "patch");
	tool->syntax = text_of("lark");
	tool->grammar = escaped_of("start: x");
	say(&c, ROLE_USER, "hi");
	call(&c, "c.1", "spawn", "{'a':1}")->namespace_name =
	    text_of("agents.v1");
	call(&c, "c2", "spawn", "")->namespace_name = text_of("agents.v1");
	call(&c, "c3", "patch", "[oops");
	answer(&c, "c2", "two");
	answer(&c, "c3", "three");
	answer(&c, "c.1", "one");
	c.request.parallel = 0;
	writes();
	holds(&c, "'description':'d','input_schema':{'type':'object',"
	    "'properties':{}}");
	holds(&c, "{'name':'patch','description':'\\n\\nThe input follows "
	    "this lark grammar:\\nstart: x','input_schema':{'type':'object',"
	    "'properties':{'input':{'type':'string'}},'required':['input']}");
	holds(&c, "'tool_choice':{'type':'auto',"
	    "'disable_parallel_tool_use':true}");
	holds(&c, "'input':{'a':1}}");
	holds(&c, "'input':{}}");
	holds(&c, "'name':'patch','input':{'_raw':'[oops'}");
	lacks(&c, "agents.v1");
	lacks(&c, "c.1");
	assert_ptr_equal(strstr(c.text.at, "strict"), NULL);
	assert_string_equal(case_losses(&c), "grammar");
	/* Results stand in the order of their calls. */
	assert_true(strstr(c.text.at, "one") < strstr(c.text.at, "two"));
}

static void
a_strict_tool_is_reported(void **state)
{
	(void)state;
	declare(&c, TOOL_FUNCTION, "f")->strict = 1;
	say(&c, ROLE_USER, "hi");
	writes();
	lacks(&c, "strict");
	assert_string_equal(case_losses(&c), "tool_strict");
}

static void
properties_it_cannot_name_are_told_in_words(void **state)
{
	(void)state;
	declare(&c, TOOL_FUNCTION, "f")->schema = case_value(&c,
	    "{'type':'object','properties':{'$top':{},'a':{}}}");
	say(&c, ROLE_USER, "hi");
	writes();
	holds(&c, "whole schema: {\\'type\\':\\'object\\',\\'properties\\':"
	    "{\\'$top\\':{},\\'a\\':{}}}','input_schema':{'type':'object',"
	    "'properties':{'a':{}}}}");
	assert_string_equal(case_losses(&c), "schema_keywords");
	case_end(&c);
	case_start(&c, DIALECT_MESSAGES, DIALECT_MESSAGES);
	declare(&c, TOOL_FUNCTION, "f")->schema = case_value(&c,
	    "{'type':'object','properties':{'$top':{},'a':{}}}");
	say(&c, ROLE_USER, "hi");
	writes();
	holds(&c, "{'name':'f','input_schema':{'type':'object','properties':"
	    "{'$top':{},'a':{}}}}");
	assert_string_equal(case_losses(&c), "");
}

static void
a_search_is_mapped_unless_its_name_is_taken(void **state)
{
	struct tool	*tool = declare(&c, TOOL_SERVER, "");

	(void)state;
	tool->type = text_of("web_search");
	tool->raw = case_value(&c, "{'type':'web_search','filters':"
	    "{'allowed_domains':['a.org']},'user_location':{'type':"
	    "'approximate','city':'Rome','region':null}}");
	say(&c, ROLE_USER, "hi");
	writes();
	holds(&c, "'tools':[{'type':'web_search_20250305','name':"
	    "'web_search','allowed_domains':['a.org'],'user_location':{'type':"
	    "'approximate','city':'Rome'}");
	tool->wire.length = 0;
	declare(&c, TOOL_FUNCTION, "web_search");
	writes();
	lacks(&c, "web_search_2025");
	assert_string_equal(case_losses(&c), "builtin_tool");
}

static void
seal(struct part *part, enum dialect_kind dialect, const char *model)
{
	part->seal = arena_calloc(&c.arena, 1, sizeof(*part->seal));
	part->seal->dialect = dialect;
	part->seal->model = text_of(model);
	part->seal->bytes = text_of("SIG");
}

static void
think(struct turn *turn, enum part_kind kind)
{
	seal(turn_add_part(&c.request, turn, kind), DIALECT_MESSAGES, "claude");
}

static void
only_own_thinking_goes_back(void **state)
{
	struct turn	*turn;

	(void)state;
	say(&c, ROLE_USER, "hi");
	turn = request_add_turn(&c.request, ROLE_ASSISTANT);
	think(turn, PART_THINKING);
	think(turn, PART_REDACTED);
	turn->last->seal->place = SEAL_REDACTED;
	think(turn, PART_REDACTED);
	seal(turn_add_part(&c.request, turn, PART_REDACTED),
	    DIALECT_MESSAGES, "claude-2");
	turn_add_part(&c.request, turn, PART_THINKING)->text =
	    escaped_of("unsealed");
	turn_add_part(&c.request, turn, PART_TEXT)->text = escaped_of("so");
	turn = request_add_turn(&c.request, ROLE_USER);
	turn_add_part(&c.request, turn, PART_TEXT)->text = escaped_of("on");
	turn = request_add_turn(&c.request, ROLE_ASSISTANT);
	seal(turn_add_part(&c.request, turn, PART_THINKING),
	    DIALECT_RESPONSES, "claude");
	say(&c, ROLE_USER, "more");
	writes();
	holds(&c, "{'role':'assistant','content':[{'type':'thinking',"
	    "'thinking':'','signature':'SIG'},{'type':'redacted_thinking',"
	    "'data':'SIG'},{'type':'thinking','thinking':'','signature':"
	    "'SIG'},{'type':'text','text':'so'}]}");
	/* The turn that held nothing else is gone, its neighbours are one. */
	holds(&c, "{'role':'user','content':[{'type':'text','text':'on'},"
	    "{'type':'text','text':'more'}]}");
	assert_string_equal(case_losses(&c), "seal, thinking");
	c.policy.no_seals = true;
	writes();
	holds(&c, "{'role':'assistant','content':[{'type':'text','text':"
	    "'so'}]}");
}

/* One that was cut while it thought is sent back. */
static void
no_turn_ends_with_thinking(void **state)
{
	struct turn	*turn;

	(void)state;
	say(&c, ROLE_USER, "hi");
	turn = request_add_turn(&c.request, ROLE_ASSISTANT);
	think(turn, PART_THINKING);
	say(&c, ROLE_USER, "go on");
	turn = request_add_turn(&c.request, ROLE_ASSISTANT);
	turn_add_part(&c.request, turn, PART_TEXT)->text = escaped_of("well");
	think(turn, PART_REDACTED);
	say(&c, ROLE_USER, "and");
	writes();
	holds(&c, "[{'role':'user','content':[{'type':'text','text':'hi'},"
	    "{'type':'text','text':'go on'}]},{'role':'assistant','content':["
	    "{'type':'text','text':'well'}]},{'role':'user'");
	assert_string_equal(case_losses(&c), "thinking");
}

static void
thinking_needs_a_beginning_in_a_tool_round(void **state)
{
	struct part	*thought;

	(void)state;
	declare(&c, TOOL_FUNCTION, "f");
	say(&c, ROLE_USER, "hi");
	call(&c, "1", "f", "{}");
	answer(&c, "1", "r");
	c.request.effort = EFFORT_LOW;
	writes();
	lacks(&c, "budget_tokens");
	assert_string_equal(case_losses(&c), "thinking");
	thought = arena_calloc(&c.arena, 1, sizeof(*thought));
	thought->kind = PART_THINKING;
	seal(thought, DIALECT_MESSAGES, "claude");
	thought->next = c.request.turns->next->parts;
	c.request.turns->next->parts = thought;
	writes();
	holds(&c, "budget_tokens");
}

static void
thinking_needs_a_beginning_before_a_prefill(void **state)
{
	(void)state;
	say(&c, ROLE_USER, "json");
	say(&c, ROLE_ASSISTANT, "{");
	c.request.effort = EFFORT_LOW;
	writes();
	lacks(&c, "budget_tokens");
	assert_string_equal(case_losses(&c), "thinking");
}

/* Golden case 5. */
static void
system_turns_stay_where_the_model_takes_them(void **state)
{
	(void)state;
	say(&c, ROLE_USER, "a");
	say(&c, ROLE_SYSTEM, "s");
	say(&c, ROLE_USER, "b");
	c.model.mid_system = true;
	writes();
	holds(&c, "[{'role':'user','content':[{'type':'text','text':'a'},"
	    "{'type':'text','text':'b'}]},{'role':'system','content':["
	    "{'type':'text','text':'s'}]}");
}

static void
system_turns_become_tagged_text_elsewhere(void **state)
{
	(void)state;
	say(&c, ROLE_USER, "a");
	say(&c, ROLE_SYSTEM, "s");
	say(&c, ROLE_USER, "b");
	writes();
	holds(&c, "[{'role':'user','content':[{'type':'text','text':'a'},"
	    "{'type':'text','text':'<system>\\ns\\n</system>'},"
	    "{'type':'text','text':'b'");
	assert_string_equal(case_losses(&c), "system_position");
}

static void
system_text_alone_is_asked(void **state)
{
	(void)state;
	request_add_system(&c.request, escaped_of("one"));
	request_add_system(&c.request, escaped_of("two"));
	writes();
	wrote(&c, "{'model':'claude','system':[{'type':'text','text':'one'}],"
	    "'messages':[{'role':'user','content':[{'type':'text','text':"
	    "'two'}]}],'max_tokens':32000}");
	case_end(&c);
	setup(NULL);
	assert_int_equal(case_write(&c), -1);
	assert_int_equal(c.problem.kind, PROBLEM_INVALID);
}

static void
a_prefill_is_trimmed_or_continued(void **state)
{
	(void)state;
	say(&c, ROLE_USER, "hi");
	say(&c, ROLE_ASSISTANT, "Sure: \n\t");
	writes();
	holds(&c, "'text':'Sure:'");
	c.model.prefill = false;
	writes();
	holds(&c, "{'role':'user','content':[{'type':'text','text':"
	    "'Continue.'");
	assert_string_equal(case_losses(&c), "prefill");
}

static void
pairs_are_demanded(void **state)
{
	(void)state;
	say(&c, ROLE_USER, "hi");
	call(&c, "lonely", "f", "{}");
	assert_int_equal(case_write(&c), -1);
	assert_non_null(strstr(c.problem.message, "lonely"));
}

static struct part *
attach(enum part_kind kind)
{
	struct turn	*turn = request_turn(&c.request, ROLE_USER);

	return turn_add_part(&c.request, turn, kind);
}

/* Its place is behind a user's turn, and before the assistant's or at the end. */
static void
a_system_turn_has_its_place_once_others_are_dropped(void **state)
{
	(void)state;
	c.model.mid_system = true;
	say(&c, ROLE_USER, "a");
	say(&c, ROLE_SYSTEM, "s");
	say(&c, ROLE_ASSISTANT, "");
	say(&c, ROLE_USER, "b");
	writes();
	holds(&c, "'messages':[{'role':'user','content':[{'type':'text','text':"
	    "'a'},{'type':'text','text':'b'}]},{'role':'system','content':"
	    "[{'type':'text','text':'s'}]}]");
}

static void
a_system_turn_with_a_file_is_the_users(void **state)
{
	struct part	*part;

	(void)state;
	c.model.mid_system = true;
	say(&c, ROLE_USER, "a");
	say(&c, ROLE_SYSTEM, "s");
	part = turn_add_part(&c.request, c.request.last, PART_IMAGE);
	part->media.url = escaped_of("https://x/y.png");
	writes();
	holds(&c, "'messages':[{'role':'user','content':[{'type':'text','text':"
	    "'a'},{'type':'text','text':'<system>\\ns\\n</system>'},"
	    "{'type':'image','source':{'type':'url','url':'https://x/y.png'}}");
	assert_string_equal(case_losses(&c), "system_position");
}

static void
a_system_turn_behind_the_assistant_is_the_users(void **state)
{
	(void)state;
	c.model.mid_system = true;
	say(&c, ROLE_USER, "a");
	say(&c, ROLE_ASSISTANT, "x");
	say(&c, ROLE_USER, "");
	say(&c, ROLE_SYSTEM, "s");
	writes();
	lacks(&c, "'role':'system'");
}

static void
an_image_that_the_model_does_not_read_is_told_of(void **state)
{
	(void)state;
	attach(PART_IMAGE)->media.url = escaped_of("https://x/y.png");
	c.model.inputs = 1u << MODALITY_TEXT;
	writes();
	holds(&c, "{'type':'text','text':'" IMAGE_UNREAD "'}");
	lacks(&c, "'image'");
	assert_string_equal(case_losses(&c), "image");
}

static void
files_are_what_they_are(void **state)
{
	struct part	*part;

	(void)state;
	part = attach(PART_IMAGE);
	part->media.media_type = text_of("image/png");
	part->media.data = escaped_of("/9j/AAAA");
	part->media.detail = text_of("high");
	part = attach(PART_IMAGE);
	part->media.url = escaped_of("https://x/y.png");
	part = attach(PART_DOCUMENT);
	part->media.media_type = text_of("text/csv");
	part->media.data = escaped_of("YSxiCg==");
	part = attach(PART_DOCUMENT);
	part->media.data = escaped_of("JVBERi0xLjQ=");
	part->media.title = escaped_of("t.pdf");
	writes();
	holds(&c, "{'type':'image','source':{'type':'base64','media_type':"
	    "'image/jpeg','data':'/9j/AAAA'}},{'type':'image','source':"
	    "{'type':'url','url':'https://x/y.png'}},{'type':'document',"
	    "'source':{'type':'text','media_type':'text/plain','data':"
	    "'a,b\\n'}},{'type':'document','source':{'type':'base64',"
	    "'media_type':'application/pdf','data':'JVBERi0xLjQ='},"
	    "'title':'t.pdf'}");
	assert_string_equal(case_losses(&c), "image_detail");
	attach(PART_AUDIO);
	assert_int_equal(case_write(&c), -1);
}

static void
foreign_files_are_refused(void **state)
{
	(void)state;
	attach(PART_IMAGE)->media.file_id = escaped_of("file-1");
	assert_int_equal(case_write(&c), -1);
	assert_non_null(strstr(c.problem.message, "a file id"));
	teardown(NULL);
	setup(NULL);
	attach(PART_IMAGE)->media.url = escaped_of("gs://x");
	assert_int_equal(case_write(&c), -1);
	teardown(NULL);
	setup(NULL);
	attach(PART_IMAGE)->media = (struct media){
	    .media_type = text_of("image/heic"), .data = escaped_of("AAAA") };
	assert_int_equal(case_write(&c), -1);
	assert_non_null(strstr(c.problem.message, "image/heic"));
	teardown(NULL);
	setup(NULL);
	attach(PART_DOCUMENT)->media = (struct media){
	    .media_type = text_of("application/zip"),
	    .data = escaped_of("AAAA") };
	assert_int_equal(case_write(&c), -1);
}

/* Golden case 12. */
static void
images_stand_inside_results(void **state)
{
	struct part	*part;

	(void)state;
	say(&c, ROLE_USER, "hi");
	call(&c, "1", "f", "");
	part = answer(&c, "1", " ");
	part_add_content(&c.request, part, PART_IMAGE)->media = (struct media){
	    .media_type = text_of("image/png"), .data = escaped_of("AAAA") };
	part->failed = true;
	writes();
	holds(&c, "'name':'f','input':{}}]}");
	holds(&c, "{'type':'tool_result','tool_use_id':'1','content':["
	    "{'type':'text','text':'Error: '},"
	    "{'type':'image','source':{'type':'base64','media_type':"
	    "'image/png','data':'AAAA'}}]}");
	lacks(&c, "is_error");
	lacks(&c, "tool_choice");
}

/* The API takes words of it, and nothing else. */
static void
a_tool_that_failed_says_so_in_words(void **state)
{
	(void)state;
	say(&c, ROLE_USER, "hi");
	call(&c, "1", "f", "");
	call(&c, "2", "f", "");
	answer(&c, "1", " ")->failed = true;
	answer(&c, "2", "no file")->failed = true;
	writes();
	holds(&c, "'tool_use_id':'1','content':[{'type':'text','text':"
	    "'Error: '}],'is_error':true}");
	holds(&c, "'tool_use_id':'2','content':[{'type':'text','text':"
	    "'no file'}],'is_error':true}");
}

static void
at_most_four_marks_are_written(void **state)
{
	int	i;

	(void)state;
	c.request.from = DIALECT_CHAT;
	declare(&c, TOOL_FUNCTION, "f")->cache = CACHE_5M;
	for (i = 0; i < 4; i++)
		say(&c, ROLE_USER, "x")->cache = CACHE_1H;
	writes();
	lacks(&c, "properties\":{}},\"cache_control");
	holds(&c, "[{'type':'text','text':'x','cache_control':"
	    "{'type':'ephemeral','ttl':'1h'}}");
	assert_string_equal(case_losses(&c), "cache_control");
}

static void
an_hour_never_follows_five_minutes(void **state)
{
	(void)state;
	say(&c, ROLE_USER, "a")->cache = CACHE_5M;
	say(&c, ROLE_USER, "b")->cache = CACHE_1H;
	writes();
	lacks(&c, "ttl");
}

static void
long_conversations_of_others_are_cached(void **state)
{
	char	text[5000];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	declare(&c, TOOL_FUNCTION, "f");
	say(&c, ROLE_USER, "hi");
	writes();
	lacks(&c, "cache_control");
	say(&c, ROLE_USER, text);
	say(&c, ROLE_USER, "hi");
	writes();
	holds(&c, "'properties':{}},'cache_control':{'type':'ephemeral'}}");
	holds(&c, "'text':'hi','cache_control':{'type':'ephemeral'}}");
	teardown(NULL);
	setup(NULL);
	request_add_system(&c.request, escaped_of(text));
	request_add_system(&c.request, escaped_of("two"));
	say(&c, ROLE_USER, "hi");
	writes();
	lacks(&c, "cache_control");
	c.request.prompt_cache_key = escaped_of("k");
	writes();
	holds(&c, "{'type':'text','text':'two',"
	    "'cache_control':{'type':'ephemeral'}}]");
}

/* Golden case 13. */
static void
a_format_is_written_closed(void **state)
{
	(void)state;
	say(&c, ROLE_USER, "hi");
	c.request.format.kind = FORMAT_SCHEMA;
	c.request.format.schema = case_value(&c, "{'type':'object',"
	    "'properties':{'n':{'type':'integer','minimum':1}}}");
	writes();
	holds(&c, "'output_config':{'format':{'type':'json_schema','schema':"
	    "{'type':'object','properties':{'n':{'type':'integer'}},"
	    "'additionalProperties':false}}}");
	assert_string_equal(case_losses(&c), "schema_keywords");
	c.request.format.kind = FORMAT_JSON;
	writes();
	assert_string_equal(case_losses(&c), "json_object, schema_keywords");
}

static void
the_same_request_is_written_the_same(void **state)
{
	struct text	first;

	(void)state;
	say(&c, ROLE_USER, "hi");
	call(&c, "call:1", "a.b", "{}");
	answer(&c, "call:1", "r");
	writes();
	first = (struct text){ arena_strdup(&c.arena, c.text.at),
	    c.text.length };
	writes();
	assert_true(text_same(first, (struct text){ c.text.at,
	    c.text.length }));
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

/* Where neither files nor their pages as images can be read. */
static void
a_file_that_the_model_does_not_read_is_told_of(void **state)
{
	struct part	*part = attach(PART_DOCUMENT);

	(void)state;
	part->media.data = escaped_of("JVBERi0xLjQ=");
	c.model.inputs = 1u << MODALITY_TEXT | 1u << MODALITY_IMAGE;
	writes();
	holds(&c, "'type':'document'");
	c.model.inputs = 1u << MODALITY_TEXT;
	writes();
	holds(&c, "{'type':'text','text':'" FILE_UNREAD "'}");
	assert_string_equal(case_losses(&c), "document");
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(tools_are_declared_and_called_by_the_same_name),
		TEST(a_strict_tool_is_reported),
		TEST(properties_it_cannot_name_are_told_in_words),
		TEST(a_search_is_mapped_unless_its_name_is_taken),
		TEST(only_own_thinking_goes_back),
		TEST(no_turn_ends_with_thinking),
		TEST(thinking_needs_a_beginning_in_a_tool_round),
		TEST(thinking_needs_a_beginning_before_a_prefill),
		TEST(system_turns_stay_where_the_model_takes_them),
		TEST(system_turns_become_tagged_text_elsewhere),
		TEST(system_text_alone_is_asked),
		TEST(a_prefill_is_trimmed_or_continued),
		TEST(pairs_are_demanded),
		TEST(a_system_turn_has_its_place_once_others_are_dropped),
		TEST(a_system_turn_with_a_file_is_the_users),
		TEST(a_system_turn_behind_the_assistant_is_the_users),
		TEST(an_image_that_the_model_does_not_read_is_told_of),
		TEST(files_are_what_they_are),
		TEST(foreign_files_are_refused),
		TEST(images_stand_inside_results),
		TEST(a_tool_that_failed_says_so_in_words),
		TEST(at_most_four_marks_are_written),
		TEST(an_hour_never_follows_five_minutes),
		TEST(long_conversations_of_others_are_cached),
		TEST(a_format_is_written_closed),
		TEST(the_same_request_is_written_the_same),
		TEST(a_file_that_the_model_does_not_read_is_told_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
