/*
 * What conversion costs, in instructions of user space (perf_event_open), or in
 * nanoseconds where that isn't allowed: of a streamed event for each pair of
 * dialects, and of a 400 KB request of an agent next to passing the same body
 * through to an upstream of the client's dialect. For callgrind, one pair alone:
 * `bench_convert FROM TO` with --toggle-collect=turning_feed, `bench_convert
 * request FROM TO` with pass_converted and, twice the cost, pass_through.
 */
#include "build.h"

#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../scenarios/turning.h"
#include "dialects/convert.h"
#include "dialects/dialects.h"
#include "edit/edits.h"
#include "json_text.h"

#define EVENTS		10000
#define BODY_BYTES	(400 * 1024)

static int	counter = -1;
static double	started_ns;

static double
now_ns(void)
{
	struct timespec	now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void
count_start(void)
{
	struct perf_event_attr	attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};

	if (counter == -1)
		counter = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1,
		    0);
	started_ns = now_ns();
	ioctl(counter, PERF_EVENT_IOC_RESET, 0);
	ioctl(counter, PERF_EVENT_IOC_ENABLE, 0);
}

static double
count_end(void)
{
	uint64_t	value = 0;

	ioctl(counter, PERF_EVENT_IOC_DISABLE, 0);
	if (read(counter, &value, sizeof(value)) != sizeof(value))
		return now_ns() - started_ns;
	return (double)value;
}

/* One piece of text, as each API streams it. */
static const char *const	text_events[DIALECT_KINDS] = {
	[DIALECT_CHAT] = "data: {\"id\":\"chatcmpl-CIUBKFVuLuQ1NxW4iKynUYEwOX7"
	    "\",\"object\":\"chat.completion.chunk\",\"created\":1758521958,"
	    "\"model\":\"gpt-5-nano\",\"service_tier\":\"default\","
	    "\"system_fingerprint\":null,\"choices\":[{\"index\":0,\"delta\":{"
	    "\"content\":\" some words\"},\"finish_reason\":null}]}\n\n",
	[DIALECT_RESPONSES] = "event: response.output_text.delta\ndata: {"
	    "\"type\":\"response.output_text.delta\",\"sequence_number\":7,"
	    "\"item_id\":\"msg_68d1\",\"output_index\":0,\"content_index\":0,"
	    "\"delta\":\" some words\",\"logprobs\":[]}\n\n",
	[DIALECT_MESSAGES] = "event: content_block_delta\ndata: {\"type\":"
	    "\"content_block_delta\",\"index\":0,\"delta\":{\"type\":"
	    "\"text_delta\",\"text\":\" some words\"}}\n\n",
	[DIALECT_GENERATE] = "data: {\"candidates\":[{\"content\":{\"parts\":"
	    "[{\"text\":\" some words\"}],\"role\":\"model\"},\"index\":0}],"
	    "\"usageMetadata\":{\"promptTokenCount\":8,\"totalTokenCount\":37},"
	    "\"modelVersion\":\"gemini-3\",\"responseId\":\"r\"}\n\n",
};

/* What must come before it. */
static const char *const	starts[DIALECT_KINDS] = {
	[DIALECT_CHAT] = "",
	[DIALECT_RESPONSES] = "event: response.created\ndata: {\"type\":"
	    "\"response.created\",\"sequence_number\":0,\"response\":{\"id\":"
	    "\"resp_1\",\"status\":\"in_progress\",\"output\":[]}}\n\n"
	    "event: response.output_item.added\ndata: {\"type\":"
	    "\"response.output_item.added\",\"sequence_number\":1,"
	    "\"output_index\":0,\"item\":{\"id\":\"msg_68d1\",\"type\":"
	    "\"message\",\"role\":\"assistant\",\"content\":[]}}\n\n",
	[DIALECT_MESSAGES] = "event: message_start\ndata: {\"type\":"
	    "\"message_start\",\"message\":{\"id\":\"m\",\"usage\":{"
	    "\"input_tokens\":1,\"output_tokens\":1}}}\n\n"
	    "event: content_block_start\ndata: {\"type\":"
	    "\"content_block_start\",\"index\":0,\"content_block\":{\"type\":"
	    "\"text\",\"text\":\"\"}}\n\n",
	[DIALECT_GENERATE] = "",
};

