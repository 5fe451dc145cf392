#include "build.h"

#include <string.h>

#include "hosted.h"
#include "json_text.h"

#define EDITOR(insert)							\
	"{'type':'object','properties':{"				\
	"'command':{'type':'string','enum':['view','create',"		\
	"'str_replace','insert']},'path':{'type':'string'},"		\
	"'view_range':{'type':'array','items':{'type':'integer'},"	\
	"'description':'view: first and last line, -1 for the end'},"	\
	"'file_text':{'type':'string',"					\
	"'description':'create: the whole file'},"			\
	"'old_str':{'type':'string',"					\
	"'description':'str_replace: occurs exactly once'},"		\
	"'new_str':{'type':'string'},"					\
	insert								\
	"'insert_line':{'type':'integer',"				\
	"'description':'insert: behind this line, 0 for the top'}},"	\
	"'required':['command','path']}"

#define EDITOR_WORDS							\
	"Views, creates and edits text files. insert puts "

#define COMPUTER_WORDS							\
	"Controls the screen, mouse and keyboard and returns a "	\
	"screenshot; x and y are pixels from the top left."

#define COMPUTER_ACTION							\
	"{'type':'object','properties':{'type':{'type':'string',"	\
	"'enum':['screenshot','click','double_click','drag',"		\
	"'keypress','move','scroll','type','wait']},"			\
	"'x':{'type':'integer'},'y':{'type':'integer'},"		\
	"'button':{'type':'string','enum':['left','right',"		\
	"'wheel','back','forward']},'path':{'type':'array',"		\
	"'items':{'type':'object',"					\
	"'properties':{'x':{'type':'integer'},"				\
	"'y':{'type':'integer'}}}},'keys':{'type':'array',"		\
	"'items':{'type':'string'}},"					\
	"'scroll_x':{'type':'integer'},"				\
	"'scroll_y':{'type':'integer'},'text':{'type':'string'}},"	\
	"'required':['type']}"

