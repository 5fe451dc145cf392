#include "build.h"

#include "messages_cases.h"

static struct request_case	c;

static void
reads(const char *quoted, const char *expected)
{
	case_start(&c, DIALECT_MESSAGES, DIALECT_CHAT);
	assert_int_equal(case_read(&c, quoted), 0);
	shows(&c, expected);
}

static void
refuses(const char *quoted, const char *parameter, const char *message)
{
	case_start(&c, DIALECT_MESSAGES, DIALECT_CHAT);
	assert_int_equal(case_read(&c, quoted), -1);
	assert_int_equal(c.problem.kind, PROBLEM_INVALID);
	assert_string_equal(c.problem.parameter, parameter);
	assert_non_null(strstr(c.problem.message, message));
	case_end(&c);
}

static void
system_text_comes_in_every_shape(void **state)
{
	(void)state;
	reads("{'model':'m','system':'be','messages':[{'role':'user',"
	    "'content':'hi'}]}", "system text \"be\"\nuser\n  text \"hi\"\n");
	case_end(&c);
	reads("{'model':'m','system':[{'type':'text','text':"
	    "'x-anthropic-billing-header: cc=1'},{'type':'text','text':'a',"
	    "'cache_control':{'type':'ephemeral','ttl':'1h'}},"
	    "{'type':'text','text':'b','cache_control':{'type':'ephemeral'}}],"
	    "'messages':[{'role':'system','content':'first'},"
	    "{'role':'user','content':'hi'},{'role':'system','content':"
	    "[{'type':'text','text':'mid'}],'output_config':{'effort':'low'}},"
	    "{'role':'assistant','content':'ok'}]}",
	    "system text \"a\" cache=1h\nsystem text \"b\" cache=5m\n"
	    "system text \"first\"\nuser\n  text \"hi\"\nsystem\n"
	    "  text \"mid\"\nassistant\n  text \"ok\"\neffort low\n");
	assert_string_equal(case_losses(&c), "billing_header");
	case_end(&c);
}

static void
calls_and_results_keep_their_content(void **state)
{
	(void)state;
	reads("{'messages':[{'role':'assistant','content':["
	    "{'type':'tool_use','id':'t1','name':'Read','input':{ 'a' : 1},"
	    "'caller':{'type':'direct'}}]},{'role':'user','content':["
	    "{'type':'tool_result','tool_use_id':'t1','is_error':true,"
	    "'cache_control':{'type':'ephemeral'},'content':["
	    "{'type':'text','text':'x'},{'type':'image','source':{'type':"
	    "'base64','media_type':'image/png','data':'AAAA'}},"
	    "{'type':'tool_reference','tool_name':'Web'}]},"
	    "{'type':'tool_result','tool_use_id':'t2','content':'plain'},"
	    "{'type':'tool_result','tool_use_id':'t3'}]}]}",
	    "assistant\n  call id=\"t1\" name=\"Read\" {\"a\":1}\n"
	    "user\n  result id=\"t1\" cache=5m failed\n    text \"x\"\n"
	    "    image type=\"image/png\" data=\"AAAA\"\n"
	    "    text \"Tool Web is loaded.\"\n"
	    "  result id=\"t2\"\n    text \"plain\"\n  result id=\"t3\"\n");
	case_end(&c);
}

static void
documents_and_search_results_are_read(void **state)
{
	(void)state;
	reads("{'messages':[{'role':'user','content':["
	    "{'type':'document','title':'T','source':{'type':'base64',"
	    "'media_type':'application/pdf','data':'JVBERi0='},"
	    "'citations':{'enabled':true}},"
	    "{'type':'document','context':'about','source':{'type':'text',"
	    "'media_type':'text/plain','data':'plain'}},"
	    "{'type':'document','title':'C','source':{'type':'content',"
	    "'content':[{'type':'text','text':'in'}]}},"
	    "{'type':'document','source':{'type':'url','url':'https://u'}},"
	    "{'type':'image','source':{'type':'file','file_id':'f1'}},"
	    "{'type':'search_result','source':'https://s','title':'S',"
	    "'content':[{'type':'text','text':'found'}]},"
	    "{'type':'container_upload','file_id':'f'}]}]}",
	    "user\n  document type=\"application/pdf\" data=\"JVBERi0=\" "
	    "title=\"T\"\n  text \"about\"\n"
	    "  document \"plain\" type=\"text/plain\"\n  text \"C\"\n"
	    "  text \"in\"\n  document url=\"https://u\"\n"
	    "  image file=\"f1\"\n  text \"S (https://s):\"\n"
	    "  text \"found\"\n");
	assert_string_equal(case_losses(&c), "citations, container_upload");
	case_end(&c);
}

