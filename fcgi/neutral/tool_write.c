#include "build.h"

#include "json_text.h"
#include "tool_write.h"

static bool
is_object(struct text json)
{
	struct json_document	document;
	struct json_limits	limits = { .record_depth = 1 };
	bool			object;

	json_init(&document, NULL);
	object = json_scan(&document, json.at, json.length, &limits) == 0 &&
	    json_is(json_root(&document), JSON_OBJECT);
	json_release(&document);
	return object;
}

void
tool_put_input(struct json_write *out, const char *key,
    const struct part *part)
{
	json_put_key(out, key);
	if (part->kind == PART_CALL && is_object(part->arguments)) {
		json_put_raw(out, part->arguments);
		return;
	}
	json_put_object(out);
	if (part->kind == PART_CUSTOM_CALL)
		json_member_escaped(out, "input", part->text);
	else if (!text_is_blank(part->arguments))
		json_member_text(out, "_raw", part->arguments);
	json_put_end(out);
}

void
tool_add_description(struct json_write *out, const struct tool *tool)
{
	json_add_escaped(out, tool->description);
	if (tool->grammar.length > 0) {
		json_add_text(out, text_of("\n\nThe input follows this "));
		json_add_text(out, tool->syntax);
		json_add_text(out, text_of(" grammar:\n"));
		json_add_escaped(out, tool->grammar);
	}
}
