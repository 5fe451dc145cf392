#ifndef REQUEST_CASES_H
#define REQUEST_CASES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../scenarios/show.h"
#include "dialects/dialects.h"
#include "json_text.h"
#include "neutral/request.h"

/* A request on its way from or to a dialect. JSON in tests is written with
 * ' for ". */
struct request_case {
	struct arena		arena;
	struct tool_names	names;
	struct json_document	document;
	struct model		model;
	struct policy		policy;
	struct problem		problem;
	struct request		request;
	struct buf		text;
};

static inline char *
json_of(struct arena *arena, const char *quoted)
{
	char	*json = arena_strdup(arena, quoted), *at;

	assert_non_null(json);
	for (at = json; *at != '\0'; at++)
		if (*at == '\'')
			*at = '"';
	return json;
}

static inline void
case_start(struct request_case *c, enum dialect_kind from,
    enum dialect_kind to)
{
	memset(c, 0, sizeof(*c));
	arena_init(&c->arena, 1 << 24, NULL);
	tool_names_init(&c->names, &c->arena);
	json_init(&c->document, NULL);
	buf_init(&c->text, 1 << 24, NULL);
	request_init(&c->request, &c->arena, &c->names);
	c->request.from = from;
	c->request.to = to;
	c->model.id = "*";
	c->model.sampling = c->model.prefill = true;
	c->model.forced_tools = c->model.tools_reasoning = true;
	c->policy.model = &c->model;
	c->policy.model_id = "claude";
	c->policy.system_prompt = "";
	c->request.policy = &c->policy;
	c->request.model = text_of("claude");
}

static inline void
case_end(struct request_case *c)
{
	json_release(&c->document);
	buf_release(&c->text);
	arena_release(&c->arena);
}

/* The choice among those names, which must outlive it. */
static inline void
case_allow(struct request_case *c, enum choice_kind kind, struct text *names,
    size_t count)
{
	c->request.choice.kind = kind;
	c->request.choice.allowed = names;
	c->request.choice.allowed_count = count;
}

static inline struct json_value
case_value(struct request_case *c, const char *quoted)
{
	return json_scan_into(&c->arena, text_of(json_of(&c->arena, quoted)));
}

static inline int
case_read(struct request_case *c, const char *quoted)
{
	const char	*json = json_of(&c->arena, quoted);

	assert_int_equal(json_scan(&c->document, json, strlen(json), NULL), 0);
	return dialect_of(c->request.from)->read_request(&c->request,
	    json_root(&c->document), &c->problem);
}

static inline int
case_write(struct request_case *c)
{
	struct json_write	out;
	int			result;

	buf_clear(&c->text);
	json_write_start(&out, &c->text);
	result = dialect_of(c->request.to)->write_request(&out, &c->request,
	    &c->problem);
	if (result == 0)
		assert_int_equal(json_write_finish(&out), 0);
	return result;
}

/* The losses' names. */
static inline const char *
case_losses(struct request_case *c)
{
	static char	names[1024];

	return losses_list(&c->request.losses, names, sizeof(names));
}

static inline void
shows(struct request_case *c, const char *expected)
{
	buf_clear(&c->text);
	show_request(&c->text, &c->request);
	assert_string_equal(c->text.at, expected);
}

static inline void
wrote(struct request_case *c, const char *quoted)
{
	assert_string_equal(c->text.at, json_of(&c->arena, quoted));
}

/* The written request holds this. */
static inline void
holds(struct request_case *c, const char *quoted)
{
	const char	*json = json_of(&c->arena, quoted);

	if (strstr(c->text.at, json) == NULL)
		fail_msg("%s is not in %s", json, c->text.at);
}

static inline void
lacks(struct request_case *c, const char *word)
{
	if (strstr(c->text.at, word) != NULL)
		fail_msg("%s is in %s", word, c->text.at);
}

static inline struct part *
say(struct request_case *c, enum role role, const char *text)
{
	struct turn	*turn = request_turn(&c->request, role);
	struct part	*part = turn_add_part(&c->request, turn, PART_TEXT);

	part->text = text_escape(&c->arena, text_of(text));
	return part;
}

static inline struct part *
call(struct request_case *c, const char *id, const char *name,
    const char *arguments)
{
	struct turn	*turn = request_turn(&c->request, ROLE_ASSISTANT);
	struct part	*part = turn_add_part(&c->request, turn, PART_CALL);

	part->id = text_of(id);
	part->name = text_of(name);
	part->arguments = text_of(json_of(&c->arena, arguments));
	return part;
}

static inline struct part *
answer(struct request_case *c, const char *id, const char *text)
{
	struct turn	*turn = request_turn(&c->request, ROLE_USER);
	struct part	*part = turn_add_part(&c->request, turn, PART_RESULT);

	part->id = text_of(id);
	part_add_content(&c->request, part, PART_TEXT)->text =
	    escaped_of(text);
	return part;
}

static inline struct tool *
declare(struct request_case *c, enum tool_kind kind, const char *name)
{
	struct tool	*tool = request_add_tool(&c->request, kind);

	tool->name = text_of(name);
	return tool;
}

#endif