/* Golden case 3, and what a foreign seal looks like on its way back. */
static void
thinking_keeps_its_seal(void **state)
{
	(void)state;
	reads("{'model':'claude','messages':[{'role':'assistant','content':["
	    "{'type':'thinking','thinking':'','signature':'CAIS7Q'},"
	    "{'type':'redacted_thinking','data':'RED'},"
	    "{'type':'thinking','thinking':'open','signature':''},"
	    "{'type':'thinking','thinking':'sum','signature':"
	    "'d2a1.rtp.Z3B0LTU.cnNfMQ.ENC'},"
	    "{'type':'server_tool_use','id':'srvtoolu_1','name':'web_search',"
	    "'input':{}}]}]}",
	    "assistant\n  thinking seal=messages/thinking bytes=\"CAIS7Q\"\n"
	    "  redacted seal=messages/redacted bytes=\"RED\"\n"
	    "  thinking \"open\"\n"
	    "  thinking \"sum\" seal=responses/thinking item=\"rs_1\" "
	    "bytes=\"ENC\"\n"
	    "  server raw={\"type\":\"server_tool_use\",\"id\":\"srvtoolu_1\","
	    "\"name\":\"web_search\",\"input\":{}}\n");
	case_end(&c);
}

static void
tools_of_every_kind_are_told_apart(void **state)
{
	const struct tool	*tool;

	(void)state;
	case_start(&c, DIALECT_MESSAGES, DIALECT_CHAT);
	assert_int_equal(case_read(&c, "{'tools':["
	    "{'name':'a','description':'d','input_schema':{'type':'object'},"
	    "'strict':true,'input_examples':[{}]},"
	    "{'type':'custom','name':'b','input_schema':{'type':'object'},"
	    "'defer_loading':true,'eager_input_streaming':true},"
	    "{'name':'DeferredToolPlaceholder','defer_loading':true,"
	    "'input_schema':{'type':'object'}},"
	    "{'type':'bash_20250124','name':'bash'},"
	    "{'type':'computer_20250124','name':'computer',"
	    "'display_width_px':1024,'display_height_px':768},"
	    "{'type':'text_editor_20250728','name':'edit'},"
	    "{'type':'web_search_20250305','name':'web_search','max_uses':8},"
	    "{'type':'mcp_toolset','mcp_server_name':'x'}],"
	    "'tool_choice':{'type':'tool','name':'bash',"
	    "'disable_parallel_tool_use':true},'messages':[{'role':"
	    "'assistant','content':[{'type':'tool_use','id':'1','name':'bash',"
	    "'input':{}}]}]}"), 0);
	assert_string_equal(case_losses(&c), "mcp_servers, tool_examples");
	tool = c.request.tools;
	assert_int_equal(tool->kind, TOOL_FUNCTION);
	assert_int_equal(tool->strict, 1);
	tool = tool->next;
	assert_true(text_equals(tool->name, "b"));
	assert_int_equal(tool->strict, -1);
	tool = tool->next;
	assert_int_equal(tool->kind, TOOL_CLIENT);
	assert_true(json_is(json_get(json_get(tool->schema, "properties"),
	    "command"), JSON_OBJECT));
	tool = tool->next;
	assert_non_null(memmem(tool->description.at, tool->description.length,
	    "1024 x 768", 10));
	tool = tool->next;
	assert_true(json_is(json_get(json_get(tool->schema, "properties"),
	    "insert_text"), JSON_OBJECT));
	tool = tool->next;
	assert_int_equal(tool->kind, TOOL_SERVER);
	assert_true(text_equals(tool->type, "web_search_20250305"));
	assert_null(tool->next);
	assert_int_equal(c.request.choice.kind, CHOICE_TOOL);
	assert_int_equal(c.request.parallel, 0);
	assert_int_equal(c.request.turns->parts->tool, TOOL_CLIENT);
	case_end(&c);
}

#define HI	"'messages':[{'role':'user','content':'hi'}]"
#define HI_SHOWN	"user\n  text \"hi\"\n"

static void
settings_are_read(void **state)
{
	(void)state;
	reads("{'model':'m','max_tokens':1e3,'temperature':0.70,'top_p':0.9,"
	    "'top_k':40,'stop_sequences':['a','b'],'stream':true,"
	    "'service_tier':'standard_only','speed':'fast',"
	    "'metadata':{'user_id':'{\\'device_id\\':\\'d\\',"
	    "\\'session_id\\':\\'s-1\\'}'},'thinking':null,"
	    "'output_config':{'format':{'type':'json_schema','schema':"
	    "{'type':'object'}}}," HI "}",
	    HI_SHOWN "max_tokens 1000\ntemperature 0.70\n"
	    "top_p 0.9\ntop_k 40\nstop \"a\"\nstop \"b\"\n"
	    "format schema schema={\"type\":\"object\"}\ntier standard\nfast\n"
	    "also user=\"{\\\"device_id\\\":\\\"d\\\",\\\"session_id\\\":"
	    "\\\"s-1\\\"}\" cache_key=\"s-1\"\n");
	case_end(&c);
	reads("{'metadata':{'user_id':'user_1_account__session_s2'}," HI "}",
	    HI_SHOWN "also user=\"user_1_account__session_s2\" "
	    "cache_key=\"s2\"\n");
	case_end(&c);
}

