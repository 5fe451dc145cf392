#include "build.h"

#include "responses_cases.h"

static struct request_case	c;

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
reads(const char *quoted, const char *expected)
{
	assert_int_equal(case_read(&c, quoted), 0);
	shows(&c, expected);
}

static void
refuses(const char *quoted, const char *why)
{
	case_end(&c);
	case_start(&c, DIALECT_RESPONSES, DIALECT_MESSAGES);
	assert_int_equal(case_read(&c, quoted), -1);
	assert_int_equal(c.problem.kind, PROBLEM_INVALID);
	if (strstr(c.problem.message, why) == NULL)
		fail_msg("%s is not in %s", why, c.problem.message);
}

static void
input_may_be_a_string(void **state)
{
	(void)state;
	reads("{'model':'m','instructions':null,'input':'Hi'}",
	    "user\n  text \"Hi\"\n");
}

static void
system_items_lead_or_stay_in_place(void **state)
{
	(void)state;
	reads("{'instructions':'a','input':["
	    "{'role':'system','content':'b'},"
	    "{'type':'message','role':'developer','content':["
	    "{'type':'input_text','text':'c'}]},"
	    "{'role':'user','content':'d'},"
	    "{'role':'developer','content':'e'}]}",
	    "system text \"a\"\nsystem text \"b\"\nsystem text \"c\"\n"
	    "user\n  text \"d\"\nsystem\n  text \"e\"\n");
}

/* All that Codex's tools without a schema do comes as a call and its result. */
static void
calls_of_tools_with_a_type_of_their_own(void **state)
{
	(void)state;
	reads("{'input':[{'type':'local_shell_call','call_id':'c1','action':"
	    "{'type':'exec','command':['ls']}},"
	    "{'type':'local_shell_call_output','id':'c1','output':'a'},"
	    "{'type':'shell_call','call_id':'c2','action':{'commands':['ls']}},"
	    "{'type':'shell_call_output','call_id':'c2','output':["
	    "{'stdout':'b','stderr':'','outcome':{'type':'exit',"
	    "'exit_code':0}}]},"
	    "{'type':'apply_patch_call','call_id':'c3','operation':{'type':"
	    "'delete_file','path':'x'}},"
	    "{'type':'apply_patch_call_output','call_id':'c3',"
	    "'status':'failed'},"
	    "{'type':'computer_call','call_id':'c4','action':{'type':"
	    "'screenshot'},'actions':null},"
	    "{'type':'computer_call_output','call_id':'c4','output':{'type':"
	    "'computer_screenshot','image_url':'https://x/y.png'}},"
	    "{'type':'computer_call','call_id':'c5','actions':[{'type':"
	    "'screenshot'}]}],"
	    "'tools':[{'type':'local_shell'},{'type':'computer_use_preview'}]}",
	    "assistant\n  call id=\"c1\" name=\"local_shell\" tool=shell "
	    "{\"type\":\"exec\",\"command\":[\"ls\"]}\n"
	    "user\n  result id=\"c1\"\n    text \"a\"\n"
	    "assistant\n  call id=\"c2\" name=\"shell\" tool=shell "
	    "{\"commands\":[\"ls\"]}\n"
	    "user\n  result id=\"c2\"\n    text \"[{\\\"stdout\\\":\\\"b\\\","
	    "\\\"stderr\\\":\\\"\\\",\\\"outcome\\\":{\\\"type\\\":\\\"exit"
	    "\\\",\\\"exit_code\\\":0}}]\"\n"
	    "assistant\n  call id=\"c3\" name=\"apply_patch\" tool=patch "
	    "{\"type\":\"delete_file\",\"path\":\"x\"}\n"
	    "user\n  result id=\"c3\" failed\n    text \"failed\"\n"
	    "assistant\n  call id=\"c4\" name=\"computer_use_preview\" "
	    "tool=computer {\"type\":\"screenshot\"}\n"
	    "user\n  result id=\"c4\"\n    image url=\"https://x/y.png\"\n"
	    "assistant\n  call id=\"c5\" name=\"computer\" tool=computer "
	    "{\"actions\":[{\"type\":\"screenshot\"}]}\n"
	    "tool shell name=\"local_shell\" type=\"local_shell\" "
	    "description=\"Runs a program on the user's machine and returns its "
	    "output.\" schema={\"type\":\"object\",\"properties\":{\"command\":"
	    "{\"type\":\"array\",\"items\":{\"type\":\"string\"},"
	    "\"description\":\"program and arguments\"},\"working_directory\":"
	    "{\"type\":\"string\"},\"env\":{\"type\":\"object\","
	    "\"additionalProperties\":{\"type\":\"string\"}},\"timeout_ms\":"
	    "{\"type\":\"integer\"}},\"required\":[\"command\"]}\n"
	    "tool computer name=\"computer_use_preview\" type=\"computer_use_preview\" "
	    "description=\"Controls the screen, mouse and keyboard and returns a "
	    "screenshot; x and y are pixels from the top left.\" schema="
	    "{\"type\":\"object\",\"properties\":{\"type\":{\"type\":"
	    "\"string\",\"enum\":[\"screenshot\",\"click\",\"double_click\","
	    "\"drag\",\"keypress\",\"move\",\"scroll\",\"type\",\"wait\"]},"
	    "\"x\":{\"type\":\"integer\"},\"y\":{\"type\":\"integer\"},"
	    "\"button\":{\"type\":\"string\",\"enum\":[\"left\",\"right\","
	    "\"wheel\",\"back\",\"forward\"]},\"path\":{\"type\":\"array\","
	    "\"items\":{\"type\":\"object\",\"properties\":{\"x\":{\"type\":"
	    "\"integer\"},\"y\":{\"type\":\"integer\"}}}},\"keys\":{\"type\":"
	    "\"array\",\"items\":{\"type\":\"string\"}},\"scroll_x\":{\"type\":"
	    "\"integer\"},\"scroll_y\":{\"type\":\"integer\"},\"text\":"
	    "{\"type\":\"string\"}},\"required\":[\"type\"]}\n");
}

