#include "build.h"

#include <string.h>

#include "known.h"

/* Among those of its length: compared without a call. */
#define IS(name)	(memcmp(key.at, name, sizeof(name) - 1) == 0)

/*
 * Read by one of the readers, or nothing to a model: identities, states, notes for
 * the API itself. By their lengths, as each member of all that was ever said is
 * looked for: a table costs 1 % of a conversion more.
 */
static bool
is_short(struct escaped key)
{
	switch (key.length) {
	case 2:
		return IS("id") || IS("to");
	case 4:
		return IS("type") || IS("text") || IS("role") || IS("name") ||
		    IS("args") || IS("data") || IS("file") || IS("from") ||
		    IS("tabs") || IS("tool");
	case 5:
		return IS("input") || IS("parts") || IS("phase") ||
		    IS("async") || IS("audio") || IS("tools") || IS("index") ||
		    IS("title");
	case 6:
		return IS("output") || IS("status") || IS("strict") ||
		    IS("source") || IS("action") || IS("author") ||
		    IS("caller") || IS("images") || IS("custom") ||
		    IS("detail") || IS("format") || IS("schema") ||
		    IS("syntax") || IS("closed") || IS("parsed");
	case 7:
		return IS("content") || IS("call_id") || IS("summary") ||
		    IS("thought") || IS("actions") || IS("refusal") ||
		    IS("context") || IS("file_id") || IS("trigger") ||
		    IS("display") || IS("grammar");
	case 8:
		return IS("function") || IS("is_error") || IS("thinking") ||
		    IS("response") || IS("clear_at") || IS("file_url") ||
		    IS("fileData") || IS("filename") || IS("logprobs") ||
		    IS("toolCall") || IS("end_turn");
	case 9:
		return IS("arguments") || IS("signature") || IS("citations") ||
		    IS("image_url") || IS("execution") || IS("namespace") ||
		    IS("operation") || IS("reasoning") || IS("recipient") ||
		    IS("file_data") || IS("tool_call") || IS("tool_name") ||
		    IS("audio_url");
	default:
		return false;
	}
}

static bool
is_long(struct escaped key)
{
	switch (key.length) {
	case 10:
		return IS("parameters") || IS("tool_calls") ||
		    IS("created_by") || IS("inlineData") || IS("scheduling");
	case 11:
		return IS("tool_use_id") || IS("description") ||
		    IS("annotations") || IS("environment") ||
		    IS("inline_data") || IS("input_audio") || IS("json_schema");
	case 12:
		return IS("input_schema") || IS("tool_call_id") ||
		    IS("functionCall") || IS("partMetadata") ||
		    IS("toolResponse") || IS("tool_changes") ||
		    IS("toolset_name") || IS("willContinue");
	case 13:
		return IS("cache_control") || IS("function_call") ||
		    IS("output_config") || IS("extra_content") ||
		    IS("part_metadata") || IS("state_changes") ||
		    IS("tool_response") || IS("videoMetadata") ||
		    IS("will_continue") || IS("budget_tokens") ||
		    IS("defer_loading") || IS("include_usage");
	case 14:
		return IS("reasoning_text") || IS("connector_text") ||
		    IS("executableCode") || IS("speechMetadata") ||
		    IS("video_metadata") || IS("input_examples");
	case 15:
		return IS("executable_code") || IS("mcp_server_name") ||
		    IS("mediaProcessing") || IS("mediaResolution") ||
		    IS("speech_metadata") || IS("allowed_callers");
	case 16:
		return IS("functionResponse") || IS("thoughtSignature") ||
		    IS("media_processing") || IS("media_resolution");
	case 17:
		return IS("encrypted_content") || IS("max_output_length") ||
		    IS("reasoning_content") || IS("reasoning_details") ||
		    IS("function_response") || IS("thought_signature");
	case 18:
		return IS("responseJsonSchema");
	case 19:
		return IS("codeExecutionResult") || IS("include_obfuscation");
	case 20:
		return IS("parametersJsonSchema") || IS("response_json_schema");
	case 21:
		return IS("pending_safety_checks") ||
		    IS("code_execution_result") || IS("eager_input_streaming");
	case 22:
		return IS("parameters_json_schema");
	case 23:
		return IS("encrypted_function_args") ||
		    IS("prompt_cache_breakpoint");
	case 25:
		return IS("disable_parallel_tool_use");
	case 26:
		return IS("acknowledged_safety_checks");
	default:
		return false;
	}
}

static bool
is_known(struct escaped key)
{
	/* Nearly all there are. */
	if ((key.length == 4 && (IS("type") || IS("text") || IS("role"))) ||
	    (key.length == 7 && IS("content")))
		return true;
	return key.length < 10 ? is_short(key) : is_long(key);
}

int
known_check(struct request *request, const char *inside,
    struct json_value object, struct problem *p)
{
	struct json_walk	walk;

	if (json_all_known(object, is_known))
		return 0;
	walk = json_walk(object);
	while (json_next(&walk))
		if (!is_known(json_escaped(walk.key)) &&
		    !json_is(walk.value, JSON_NULL) &&
		    request_lost_field(request, inside, walk.key, p) == -1)
			return -1;
	return 0;
}
