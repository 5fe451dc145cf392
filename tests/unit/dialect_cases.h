#ifndef DIALECT_CASES_H
#define DIALECT_CASES_H

/* What the tests of the four dialects' same-dialect half have in common. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dialects/dialect.h"
#include "framing/sse.h"
#include "json_text.h"
#include "neutral/problem_read.h"

/* Cases name only what they are about. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))
#define EFFORT(name)	(1u << EFFORT_ ## name)

/* Flags of an entry that are true by default. */
#define NO_SAMPLING		0x1
#define NO_FORCED_TOOLS		0x2
#define NO_TOOLS_REASONING	0x4
#define FAST			0x10
#define COUNTED			0x20	/* count_tokens */
#define NO_PREFILL		0x40
#define STREAMED		0x100	/* the client wants events */
#define NO_MID_SYSTEM		0x80	/* said, and not only by default */
#define NO_IMAGES		0x400	/* input_modalities: text */
#define THOUGHTS_BACK		0x100	/* reasoning_content: required */
#define NO_THOUGHTS_BACK	0x800	/* ... or forbidden */
#define NO_SEALS		0x200	/* the upstream has refused one */

/* A body, an entry and its policy, and the bytes that must come out. */
struct edit_case {
	const char		*in;
	const char		*out;		/* NULL: no edit at all */
	enum effort		 effort;
	unsigned		 flags;
	enum thinking_style	 thinking;
	enum thinking_off	 off;
	unsigned		 efforts;
	int64_t			 most;		/* max_output_tokens */
	const char		*prompt;
	const char		*drop;		/* one field */
	const char		*id;		/* the model's, "m" */
	const char		*base_url;	/* of its endpoint */
	const char		*lost;		/* names; NULL: not looked at */
};

static void
policy_of(const struct edit_case *c, struct policy *policy,
    struct model *model, struct endpoint *endpoint)
{
	static const char	*drop[1];

	memset(policy, 0, sizeof(*policy));
	memset(model, 0, sizeof(*model));
	memset(endpoint, 0, sizeof(*endpoint));
	endpoint->base_url = c->base_url != NULL ? c->base_url : "http://u/";
	endpoint->model_in_url = strstr(endpoint->base_url, "{model}") != NULL;
	model->endpoint = endpoint;
	model->thinking = c->thinking;
	model->thinking_off = c->off;
	model->efforts = c->efforts;
	model->max_output_tokens = c->most;
	model->sampling = (c->flags & NO_SAMPLING) == 0;
	model->forced_tools = (c->flags & NO_FORCED_TOOLS) == 0;
	model->tools_reasoning = (c->flags & NO_TOOLS_REASONING) == 0;
	model->prefill = (c->flags & NO_PREFILL) == 0;
	model->mid_system_refused = (c->flags & NO_MID_SYSTEM) != 0;
	if ((c->flags & NO_IMAGES) != 0)
		model->inputs = 1u << MODALITY_TEXT;
	if ((c->flags & THOUGHTS_BACK) != 0)
		model->own_thoughts = THOUGHTS_REQUIRED;
	if ((c->flags & NO_THOUGHTS_BACK) != 0)
		model->own_thoughts = THOUGHTS_FORBIDDEN;
	drop[0] = c->drop;
	model->drop.at = drop;
	model->drop.count = c->drop != NULL;
	policy->model = model;
	policy->model_id = c->id != NULL ? c->id : "m";
	policy->effort = c->effort;
	policy->system_prompt = c->prompt != NULL ? c->prompt : "";
	policy->fast = (c->flags & FAST) != 0;
	policy->stream = (c->flags & STREAMED) != 0;
	policy->count = (c->flags & COUNTED) != 0;
	policy->no_seals = (c->flags & NO_SEALS) != 0;
}

static void
check_edit(const struct dialect *dialect, const struct edit_case *c)
{
	const char		*want = c->out != NULL ? c->out : c->in;
	struct policy		policy;
	struct model		model;
	struct endpoint		endpoint;
	struct json_document	document, result;
	struct arena		arena;
	struct edits		edits;
	struct losses		lost = { .bits = { 0 } };
	struct problem		p;
	struct buf		buf;
	char			names[256];

	policy_of(c, &policy, &model, &endpoint);
	json_init(&document, NULL);
	arena_init(&arena, 1 << 20, NULL);
	buf_init(&buf, 1 << 20, NULL);
	if (json_scan(&document, c->in, strlen(c->in), NULL) == -1)
		fail_msg("%s: no JSON", c->in);
	problem_clear(&p);
	edits_start(&edits, &document, &arena);
	assert_int_equal(dialect->edit_request(&edits, json_root(&document),
	    &policy, &lost, &p), 0);
	if (c->lost != NULL)
		assert_string_equal(losses_list(&lost, names, sizeof(names)),
		    c->lost);
	assert_int_equal(edits_finish(&edits), 0);
	assert_int_equal(edits_render(&edits, &buf), 0);
	if (strcmp(buf.at, want) != 0)
		fail_msg("\n  of   %s\n  came %s\n  not  %s", c->in, buf.at, want);
	assert_int_equal(edits_change(&edits), strcmp(c->in, want) != 0);
	json_init(&result, NULL);
	assert_int_equal(json_scan(&result, buf.at, buf.length, NULL), 0);
	json_release(&result);
	buf_release(&buf);
	arena_release(&arena);
	json_release(&document);
}

