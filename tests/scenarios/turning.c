#include "build.h"

#include <stdio.h>
#include <string.h>

#include "dialects/dialects.h"
#include "json_text.h"
#include "problem_word.h"
#include "show.h"
#include "turning.h"

static const struct model	model = {
	.id = "*",
	.sampling = true,
	.mid_system = true,
	.prefill = true,
	.forced_tools = true,
	.tools_reasoning = true,
};
const struct policy	testing_policy = { .model = &model,
	.model_id = "upstream-model", .system_prompt = "" };

bool
testing_read(struct buf *out, const char *path)
{
	FILE	*file = fopen(path, "r");
	char	*room;

	if (file == NULL)
		return false;
	while (!feof(file) && (room = buf_room(out, 4096)) != NULL)
		buf_filled(out, fread(room, 1, 4096, file));
	fclose(file);
	return true;
}

void
reading_release(struct reading *r)
{
	json_release(&r->document);
	arena_release(&r->arena);
}

int
reading_read(struct reading *r, enum dialect_kind dialect,
    const struct buf *body)
{
	arena_init(&r->arena, FILE_MAX, NULL);
	tool_names_init(&r->names, &r->arena);
	json_init(&r->document, NULL);
	problem_clear(&r->problem);
	if (json_scan(&r->document, body->at, body->length, NULL) == -1)
		return problem_set(&r->problem, PROBLEM_INVALID,
		    "not JSON at %zu: %s", r->document.offset,
		    r->document.reason);
	request_init(&r->request, &r->arena, &r->names);
	r->request.from = dialect;
	r->request.policy = &testing_policy;
	r->request.model = text_of(testing_policy.model_id);
	return dialect_of(dialect)->read_request(&r->request,
	    json_root(&r->document), &r->problem);
}

int
reading_write(struct reading *r, enum dialect_kind dialect, struct buf *out)
{
	struct json_write	w;

	buf_init(out, FILE_MAX, NULL);
	r->request.to = dialect;
	json_write_start(&w, out);
	if (dialect_of(dialect)->write_request(&w, &r->request,
	    &r->problem) == -1)
		return -1;
	return json_write_finish(&w);
}

bool
dialect_is_ready(enum dialect_kind dialect)
{
	const struct dialect	*d = dialect_of(dialect);

	return d->read_request != NULL && d->write_request != NULL &&
	    d->read_event != NULL && d->write_stream != NULL;
}

void
turning_init(struct turning *t, enum dialect_kind from, enum dialect_kind to,
    bool stream)
{
	struct convert_limits	limits = { .arena = &t->arena,
				    .reply_max = FILE_MAX,
				    .request_id = "req" };

	memset(t, 0, sizeof(*t));
	arena_init(&t->arena, FILE_MAX, NULL);
	buf_init(&t->client, FILE_MAX, NULL);
	t->convert.client = to;
	t->convert.upstream = from;
	t->convert.policy = &testing_policy;
	t->convert.model = text_of("asked-model");
	t->convert.stream = stream;
	t->convert.usage_wanted = true;
	tool_names_init(&t->convert.names, &t->arena);
	convert_reply_init(&t->reply, &t->convert, &limits);
}

void
turning_release(struct turning *t)
{
	convert_reply_release(&t->reply);
	buf_release(&t->client);
	arena_release(&t->arena);
}

void
turning_feed(struct turning *t, const char *at, size_t length)
{
	convert_reply_feed(&t->reply, at, length);
	buf_add(&t->client, t->reply.out.at, t->reply.out.length);
	buf_clear(&t->reply.out);
}

void
turning_end(struct turning *t)
{
	convert_reply_end(&t->reply, NULL);
	buf_add(&t->client, t->reply.out.at, t->reply.out.length);
	buf_clear(&t->reply.out);
}

void
turning_show(struct buf *out, struct turning *t)
{
	buf_init(out, FILE_MAX, NULL);
	show_reply(out, &t->reply.reply);
	if (t->reply.failed)
		buf_printf(out, "error %s: %s\n",
		    problem_word(t->reply.problem.kind),
		    t->reply.problem.message);
}