static const struct hosted table[] = {
	/* What providers run. */
	{
		.kind = TOOL_SERVER,
		.types = { "web_search", "web_search_", "googleSearch",
		    "googleSearchRetrieval", "google_search" },
		.said = {
			[DIALECT_RESPONSES] =	"web_search",
			[DIALECT_MESSAGES] =	"web_search",
			[DIALECT_GENERATE] =	"googleSearch",
		},
	},
	{
		.kind = TOOL_SERVER,
		.types = { "web_fetch", "web_fetch_" },
		.said = { [DIALECT_GENERATE] = "urlContext" },
	},
	{
		.kind = TOOL_SERVER,
		.types = { "code_execution", "code_execution_",
		    "code_interpreter" },
		.said = { [DIALECT_GENERATE] = "codeExecution" },
	},
	/*
	 * After Anthropic's pages on the bash, text editor, memory and computer
	 * use tools.
	 */
	{
		.kind = TOOL_CLIENT, .dialect = DIALECT_MESSAGES,
		.types = { "bash_" },
		.description =
		    "Runs a command in a persistent bash session and returns "
		    "its output; restart starts the session anew.",
		.schema =
		    "{'type':'object',"
		    "'properties':{'command':{'type':'string'},"
		    "'restart':{'type':'boolean'}}}",
	},
	{
		.kind = TOOL_CLIENT, .dialect = DIALECT_MESSAGES,
		.types = { "text_editor_20241022", "text_editor_20250124",
		    "text_editor_20250429" },
		.description = EDITOR_WORDS "new_str into the file.",
		.schema = EDITOR(""),
	},
	{
		.kind = TOOL_CLIENT, .dialect = DIALECT_MESSAGES,
		.types = { "text_editor_" },
		.description = EDITOR_WORDS "insert_text into the file.",
		.schema = EDITOR("'insert_text':{'type':'string'},"),
	},
	{
		.kind = TOOL_CLIENT, .dialect = DIALECT_MESSAGES,
		.types = { "memory_" },
		.description =
		    "Keeps notes between conversations as files under "
		    "/memories: look there before the task, write down what "
		    "will be needed again.",
		.schema =
		    "{'type':'object',"
		    "'properties':{'command':{'type':'string','enum':['view',"
		    "'create','str_replace','insert','delete','rename']},"
		    "'path':{'type':'string'},'view_range':{'type':'array',"
		    "'items':{'type':'integer'}},"
		    "'file_text':{'type':'string'},"
		    "'old_str':{'type':'string'},'new_str':{'type':'string'},"
		    "'insert_line':{'type':'integer'},"
		    "'insert_text':{'type':'string'},"
		    "'old_path':{'type':'string'},"
		    "'new_path':{'type':'string'}},'required':['command']}",
	},
	{
		.kind = TOOL_CLIENT, .dialect = DIALECT_MESSAGES,
		.types = { "computer_" },
		.description =
		    "Controls the screen, keyboard and mouse; screenshot "
		    "shows the screen. Coordinates are [x, y] in pixels from "
		    "the top left.",
		.schema =
		    "{'type':'object',"
		    "'properties':{'action':{'type':'string',"
		    "'enum':['screenshot','cursor_position','mouse_move',"
		    "'left_click','right_click','middle_click',"
		    "'double_click','triple_click','left_click_drag',"
		    "'left_mouse_down','left_mouse_up','scroll','key',"
		    "'hold_key','type','wait']},'coordinate':{'type':'array',"
		    "'items':{'type':'integer'}},"
		    "'start_coordinate':{'type':'array',"
		    "'items':{'type':'integer'}},'text':{'type':'string'},"
		    "'scroll_direction':{'type':'string','enum':['up','down',"
		    "'left','right']},'scroll_amount':{'type':'integer'},"
		    "'duration':{'type':'number'}},'required':['action']}",
	},
	/*
	 * After OpenAI's pages on the tool search, local shell, shell, apply
	 * patch and computer use tools.
	 */
	{
		.kind = TOOL_SEARCH, .dialect = DIALECT_RESPONSES,
		.types = { "tool_search" },
		.name = "tool_search", .call = "tool_search_call",
		.member = "arguments",
		.description =
		    "Finds tools by words of their names and descriptions; "
		    "what it finds can be called afterwards.",
		.schema =
		    "{'type':'object',"
		    "'properties':{'query':{'type':'string'}},"
		    "'required':['query']}",
	},
	{
		.kind = TOOL_SHELL, .dialect = DIALECT_RESPONSES,
		.types = { "local_shell" },
		.name = "local_shell", .call = "local_shell_call",
		.member = "action",
		.required = "{'type':'exec','command':[],'env':{}}",
		.description =
		    "Runs a program on the user's machine and returns its "
		    "output.",
		.schema =
		    "{'type':'object',"
		    "'properties':{'command':{'type':'array',"
		    "'items':{'type':'string'},"
		    "'description':'program and arguments'},"
		    "'working_directory':{'type':'string'},"
		    "'env':{'type':'object',"
		    "'additionalProperties':{'type':'string'}},"
		    "'timeout_ms':{'type':'integer'}},'required':['command']}",
	},
	{
		.kind = TOOL_SHELL, .dialect = DIALECT_RESPONSES,
		.types = { "shell" },
		.name = "shell", .call = "shell_call",
		.member = "action",
		.required = "{'commands':[]}",
		.description =
		    "Runs shell commands on the user's machine and returns "
		    "their output.",
		.schema =
		    "{'type':'object',"
		    "'properties':{'commands':{'type':'array',"
		    "'items':{'type':'string'}},"
		    "'timeout_ms':{'type':'integer'},"
		    "'max_output_length':{'type':'integer'}},"
		    "'required':['commands']}",
	},
	{
		.kind = TOOL_PATCH, .dialect = DIALECT_RESPONSES,
		.types = { "apply_patch" },
		.name = "apply_patch", .call = "apply_patch_call",
		.member = "operation",
		.required = "{'type':'update_file','path':'','diff':''}",
		.description =
		    "Creates, changes or deletes one file. The diff of "
		    "create_file and update_file is in V4A form: lines begin "
		    "with space, + or -, hunks with @@.",
		.schema =
		    "{'type':'object','properties':{'type':{'type':'string',"
		    "'enum':['create_file','update_file','delete_file']},"
		    "'path':{'type':'string'},'diff':{'type':'string'}},"
		    "'required':['type','path']}",
	},
	{
		.kind = TOOL_COMPUTER, .dialect = DIALECT_RESPONSES,
		.types = { "computer", "computer_use" },
		.name = "computer", .call = "computer_call",
		.member = "actions", .is_list = true,
		.description =
		    COMPUTER_WORDS " All actions of a call are done in their "
		    "order.",
		.schema =
		    "{'type':'object','properties':{'actions':{'type':'array',"
		    "'items':" COMPUTER_ACTION "}},'required':['actions']}",
	},
	{
		.kind = TOOL_COMPUTER, .dialect = DIALECT_RESPONSES,
		.types = { "computer_use_preview" },
		.name = "computer_use_preview", .call = "computer_call",
		.member = "action",
		.description = COMPUTER_WORDS,
		.schema = COMPUTER_ACTION,
	},
};