#define SPACE "{'type':'namespace','name':'ns','description':'Space.',"	\
	"'tools':[{'type':'function','name':'a','description':'A.'},"	\
	"{'type':'function','name':'b'}]}"

/* What was found is declared once, however often it was found. */
static void
searches_bring_tools(void **state)
{
	(void)state;
	reads("{'input':[{'type':'tool_search_call','call_id':'c1',"
	    "'execution':'client','arguments':{'query':'q'}},"
	    "{'type':'tool_search_output','call_id':'c1','tools':[" SPACE ","
	    "{'type':'function','name':'c'}]},"
	    "{'type':'tool_search_call','call_id':null,'arguments':{}},"
	    "{'type':'tool_search_output','call_id':null,'tools':[" SPACE "]}],"
	    "'tools':[{'type':'tool_search','execution':'client',"
	    "'description':'Finds.','parameters':{'type':'object'}},"
	    "{'type':'function','name':'c','description':'C.'}]}",
	    "assistant\n  call id=\"c1\" name=\"tool_search\" tool=search "
	    "{\"query\":\"q\"}\n"
	    "user\n  result id=\"c1\"\n"
	    "    text \"Tool ns__a is loaded.\"\n"
	    "    text \"Tool ns__b is loaded.\"\n"
	    "    text \"Tool c is loaded.\"\n"
	    "assistant\n  server raw={\"type\":\"tool_search_call\","
	    "\"call_id\":null,\"arguments\":{}}\n"
	    "tool search name=\"tool_search\" type=\"tool_search\" "
	    "description=\"Finds.\" schema={\"type\":\"object\"}\n"
	    "tool function name=\"c\"\n"
	    "tool function name=\"a\" namespace=\"ns\" "
	    "description=\"Space.\\n\\nA.\"\n"
	    "tool function name=\"b\" namespace=\"ns\"\n");
}

/* Turn two: what the gateway packed is what the upstream sealed. */
static void
packed_seals_are_unpacked(void **state)
{
	(void)state;
	reads("{'input':[{'type':'reasoning','id':'rs_1','summary':["
	    "{'type':'summary_text','text':'hm'}],'content':null,"
	    "'encrypted_content':'d2a1.mtp.Yw..SIG+/='},"
	    "{'type':'reasoning','summary':[],"
	    "'encrypted_content':'d2a1.grp.Yw..S'},"
	    "{'type':'reasoning','summary':[],"
	    "'encrypted_content':'d2a1.gkp.Yw..S'},"
	    "{'type':'function_call','call_id':'c','name':'f',"
	    "'arguments':'{}'},"
	    "{'type':'reasoning','id':'rs_2','summary':[]},"
	    "{'type':'reasoning','content':[{'type':'reasoning_text',"
	    "'text':'open'}]}]}",
	    "assistant\n"
	    "  thinking \"hm\" seal=messages/thinking bytes=\"SIG+/=\"\n"
	    "  redacted seal=generate/redacted bytes=\"S\"\n"
	    "  redacted seal=generate/call bytes=\"S\"\n"
	    "  call id=\"c\" name=\"f\" {}\n"
	    "  thinking \"open\"\n");
	assert_string_equal(case_losses(&c), "item_reference");
}

