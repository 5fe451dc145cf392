#include "build.h"

#include "json_text.h"
#include "responses_convert.h"

/*
 * After OpenAI's pages on the local shell, shell, apply patch, computer use and
 * tool search tools. What a schema describes is the object that the call's item
 * has under `member`.
 */
static const struct responses_known_tool known[] = {
	{ RESPONSES_SEARCH, "tool_search_call", "tool_search_output",
	    "arguments", TOOL_SEARCH,
	    "Finds tools by words of their names and descriptions; what it "
	    "finds can be called afterwards.",
	    "{\"type\":\"object\",\"properties\":{"
	    "\"query\":{\"type\":\"string\"}},\"required\":[\"query\"]}" },
	{ "local_shell", "local_shell_call", "local_shell_call_output",
	    "action", TOOL_SHELL,
	    "Runs a program on the user's machine and returns its output.",
	    "{\"type\":\"object\",\"properties\":{"
	    "\"command\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},"
	    "\"description\":\"program and arguments\"},"
	    "\"working_directory\":{\"type\":\"string\"},"
	    "\"env\":{\"type\":\"object\","
	    "\"additionalProperties\":{\"type\":\"string\"}},"
	    "\"timeout_ms\":{\"type\":\"integer\"}},"
	    "\"required\":[\"command\"]}" },
	{ "shell", "shell_call", "shell_call_output",
	    "action", TOOL_SHELL,
	    "Runs shell commands on the user's machine and returns their "
	    "output.",
	    "{\"type\":\"object\",\"properties\":{"
	    "\"commands\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
	    "\"timeout_ms\":{\"type\":\"integer\"},"
	    "\"max_output_length\":{\"type\":\"integer\"}},"
	    "\"required\":[\"commands\"]}" },
	{ "apply_patch", "apply_patch_call", "apply_patch_call_output",
	    "operation", TOOL_PATCH,
	    "Creates, changes or deletes one file. The diff of create_file and "
	    "update_file is in V4A form: lines begin with space, + or -, "
	    "hunks with @@.",
	    "{\"type\":\"object\",\"properties\":{"
	    "\"type\":{\"type\":\"string\",\"enum\":[\"create_file\","
	    "\"update_file\",\"delete_file\"]},"
	    "\"path\":{\"type\":\"string\"},"
	    "\"diff\":{\"type\":\"string\"}},"
	    "\"required\":[\"type\",\"path\"]}" },
	{ "computer", "computer_call", "computer_call_output",
	    "action", TOOL_COMPUTER,
	    "Controls the screen, mouse and keyboard and returns a screenshot; "
	    "x and y are pixels from the top left.",
	    "{\"type\":\"object\",\"properties\":{"
	    "\"type\":{\"type\":\"string\",\"enum\":[\"screenshot\",\"click\","
	    "\"double_click\",\"drag\",\"keypress\",\"move\",\"scroll\","
	    "\"type\",\"wait\"]},"
	    "\"x\":{\"type\":\"integer\"},\"y\":{\"type\":\"integer\"},"
	    "\"button\":{\"type\":\"string\",\"enum\":[\"left\",\"right\","
	    "\"wheel\",\"back\",\"forward\"]},"
	    "\"path\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
	    "\"properties\":{\"x\":{\"type\":\"integer\"},"
	    "\"y\":{\"type\":\"integer\"}}}},"
	    "\"keys\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
	    "\"scroll_x\":{\"type\":\"integer\"},"
	    "\"scroll_y\":{\"type\":\"integer\"},"
	    "\"text\":{\"type\":\"string\"}},"
	    "\"required\":[\"type\"]}" },
};

#define COUNT	(sizeof(known) / sizeof(known[0]))

const struct responses_known_tool *
responses_known_type(struct json_value type)
{
	size_t	i;

	for (i = 0; i < COUNT; i++)
		if (json_equals(type, known[i].name))
			return &known[i];
	/* The computer's older name. */
	return json_equals(type, "computer_use_preview") ? &known[COUNT - 1] :
	    NULL;
}

const struct responses_known_tool *
responses_known_call(struct json_value type)
{
	size_t	i;

	for (i = 0; i < COUNT; i++)
		if (json_equals(type, known[i].call))
			return &known[i];
	return NULL;
}

const struct responses_known_tool *
responses_known_output(struct json_value type)
{
	size_t	i;

	for (i = 0; i < COUNT; i++)
		if (json_equals(type, known[i].output))
			return &known[i];
	return NULL;
}

const struct responses_known_tool *
responses_known_name(struct text name)
{
	size_t	i;

	for (i = 0; i < COUNT; i++)
		if (text_equals(name, known[i].name))
			return &known[i];
	return NULL;
}