#define COUNT	(sizeof(table) / sizeof(table[0]))

static bool
is_of(const struct hosted *hosted, struct text type)
{
	const char	*word;
	size_t		 i, length;

	for (i = 0; i < HOSTED_TYPES_MAX && hosted->types[i] != NULL; i++) {
		word = hosted->types[i];
		length = strlen(word);
		if (word[length - 1] == '_' ? type.length > length &&
		    memcmp(type.at, word, length) == 0 :
		    text_equals(type, word))
			return true;
	}
	return false;
}

const struct hosted *
hosted_of(enum dialect_kind dialect, struct text type)
{
	size_t	i;

	for (i = 0; i < COUNT; i++)
		if ((table[i].kind == TOOL_SERVER ||
		    table[i].dialect == dialect) && is_of(&table[i], type))
			return &table[i];
	return NULL;
}

const struct hosted *
hosted_of_call(struct json_value item)
{
	const struct hosted	*found = NULL;
	struct json_value	 type = json_get(item, "type");
	size_t			 i;

	for (i = 0; i < COUNT; i++) {
		if (table[i].call == NULL || !json_equals(type, table[i].call))
			continue;
		if (json_kind(json_get(item, table[i].member)) > JSON_NULL)
			return &table[i];
		found = &table[i];
	}
	return found;
}

struct text
hosted_arguments(struct arena *arena, const struct hosted *hosted,
    struct json_value item)
{
	struct json_value	member = json_get(item, hosted->member);
	struct text		raw = json_raw(member);
	char			*named;

	if (json_is(member, JSON_STRING))
		return text_decode(arena, json_escaped(member), NULL);
	if (!hosted->is_list || raw.length == 0)
		return raw;
	named = arena_printf(arena, "{\"%s\":%.*s}", hosted->member,
	    (int)raw.length, raw.at);
	return named == NULL ? (struct text){ "", 0 } : text_of(named);
}

const struct hosted *
hosted_named(struct text name)
{
	size_t	i;

	for (i = 0; i < COUNT; i++)
		if (table[i].name != NULL && text_equals(name, table[i].name))
			return &table[i];
	return NULL;
}

static struct json_value
quoted(struct arena *arena, const char *text)
{
	char	*json = arena_strdup(arena, text), *at;

	if (json == NULL)
		return JSON_NOTHING;
	for (at = json; *at != '\0'; at++)
		if (*at == '\'')
			*at = '"';
	return json_scan_into(arena, text_of(json));
}

struct json_value
hosted_schema(struct arena *arena, const struct hosted *hosted)
{
	return quoted(arena, hosted->schema);
}

struct json_value
hosted_required(struct arena *arena, const struct hosted *hosted)
{
	return hosted->required == NULL ? JSON_NOTHING :
	    quoted(arena, hosted->required);
}

const char *
hosted_said(enum dialect_kind to, struct text type)
{
	size_t	i;

	for (i = 0; i < COUNT; i++)
		if (table[i].kind == TOOL_SERVER && is_of(&table[i], type))
			return table[i].said[to];
	return NULL;
}

bool
hosted_ran(struct json_value type)
{
	static const char *const	ends[] = { "_call", "_output", "_tools",
					    "_request", "_response", "program",
					    "compaction", "_trigger",
					    "_tool_use", "_tool_result" };
	size_t				i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (escaped_ends_with(json_escaped(type), text_of(ends[i])))
			return true;
	return false;
}
