#include "build.h"

#include "json_text.h"
#include "messages_convert.h"
#include "neutral/hosted.h"

/*
 * Families of tools that this API knows by one entry, and that the client runs:
 * for a model of another vendor each member is a function, of the family's
 * namespace. What their arguments are is after the types of Anthropic's SDK.
 */
#define BEGIN		"{'type':'object','properties':{"
#define MIDDLE		"},'required':["
#define END		"]}"
#define OBJECT(members, required)	BEGIN members MIDDLE required END
/* The same inside of one: no macro stands in itself. */
#define WITHIN(members, required)	BEGIN members MIDDLE required END
#define STRING(name)	"'" name "':{'type':'string'}"
#define NUMBER(name)	"'" name "':{'type':'number'}"
#define STRINGS(name)	"'" name "':{'type':'array',"			\
			"'items':{'type':'string'}}"
#define NUMBERS(name, says)						\
	"'" name "':{'type':'array','items':{'type':'number'},"		\
	"'description':'" says "'}"

#define TAB		"'tab_id':{'type':'string',"			\
			"'description':'The active one unless said.'}"
#define POINT(name)							\
	"'" name "':" WITHIN("'type':{'type':'string',"			\
	"'enum':['coordinate']}," NUMBER("x") "," NUMBER("y"),		\
	"'type','x','y'")
#define ELEMENT								\
	"'target':" WITHIN("'type':{'type':'string','enum':['ref']},"	\
	STRING("ref"), "'type','ref'")
#define TARGET								\
	"'target':" WITHIN("'type':{'type':'string',"			\
	"'enum':['coordinate','ref'],'description':"			\
	"'coordinate needs x and y, ref a ref of read_page or find'},"	\
	NUMBER("x") "," NUMBER("y") "," STRING("ref"), "'type'")
#define WAY		"'scroll_direction':{'type':'string',"		\
			"'enum':['up','down','left','right']}"

#define OF_TAB		OBJECT(TAB, "")
#define CLICK		OBJECT(TARGET "," STRING("modifiers") "," TAB, "'target'")
#define AT_POINT	OBJECT(POINT("target") "," TAB, "'target'")
#define AT_ELEMENT	OBJECT(ELEMENT "," TAB, "'target'")
#define OF_TEXT		OBJECT(STRING("text") "," TAB, "'text'")

#define PLACE		NUMBERS("coordinate", "x, y: in pixels")
#define PRESS		OBJECT(PLACE "," STRING("text"), "")