static void
thinking_settings_are_read(void **state)
{
	(void)state;
	reads("{'thinking':{'type':'enabled','budget_tokens':31999}," HI "}",
	    HI_SHOWN "effort high\nbudget 31999\n");
	case_end(&c);
	reads("{'thinking':{'type':'enabled'}," HI "}",
	    HI_SHOWN "effort high\n");
	case_end(&c);
	reads("{'thinking':{'type':'adaptive','display':'summarized'},"
	    "'output_config':{'effort':'xhigh'}," HI "}",
	    HI_SHOWN "effort xhigh\nshow thinking\n");
	assert_true(c.request.adaptive);
	case_end(&c);
	reads("{'thinking':{'type':'disabled'},'output_config':{'effort':"
	    "'high'}," HI "}", HI_SHOWN "effort off\n");
	case_end(&c);
	reads("{'thinking':{'type':'between_tools','display':'omitted'}," HI
	    "}", HI_SHOWN "effort minimal\n");
	assert_int_equal(c.request.show_thinking, 0);
	case_end(&c);
}

static void
what_only_this_api_has_is_reported(void **state)
{
	(void)state;
	reads("{'context_management':{'edits':[]},'container':'c',"
	    "'inference_geo':'eu','mcp_servers':[],'tags':['x'],"
	    "'fallbacks':null,'safeguards':[{'type':'dangerous_tool_use'}],"
	    HI "}", HI_SHOWN);
	assert_string_equal(case_losses(&c), "container, context_management, "
	    "inference_geo, mcp_servers, unknown:tags, unknown:safeguards");
	case_end(&c);
	case_start(&c, DIALECT_MESSAGES, DIALECT_CHAT);
	c.request.strict = true;
	assert_int_equal(case_read(&c, "{'container':'c'," HI "}"), -1);
	assert_int_equal(c.problem.kind, PROBLEM_INVALID);
	case_end(&c);
}

static void
mistakes_are_named(void **state)
{
	(void)state;
	refuses("{}", "messages", "Field required");
	refuses("{'max_tokens':'x'," HI "}", "max_tokens", "integer");
	refuses("{'max_tokens':0," HI "}", "max_tokens", "cache");
	refuses("{'temperature':'x'," HI "}", "temperature", "number");
	refuses("{'thinking':{'type':'x'}," HI "}", "thinking", "type");
	refuses("{'output_config':{'effort':'x'}," HI "}", "output_config",
	    "effort");
	refuses("{'tools':[{'input_schema':{}}]," HI "}", "tools",
	    "tools.0: name");
	refuses("{'tool_choice':{'type':'tool'}," HI "}", "tool_choice",
	    "name");
	refuses("{'messages':[{'role':'x','content':''}]}", "messages",
	    "messages.0.role");
	refuses("{'messages':[{'role':'user','content':[{'type':'text',"
	    "'text':'a'},{'text':'b'}]}]}", "messages",
	    "messages.0.content.1: a block needs a type");
	refuses("{'messages':[{'role':'user','content':[{'type':'tool_use',"
	    "'id':'1','name':'n','input':{}}]}]}", "messages",
	    "can not stand here");
	refuses("{'messages':[{'role':'user','content':7}]}", "messages",
	    "string or an array");
	refuses("{'system':[{'type':'image'}]," HI "}", "system", "system[0]");
}

static void
a_thread_is_refused_so_that_the_sdk_goes_on(void **state)
{
	(void)state;
	case_start(&c, DIALECT_MESSAGES, DIALECT_CHAT);
	assert_int_equal(case_read(&c, "{'thread':{'type':'create'}," HI "}"),
	    -1);
	assert_string_equal(c.problem.details, "{\"error_code\":"
	    "\"thread_unsupported_request\",\"unsupported\":[\"thread\"]}");
	case_end(&c);
}

static void
a_mark_on_the_request_is_one_on_its_end(void **state)
{
	(void)state;
	reads("{'cache_control':{'type':'ephemeral'}," HI "}",
	    "user\n  text \"hi\" cache=5m\n");
	case_end(&c);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(system_text_comes_in_every_shape),
		cmocka_unit_test(calls_and_results_keep_their_content),
		cmocka_unit_test(documents_and_search_results_are_read),
		cmocka_unit_test(thinking_keeps_its_seal),
		cmocka_unit_test(tools_of_every_kind_are_told_apart),
		cmocka_unit_test(settings_are_read),
		cmocka_unit_test(thinking_settings_are_read),
		cmocka_unit_test(what_only_this_api_has_is_reported),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(a_thread_is_refused_so_that_the_sdk_goes_on),
		cmocka_unit_test(a_mark_on_the_request_is_one_on_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