static inline void
check_edits(const struct dialect *dialect, const struct edit_case *cases,
    size_t count)
{
	size_t	i;

	for (i = 0; i < count; i++)
		check_edit(dialect, &cases[i]);
}

/* What a body's head says, "model stream name=session". */
static inline void
check_head(const struct dialect *dialect, const char *body, const char *want)
{
	struct json_document	document;
	struct arena		arena;
	struct problem		p;
	struct head		head;
	struct buf		said;
	struct text		raw;

	json_init(&document, NULL);
	arena_init(&arena, 1 << 20, NULL);
	buf_init(&said, 4096, NULL);
	problem_clear(&p);
	assert_int_equal(json_scan(&document, body, strlen(body), NULL), 0);
	if (dialect->read_head(&head, &arena, json_root(&document), &p) == -1) {
		assert_int_equal(problem_status(&p), 400);
		buf_puts(&said, p.message);
	} else {
		raw = json_raw(head.model);
		buf_add(&said, raw.at, raw.length);
		buf_printf(&said, " %d %s=", json_true(head.stream),
		    head.session_name != NULL ? head.session_name : "");
		buf_add(&said, head.session.at, head.session.length);
	}
	assert_string_equal(said.at, want);
	buf_release(&said);
	arena_release(&arena);
	json_release(&document);
}

/* Shows a stream to the side reader. */
static inline void
watch_stream(const struct dialect *dialect, struct watch *watch,
    const char *stream)
{
	struct sse		sse;
	struct frame		event;

	watch_init(watch);
	sse_init(&sse, 1 << 20, NULL);
	assert_int_equal(sse_feed(&sse, stream, strlen(stream)), 0);
	while (sse_next(&sse, &event))
		dialect->watch_event(watch, &event);
	if (sse_end(&sse, &event))
		dialect->watch_event(watch, &event);
	sse_release(&sse);
}

static inline void
watch_whole(const struct dialect *dialect, struct watch *watch,
    const char *reply)
{
	struct json_document	document;

	watch_init(watch);
	json_init(&document, NULL);
	assert_int_equal(json_scan(&document, reply, strlen(reply), NULL), 0);
	dialect->watch_reply(watch, json_root(&document));
	json_release(&document);
}

static inline void
assert_usage(const struct watch *watch, int64_t input, int64_t cache_read,
    int64_t output, int64_t reasoning)
{
	assert_int_equal(watch->usage.input, input);
	assert_int_equal(watch->usage.cache_read, cache_read);
	assert_int_equal(watch->usage.output, output);
	assert_int_equal(watch->usage.reasoning, reasoning);
}

/* A problem's body and its status. */
static inline void
check_problem(const struct dialect *dialect, const struct problem *p,
    int status, const char *want)
{
	struct json_write	w;
	struct buf		buf;

	buf_init(&buf, 1 << 16, NULL);
	json_write_start(&w, &buf);
	dialect->write_problem(&w, p, "req_1");
	assert_int_equal(json_write_finish(&w), 0);
	assert_string_equal(buf.at, want);
	assert_int_equal(dialect->status(p), status);
	buf_release(&buf);
}

/* The event that ends a stream; it must leave the watch ended. */
static inline void
check_failure(const struct dialect *dialect, struct watch *watch,
    const struct problem *p, const char *want)
{
	struct frames	frames;
	struct buf	buf;

	buf_init(&buf, 1 << 16, NULL);
	frames_init(&frames, &buf, FRAMING_EVENTS);
	assert_int_equal(dialect_fail(dialect, &frames, watch, p, "req_1"), 0);
	assert_string_equal(buf.at, want);
	assert_true(watch->ended && watch->failed);
	buf_clear(&buf);
	assert_int_equal(dialect_keep_alive(dialect, &frames, watch), 0);
	assert_string_equal(buf.at, "");
	buf_release(&buf);
	buf_init(&buf, 20, NULL);
	assert_int_equal(dialect_fail(dialect, &frames, watch, p, "req_1"),
	    -1);
	buf_release(&buf);
}

static inline void
check_keep_alive(const struct dialect *dialect, struct watch *watch,
    const char *want)
{
	struct frames	frames;
	struct buf	buf;

	buf_init(&buf, 1024, NULL);
	frames_init(&frames, &buf, FRAMING_EVENTS);
	assert_int_equal(dialect_keep_alive(dialect, &frames, watch), 0);
	assert_string_equal(buf.at, want);
	buf_release(&buf);
}

#endif