static const struct member {
	const char	*name, *description, *schema;
	bool		 asked;		/* offered only where a client says so */
} browser[] = {
	{ "navigate", "Opens a URL; back, forward and reload are URLs, too.",
	    OBJECT(STRING("url") "," TAB, "'url'"), false },
	{ "list_tabs", "Lists the open tabs.", OBJECT("", ""), false },
	{ "new_tab", "Opens an empty tab; its tab_id comes back.",
	    OBJECT("", ""), false },
	{ "switch_tab", "Makes a tab the active one.",
	    OBJECT(STRING("tab_id"), "'tab_id'"), false },
	{ "close_tab", "Closes a tab.",
	    OBJECT(STRING("tab_id"), "'tab_id'"), false },
	{ "read_page", "The page's elements as a tree, with a ref for each.",
	    OBJECT("'depth':{'type':'integer'},'filter':{'type':'string',"
	    "'enum':['all','interactive']}," STRING("ref") "," TAB, ""),
	    false },
	{ "get_page_text", "The page's text, without its form.", OF_TAB,
	    false },
	{ "read_console", "What the page logged since the last reading.",
	    OF_TAB, false },
	{ "read_network", "What the page loaded since the last reading.",
	    OF_TAB, false },
	{ "find", "Looks for elements by what they are, in words; their refs "
	    "come back.", OBJECT(STRING("query") "," TAB, "'query'"), false },
	{ "form_input", "Sets the value of a form's element.",
	    OBJECT(ELEMENT ",'value':{'type':'string','description':"
	    "'true or false for a checkbox'}," TAB, "'target','value'"),
	    false },
	{ "file_upload", "Puts files into a file element.",
	    OBJECT(ELEMENT "," STRINGS("paths") "," STRINGS("document_ids") ","
	    TAB, "'target'"), true },
	{ "scroll_to", "Scrolls until an element is to be seen.", AT_ELEMENT,
	    false },
	{ "screenshot", "A picture of what is to be seen.", OF_TAB, false },
	{ "zoom", "A picture of a region, enlarged.",
	    OBJECT(NUMBERS("region", "x0, y0, x1, y1") "," TAB, "'region'"),
	    false },
	{ "left_click", "Clicks on a point or an element.", CLICK, false },
	{ "right_click", "Clicks with the right button.", CLICK, false },
	{ "middle_click", "Clicks with the middle button.", CLICK, false },
	{ "double_click", "Clicks twice.", CLICK, false },
	{ "triple_click", "Clicks three times.", CLICK, false },
	{ "hover", "Moves the pointer onto a point or an element.",
	    OBJECT(TARGET "," TAB, "'target'"), false },
	{ "left_click_drag", "Drags from a point to another.",
	    OBJECT(POINT("from") "," POINT("target") "," TAB,
	    "'from','target'"), false },
	{ "left_mouse_down", "Presses the left button.", AT_POINT, false },
	{ "left_mouse_up", "Lets the left button go.", AT_POINT, false },
	{ "mouse_move", "Moves the pointer.", AT_POINT, false },
	{ "scroll", "Scrolls at a point, by notches of the wheel.",
	    OBJECT(POINT("target") "," WAY "," NUMBER("scroll_amount") "," TAB,
	    "'target','scroll_direction'"), false },
	{ "type", "Types a text.", OF_TEXT, false },
	{ "key", "Presses keys: ctrl+a, or several with blanks between them.",
	    OBJECT(STRING("text") "," NUMBER("repeat") "," TAB, "'text'"),
	    false },
	{ "hold_key", "Holds a key down for some seconds.",
	    OBJECT(STRING("text") "," NUMBER("duration") "," TAB,
	    "'text','duration'"), false },
	{ "wait", "Waits for some seconds.",
	    OBJECT(NUMBER("duration") "," TAB, "'duration'"), false },
	{ "javascript_exec", "Runs JavaScript in the page; the value of its "
	    "last expression comes back.", OF_TEXT, true },
	{ NULL, NULL, NULL, false },
}, computer[] = {
	{ "key", "Presses keys, as ctrl+s.",
	    OBJECT(STRING("text") "," NUMBER("repeat"), "'text'"), false },
	{ "hold_key", "Holds a key down for some seconds.",
	    OBJECT(STRING("text") "," NUMBER("duration"), "'text','duration'"),
	    false },
	{ "type", "Types a text.", OBJECT(STRING("text"), "'text'"), false },
	{ "cursor_position", "Where the pointer is.", OBJECT("", ""), false },
	{ "mouse_move", "Moves the pointer.", OBJECT(PLACE, "'coordinate'"),
	    false },
	{ "left_mouse_down", "Presses the left button.", OBJECT("", ""),
	    false },
	{ "left_mouse_up", "Lets the left button go.", OBJECT("", ""), false },
	{ "left_click", "Clicks, where the pointer is unless said.", PRESS,
	    false },
	{ "right_click", "Clicks with the right button.", PRESS, false },
	{ "middle_click", "Clicks with the middle button.", PRESS, false },
	{ "double_click", "Clicks twice.", PRESS, false },
	{ "triple_click", "Clicks three times.", PRESS, false },
	{ "left_click_drag", "Drags from a point to another.",
	    OBJECT(NUMBERS("start_coordinate", "x, y: in pixels") "," PLACE
	    "," STRING("text"), "'start_coordinate','coordinate'"), false },
	{ "scroll", "Scrolls, by clicks of the wheel.",
	    OBJECT(PLACE "," WAY "," NUMBER("scroll_amount") ","
	    STRING("text"), "'scroll_direction','scroll_amount'"), false },
	{ "wait", "Waits for some seconds.",
	    OBJECT(NUMBER("duration"), "'duration'"), false },
	{ "screenshot", "A picture of the screen.", OBJECT("", ""), false },
	{ "zoom", "A picture of a region, enlarged.",
	    OBJECT(NUMBERS("region", "x0, y0, x1, y1"), "'region'"), false },
	{ NULL, NULL, NULL, false },
};

static const struct {
	const char		*begins, *name;
	const struct member	*members;
} families[] = {
	{ "browser_toolset_", "browser", browser },
	{ "computer_toolset_", "computer", computer },
};

static bool
is_offered(const struct member *member, struct json_value configs)
{
	struct json_value	said;

	said = json_get(json_get(configs, member->name), "enabled");
	return member->asked ? json_true(said) : !json_is(said, JSON_FALSE);
}

/* Once, however many toolsets have it: its schema is long. */
static void
add_member(struct request *request, struct text family,
    const struct member *member)
{
	const struct hosted	 known = { .schema = member->schema };
	struct text		 name = text_of(member->name);
	struct tool		*tool;

	if (text_table_find(&request->tools_named, family, name) != NULL)
		return;
	tool = request_add_tool(request, TOOL_FUNCTION);
	tool->namespace_name = family;
	tool->name = name;
	(void)text_table_put(&request->tools_named, family, name, tool);
	tool->description = escaped_of(member->description);
	tool->schema = hosted_schema(request->arena, &known);
	tool->strict = -1;
}

bool
messages_add_toolset(struct request *request, struct json_value value)
{
	struct escaped		 type = json_escaped(json_get(value, "type"));
	struct json_value	 configs = json_get(value, "configs");
	const struct member	*member;
	size_t			 i;

	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		if (!escaped_starts_with(type, text_of(families[i].begins)))
			continue;
		for (member = families[i].members; member->name != NULL;
		    member++)
			if (is_offered(member, configs))
				add_member(request, text_of(families[i].name),
				    member);
		return true;
	}
	return false;
}
