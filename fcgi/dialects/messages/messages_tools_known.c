#include "build.h"

#include <string.h>

#include "messages_convert.h"

/*
 * The versioned tools that the client runs: the model knows them by their type
 * alone, so that for another provider's model they must be described. After
 * Anthropic's pages on the bash, text editor, memory and computer use tools.
 */
#define EDITOR(insert)							\
	"{\"type\":\"object\",\"properties\":{"				\
	"\"command\":{\"type\":\"string\",\"enum\":[\"view\",\"create\"," \
	"\"str_replace\",\"insert\"]},"					\
	"\"path\":{\"type\":\"string\"},"				\
	"\"view_range\":{\"type\":\"array\","				\
	"\"items\":{\"type\":\"integer\"},"				\
	"\"description\":\"view: first and last line, -1 for the end\"}," \
	"\"file_text\":{\"type\":\"string\","				\
	"\"description\":\"create: the whole file\"},"			\
	"\"old_str\":{\"type\":\"string\","				\
	"\"description\":\"str_replace: occurs exactly once\"},"	\
	"\"new_str\":{\"type\":\"string\"},"				\
	insert								\
	"\"insert_line\":{\"type\":\"integer\","			\
	"\"description\":\"insert: behind this line, 0 for the top\"}}," \
	"\"required\":[\"command\",\"path\"]}"

#define EDITOR_WORDS							\
	"Views, creates and edits text files. insert puts "		\

static const struct messages_known_tool known[] = {
	{ "bash_",
	    "Runs a command in a persistent bash session and returns its "
	    "output; restart starts the session anew.",
	    "{\"type\":\"object\",\"properties\":{"
	    "\"command\":{\"type\":\"string\"},"
	    "\"restart\":{\"type\":\"boolean\"}}}" },
	{ "text_editor_2024",
	    EDITOR_WORDS "new_str into the file.", EDITOR("") },
	{ "text_editor_202501",
	    EDITOR_WORDS "new_str into the file.", EDITOR("") },
	{ "text_editor_202504",
	    EDITOR_WORDS "new_str into the file.", EDITOR("") },
	{ "text_editor_",
	    EDITOR_WORDS "insert_text into the file.",
	    EDITOR("\"insert_text\":{\"type\":\"string\"},") },
	{ "memory_",
	    "Keeps notes between conversations as files under /memories: look "
	    "there before the task, write down what will be needed again.",
	    "{\"type\":\"object\",\"properties\":{"
	    "\"command\":{\"type\":\"string\",\"enum\":[\"view\",\"create\","
	    "\"str_replace\",\"insert\",\"delete\",\"rename\"]},"
	    "\"path\":{\"type\":\"string\"},"
	    "\"view_range\":{\"type\":\"array\","
	    "\"items\":{\"type\":\"integer\"}},"
	    "\"file_text\":{\"type\":\"string\"},"
	    "\"old_str\":{\"type\":\"string\"},"
	    "\"new_str\":{\"type\":\"string\"},"
	    "\"insert_line\":{\"type\":\"integer\"},"
	    "\"insert_text\":{\"type\":\"string\"},"
	    "\"old_path\":{\"type\":\"string\"},"
	    "\"new_path\":{\"type\":\"string\"}},"
	    "\"required\":[\"command\"]}" },
	{ "computer_",
	    "Controls the screen, keyboard and mouse; screenshot shows the "
	    "screen. Coordinates are [x, y] in pixels from the top left.",
	    "{\"type\":\"object\",\"properties\":{"
	    "\"action\":{\"type\":\"string\",\"enum\":[\"screenshot\","
	    "\"cursor_position\",\"mouse_move\",\"left_click\","
	    "\"right_click\",\"middle_click\",\"double_click\","
	    "\"triple_click\",\"left_click_drag\",\"left_mouse_down\","
	    "\"left_mouse_up\",\"scroll\",\"key\",\"hold_key\",\"type\","
	    "\"wait\"]},"
	    "\"coordinate\":{\"type\":\"array\","
	    "\"items\":{\"type\":\"integer\"}},"
	    "\"start_coordinate\":{\"type\":\"array\","
	    "\"items\":{\"type\":\"integer\"}},"
	    "\"text\":{\"type\":\"string\"},"
	    "\"scroll_direction\":{\"type\":\"string\","
	    "\"enum\":[\"up\",\"down\",\"left\",\"right\"]},"
	    "\"scroll_amount\":{\"type\":\"integer\"},"
	    "\"duration\":{\"type\":\"number\"}},"
	    "\"required\":[\"action\"]}" },
};

const struct messages_known_tool *
messages_known_tool(struct text type)
{
	size_t	i, length;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		length = strlen(known[i].prefix);
		if (type.length > length &&
		    memcmp(type.at, known[i].prefix, length) == 0)
			return &known[i];
	}
	return NULL;
}