static void
feed(struct turning *t, const char *bytes)
{
	turning_feed(t, bytes, strlen(bytes));
	buf_clear(&t->client);
}

static void
measure_events(enum dialect_kind from, enum dialect_kind to)
{
	struct turning	t;
	size_t		i, used;
	double		instructions;

	turning_init(&t, from, to, true);
	feed(&t, starts[from]);
	feed(&t, text_events[from]);
	used = t.arena.used;
	count_start();
	for (i = 0; i < EVENTS; i++)
		feed(&t, text_events[from]);
	instructions = count_end();
	printf("event    %-9s to %-9s %8.0f, arena grew %zu\n",
	    dialect_of(from)->name, dialect_of(to)->name,
	    instructions / EVENTS, t.arena.used - used);
	turning_release(&t);
}

/* A body of Claude Code's shape. */
static void
write_body(struct buf *out)
{
	struct json_write	w;
	int			i;

	json_write_start(&w, out);
	json_put_object(&w);
	json_member_string(&w, "model", "asked-model");
	json_member_int(&w, "max_tokens", 9000);
	json_put_key(&w, "messages");
	json_put_array(&w);
	for (i = 0; out->length < BODY_BYTES; i++) {
		json_put_raw(&w, text_of("{\"role\":\"user\",\"content\":[{"
		    "\"type\":\"text\",\"text\":\"Please look into the file and"
		    " tell me why \\\"it\\\" fails.\"}]}"));
		json_put_object(&w);
		json_member_string(&w, "role", "assistant");
		json_put_key(&w, "content");
		json_put_array(&w);
		json_put_object(&w);
		json_member_string(&w, "type", "tool_use");
		json_put(&w, "'id':'toolu_%u'", (unsigned)i);
		json_member_string(&w, "name", "Read");
		json_member_raw(&w, "input",
		    text_of("{\"file_path\":\"/work/main/fcgi/x.c\"}"));
		json_put_end(&w);
		json_put_end(&w);
		json_put_end(&w);
		json_put_object(&w);
		json_member_string(&w, "role", "user");
		json_put_key(&w, "content");
		json_put_array(&w);
		json_put_object(&w);
		json_member_string(&w, "type", "tool_result");
		json_put(&w, "'tool_use_id':'toolu_%u'", (unsigned)i);
		json_put_key(&w, "content");
		json_put_string_start(&w);
		for (int line = 0; line < 60; line++)
			json_add_text(&w, text_of("     1\tif (read(file, "
			    "\"x\") == -1)\n\t\treturn -1;\n"));
		json_put_string_end(&w);
		json_put_end(&w);
		json_put_end(&w);
		json_put_end(&w);
	}
	json_put_end(&w);
	json_put_end(&w);
	json_write_finish(&w);
}

static struct policy	policy;

/* One request on its way through the gateway, between two servers. */
struct passing {
	struct arena		arena;
	struct json_document	document;
	struct edits		edits;
	struct convert		convert;
	struct buf		converted;
	struct problem		problem;
};

static void
read_body(struct passing *p, enum dialect_kind from, const struct buf *body)
{
	struct head	head = { 0 };

	memset(p, 0, sizeof(*p));
	arena_init(&p->arena, FILE_MAX, NULL);
	json_init(&p->document, NULL);
	buf_init(&p->converted, FILE_MAX, NULL);
	problem_clear(&p->problem);
	json_scan(&p->document, body->at, body->length, NULL);
	dialect_of(from)->read_head(&head, &p->arena,
	    json_root(&p->document), &p->problem);
}

/* What libcurl's upload buffer is read with. */
static size_t
send_body(struct passing *p)
{
	static char		at[65536];
	struct edits_reader	reader;
	size_t			length, sent = 0;

	edits_rewind(&reader, &p->edits);
	while ((length = edits_read(&reader, at, sizeof(at))) > 0)
		sent += length;
	buf_release(&p->converted);
	json_release(&p->document);
	arena_release(&p->arena);
	return sent;
}

