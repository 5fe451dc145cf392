/*
 * What conversion costs, in instructions of user space (perf_event_open), or in
 * nanoseconds where that isn't allowed: of a streamed event for each pair of
 * dialects, and of a 400 KB request of an agent next to one scan of the same
 * body, which is the least that passing it through costs. `bench_convert FROM
 * TO` streams one pair alone, for callgrind --toggle-collect=turning_feed;
 * `bench_convert request TO` converts one request.
 */
#include "build.h"

#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "dialects/dialect.h"
#include "json_text.h"
#include "../scenarios/turning.h"

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
		json_put_key(&w, "id");
		json_put_format(&w, "toolu_%d", i);
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
		json_put_key(&w, "tool_use_id");
		json_put_format(&w, "toolu_%d", i);
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

static double
measure_scan(const struct buf *body)
{
	struct json_document	document;
	double			instructions;

	json_init(&document, NULL);
	json_scan(&document, body->at, body->length, NULL);
	count_start();
	json_scan(&document, body->at, body->length, NULL);
	instructions = count_end();
	json_release(&document);
	return instructions;
}

static void
measure_request(enum dialect_kind to, const struct buf *body, double scan)
{
	struct reading	r;
	struct buf	out;
	double		instructions;

	count_start();
	reading_read(&r, DIALECT_MESSAGES, body);
	reading_write(&r, to, &out);
	instructions = count_end();
	printf("request  messages  to %-9s %8.0f, %.2f of a "
	    "scan; %zu to %zu bytes\n", dialect_of(to)->name, instructions,
	    instructions / scan, body->length, out.length);
	buf_release(&out);
	reading_release(&r);
}

static bool
wanted(const char *name, enum dialect_kind dialect)
{
	return name == NULL || strcmp(name, dialect_of(dialect)->name) == 0;
}

int
main(int argc, char **argv)
{
	const char		*first = argc > 1 ? argv[1] : NULL;
	const char		*second = argc > 2 ? argv[2] : NULL;
	bool			 requests;
	enum dialect_kind	from, to;
	struct buf		body;
	double			scan;

	count_start();
	count_end();
	printf("in %s\n", counter == -1 ? "ns" : "instructions");
	requests = first == NULL || strcmp(first, "request") == 0;
	for (from = 0; from < DIALECT_KINDS; from++)
		for (to = 0; to < DIALECT_KINDS; to++)
			if (from != to && wanted(first, from) &&
			    wanted(second, to) && dialect_is_ready(from) &&
			    dialect_is_ready(to))
				measure_events(from, to);
	buf_init(&body, FILE_MAX, NULL);
	write_body(&body);
	scan = measure_scan(&body);
	printf("scan     %8.0f, %zu bytes\n", scan, body.length);
	for (to = 0; to < DIALECT_KINDS; to++)
		if (requests && wanted(second, to) &&
		    to != DIALECT_MESSAGES && dialect_is_ready(to))
			measure_request(to, &body, scan);
	buf_release(&body);
	return 0;
}
