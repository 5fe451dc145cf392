/*
 * Converts requests for accepted.test.mjs: a line "FROM TO MODEL FILE" in gives
 * a line of JSON out, {"body": what TO would be sent, "lost": names} or
 * {"problem": why it is refused, "status"}. MODEL may end in "!": a model
 * that takes no sampling.
 */
#include "build.h"

#include <stdio.h>
#include <string.h>

#include "../scenarios/turning.h"
#include "dialects/convert.h"
#include "dialects/dialects.h"
#include "json_text.h"

static int
dialect_named(const char *name, enum dialect_kind *kind)
{
	enum dialect_kind	i;

	for (i = 0; i < DIALECT_KINDS; i++)
		if (strcmp(dialect_of(i)->name, name) == 0) {
			*kind = i;
			return 0;
		}
	return -1;
}

static void
answer(const struct convert *convert, const struct buf *body,
    const struct problem *problem)
{
	struct json_write	w;
	struct buf		out;
	char			lost[1024];
	size_t			i;

	buf_init(&out, FILE_MAX, NULL);
	json_write_start(&w, &out);
	json_put_object(&w);
	if (problem->kind != PROBLEM_NONE) {
		json_member_string(&w, "problem", problem->message);
		json_member_int(&w, "status", problem_status(problem));
	} else {
		json_member_string(&w, "lost", losses_list(&convert->losses,
		    lost, sizeof(lost)));
		json_member_raw(&w, "body", (struct text){ body->at,
		    body->length });
	}
	json_put_end(&w);
	json_write_finish(&w);
	/* What is copied from the client may have breaks between its tokens. */
	for (i = 0; i < out.length; i++)
		if (out.at[i] == '\n' || out.at[i] == '\r')
			out.at[i] = ' ';
	puts(out.at);
	fflush(stdout);
	buf_release(&out);
}

static void
convert_file(struct convert *convert, const char *path, struct model *model,
    char *name)
{
	struct policy		policy = { .model = model, .model_id = name };
	struct arena		arena, reply;
	struct json_document	document;
	struct problem		problem;
	struct buf		bytes, body;

	arena_init(&arena, FILE_MAX, NULL);
	arena_init(&reply, FILE_MAX, NULL);
	buf_init(&bytes, FILE_MAX, NULL);
	buf_init(&body, FILE_MAX, NULL);
	json_init(&document, NULL);
	problem_clear(&problem);
	policy.system_prompt = "";
	convert->policy = &policy;
	tool_names_init(&convert->names, &reply);
	if (!testing_read(&bytes, path))
		problem_set(&problem, PROBLEM_MISSING, "no file %.200s", path);
	else if (json_scan(&document, bytes.at, bytes.length, NULL) == -1)
		problem_set(&problem, PROBLEM_INVALID, "not JSON");
	else
		convert_request(convert, &arena, json_root(&document), &body,
		    &problem);
	answer(convert, &body, &problem);
	json_release(&document);
	buf_release(&bytes);
	buf_release(&body);
	arena_release(&arena);
	arena_release(&reply);
}

int
main(void)
{
	char		line[2048], from[32], to[32], name[128], path[1024];
	struct convert	convert;
	struct model	model;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		memset(&convert, 0, sizeof(convert));
		memset(&model, 0, sizeof(model));
		model.sampling = model.prefill = model.forced_tools =
		    model.tools_reasoning = true;
		if (sscanf(line, "%31s %31s %127s %1023s", from, to, name,
		    path) != 4 || dialect_named(from, &convert.client) == -1 ||
		    dialect_named(to, &convert.upstream) == -1)
			return 1;
		if (name[strlen(name) - 1] == '!') {
			name[strlen(name) - 1] = '\0';
			model.sampling = false;
		}
		convert_file(&convert, path, &model, name);
	}
	return 0;
}