static void
settings(void **state)
{
	(void)state;
	reads("{'input':'x','reasoning':{'effort':'xhigh'},'store':false,"
	    "'include':['reasoning.encrypted_content',"
	    "'message.output_text.logprobs'],'top_logprobs':3,"
	    "'truncation':'disabled','background':false,"
	    "'previous_response_id':null,'text':{'format':{'type':'text'}},"
	    "'client_metadata':{'a':'b'},'service_tier':'fast'}",
	    "user\n  text \"x\"\nlogprobs 3\neffort xhigh\nfast\n");
	assert_string_equal(case_losses(&c), "");
	assert_int_equal(c.request.show_thinking, 0);
}

/* Both are said without tools by Codex, and refused by others. */
static void
no_choice_without_tools(void **state)
{
	(void)state;
	reads("{'input':'x','tools':[],'tool_choice':'auto',"
	    "'parallel_tool_calls':false}", "user\n  text \"x\"\n");
}

static void
refusals(void **state)
{
	(void)state;
	refuses("{'input':'x','previous_response_id':'resp_1'}",
	    "previous_response_id");
	refuses("{'input':'x','conversation':'c'}", "conversation");
	refuses("{'input':'x','prompt':{'id':'p'}}", "prompt");
	refuses("{'input':'x','background':true}", "background");
	refuses("{'input':[{'type':'item_reference','id':'msg_1'}]}",
	    "store:false");
	refuses("{'input':[{'id':'msg_1'}]}", "store:false");
	refuses("{'input':[{'type':'compaction','id':'x'}]}", "compacted");
	refuses("{'input':[{'type':'news'}]}", "input[0]");
	refuses("{'input':[{'role':'user','content':[{'type':'news'}]}]}",
	    "unknown type");
	refuses("{'input':[{'role':'robot','content':'x'}]}", "role");
	refuses("{'input':[{'type':'function_call','name':'f'}]}", "call_id");
	refuses("{'input':[{'type':'function_call','call_id':'c'}]}", "name");
	refuses("{'input':[{'role':'user','content':[{'type':'input_image'}]}]"
	    "}", "image_url");
	refuses("{'input':[{'role':'user','content':7}]}", "content");
	refuses("{'input':7}", "input");
	refuses("{}", "input");
	refuses("[]", "object");
	refuses("{'input':'x','tools':[{'title':'f'}]}", "type");
	refuses("{'input':'x','tools':[{'type':'function'}]}", "name");
	refuses("{'input':'x','tools':[{'type':'namespace','name':'n','tools':"
	    "[{'type':'namespace','name':'m'}]}]}", "unknown");
	refuses("{'input':'x','tools':7}", "array");
	refuses("{'input':'x','tool_choice':7}", "tool_choice");
	refuses("{'input':'x','max_output_tokens':0}", "max_output_tokens");
	refuses("{'input':'x','reasoning':{'effort':'huge'}}", "effort");
	refuses("{'input':'x','text':{'format':{'type':'json_schema'}}}",
	    "schema");
}

static void
choices(void **state)
{
	(void)state;
	reads("{'input':'x','tools':[{'type':'function','name':'f'}],"
	    "'tool_choice':{'type':'computer_use_preview'}}",
	    "user\n  text \"x\"\ntool function name=\"f\"\n"
	    "choice tool name=\"computer_use_preview\"\n");
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(input_may_be_a_string),
		CASE(system_items_lead_or_stay_in_place),
		CASE(calls_of_tools_with_a_type_of_their_own),
		CASE(searches_bring_tools),
		CASE(packed_seals_are_unpacked),
		CASE(settings),
		CASE(no_choice_without_tools),
		CASE(refusals),
		CASE(choices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