static __attribute__((noinline)) size_t
pass_through(enum dialect_kind from, const struct buf *body)
{
	struct passing	p;

	read_body(&p, from, body);
	edits_start(&p.edits, &p.document, &p.arena);
	dialect_of(from)->edit_request(&p.edits, json_root(&p.document),
	    &policy, &p.convert.losses, &p.problem);
	edits_finish(&p.edits);
	return send_body(&p);
}

static __attribute__((noinline)) size_t
pass_converted(enum dialect_kind from, enum dialect_kind to,
    const struct buf *body)
{
	struct passing	p;

	read_body(&p, from, body);
	p.convert.client = from;
	p.convert.upstream = to;
	p.convert.policy = &policy;
	tool_names_init(&p.convert.names, &p.arena);
	json_scan(&p.document, body->at, body->length, NULL);
	if (convert_request(&p.convert, &p.arena, json_root(&p.document),
	    &p.converted, &p.problem) == -1)
		printf("%s\n", p.problem.message);
	edits_plain(&p.edits, (struct text){ p.converted.at,
	    p.converted.length });
	return send_body(&p);
}

static void
measure_request(enum dialect_kind from, enum dialect_kind to,
    const struct buf *body)
{
	double	passed, converted;
	size_t	bytes;

	pass_through(from, body);
	count_start();
	pass_through(from, body);
	passed = count_end();
	count_start();
	bytes = pass_converted(from, to, body);
	converted = count_end();
	printf("request  %-9s to %-9s %8.0f, %.2f of passing it through; "
	    "%zu to %zu bytes\n", dialect_of(from)->name,
	    dialect_of(to)->name, converted, converted / passed,
	    body->length, bytes);
}

/* The same conversation as every client says it. */
static void
write_bodies(struct buf *bodies)
{
	struct reading		r;
	enum dialect_kind	to;

	buf_init(&bodies[DIALECT_MESSAGES], FILE_MAX, NULL);
	write_body(&bodies[DIALECT_MESSAGES]);
	for (to = 0; to < DIALECT_KINDS; to++) {
		if (to == DIALECT_MESSAGES)
			continue;
		reading_read(&r, DIALECT_MESSAGES, &bodies[DIALECT_MESSAGES]);
		reading_write(&r, to, &bodies[to]);
		reading_release(&r);
	}
}

static bool
wanted(const char *name, enum dialect_kind dialect)
{
	return name == NULL || strcmp(name, dialect_of(dialect)->name) == 0;
}

static void
measure_requests(const char *first, const char *second)
{
	struct buf		bodies[DIALECT_KINDS];
	enum dialect_kind	from, to;

	policy = testing_policy;
	policy.system_prompt = "";
	write_bodies(bodies);
	for (from = 0; from < DIALECT_KINDS; from++)
		for (to = 0; to < DIALECT_KINDS; to++)
			if (from != to && wanted(first, from) &&
			    wanted(second, to))
				measure_request(from, to, &bodies[from]);
	for (to = 0; to < DIALECT_KINDS; to++)
		buf_release(&bodies[to]);
}

int
main(int argc, char **argv)
{
	bool			 requests = argc > 1 &&
				    strcmp(argv[1], "request") == 0;
	const char		*first, *second;
	enum dialect_kind	 from, to;

	argc -= requests;
	argv += requests;
	first = argc > 1 ? argv[1] : NULL;
	second = argc > 2 ? argv[2] : NULL;
	count_start();
	count_end();
	printf("in %s\n", counter == -1 ? "ns" : "instructions");
	for (from = 0; from < DIALECT_KINDS; from++)
		for (to = 0; to < DIALECT_KINDS; to++)
			if (!requests && from != to && wanted(first, from) &&
			    wanted(second, to))
				measure_events(from, to);
	if (requests || first == NULL)
		measure_requests(first, second);
	return 0;
}
