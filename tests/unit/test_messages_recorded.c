#include "build.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "framing/sse.h"
#include "messages_cases.h"

/*
 * Anthropic's own answers: whole and streamed they must mean the same kind of
 * thing, and survive being written and read again.
 */
#define RECORDED	"/../shared/recorded"

static char	root[4096];

struct reading {
	struct arena		arena;
	struct tool_names	names;
	struct blocks		blocks;
	struct reply		reply;
	struct watch		watch;
	struct stream		stream;
	struct buf		out;
	struct buf		shown;
};

static int
sink(void *context, const struct event *event)
{
	struct reading	*r = context;

	if (reply_fold(&r->reply, event) == -1)
		return -1;
	return stream_write(&r->stream, &messages_stream, event);
}

static void
start(struct reading *r)
{
	memset(r, 0, sizeof(*r));
	arena_init(&r->arena, 1 << 26, NULL);
	tool_names_init(&r->names, &r->arena);
	blocks_init(&r->blocks, &r->arena, &r->names, NULL, sink, r);
	r->blocks.dialect = DIALECT_MESSAGES;
	r->blocks.model = text_of("claude");
	reply_init(&r->reply, &r->arena, 1 << 26, NULL, KEEP_ALL);
	buf_init(&r->out, 1 << 26, NULL);
	buf_init(&r->shown, 1 << 26, NULL);
	frames_init(&r->stream.frames, &r->out, FRAMING_EVENTS);
	r->stream.arena = &r->arena;
	r->stream.watch = &r->watch;
	r->stream.reply = &r->reply;
	r->reply.client_id = r->reply.client_model = text_of("msg_x");
}

static void
end(struct reading *r)
{
	blocks_release(&r->blocks);
	reply_release(&r->reply);
	buf_release(&r->out);
	buf_release(&r->shown);
	arena_release(&r->arena);
}

/* What was read, as text. */
static const char *
shown(struct reading *r)
{
	if (!r->reply.stopped)
		fail_msg("not finished: %s", r->reply.problem.message);
	show_reply(&r->shown, &r->reply);
	return r->shown.at;
}

static void
read_events(struct reading *r, struct json_value events)
{
	struct frame		event = { .name = { "", 0 } };
	struct json_walk	walk = json_walk(events);

	while (json_next(&walk))
		assert_int_equal(messages_read_event(&r->blocks, &event,
		    walk.value), 0);
}

/* Our own stream of it, read again, says the same. */
static void
read_again(struct reading *first)
{
	struct reading		again;
	struct sse		sse;
	struct frame		event;
	struct json_document	document;

	start(&again);
	json_init(&document, NULL);
	sse_init(&sse, 1 << 26, NULL);
	assert_int_equal(sse_feed(&sse, first->out.at, first->out.length), 0);
	while (sse_next(&sse, &event)) {
		assert_int_equal(json_scan(&document, event.data.at,
		    event.data.length, NULL), 0);
		assert_true(json_equals(json_get(json_root(&document),
		    "type"), arena_memdup(&again.arena, event.name.at,
		    event.name.length)));
		assert_int_equal(messages_read_event(&again.blocks, &event,
		    json_root(&document)), 0);
	}
	assert_string_equal(shown(&again), shown(first));
	json_release(&document);
	sse_release(&sse);
	end(&again);
}

static void
check_reply(const char *path, const char *json, size_t length)
{
	struct json_document	document;
	struct reading		reading;
	struct json_value	value;

	start(&reading);
	json_init(&document, NULL);
	assert_int_equal(json_scan(&document, json, length, NULL), 0);
	value = json_root(&document);
	print_message("%s\n", path);
	if (json_is(value, JSON_ARRAY))
		read_events(&reading, value);
	else
		assert_int_equal(messages_read_reply(&reading.blocks, value),
		    0);
	read_again(&reading);
	json_release(&document);
	end(&reading);
}

static void
check_file(const char *directory, const char *name)
{
	static char	json[1 << 22];
	char		path[8192];
	FILE		*file;
	size_t		length;

	snprintf(path, sizeof(path), "%s" RECORDED "/%s/anthropic/%s", root,
	    directory, name);
	file = fopen(path, "r");
	if (file == NULL)
		return;
	length = fread(json, 1, sizeof(json), file);
	assert_true(length < sizeof(json));
	fclose(file);
	check_reply(path, json, length);
}

static void
recorded_replies_survive(void **state)
{
	static const char *const	names[] = { "response.json",
	    "response-streaming.json", "followup-response.json",
	    "followup-response-streaming.json" };
	char				path[8192];
	struct dirent			*entry;
	DIR				*directory;
	size_t				i;

	(void)state;
	snprintf(path, sizeof(path), "%s" RECORDED, root);
	directory = opendir(path);
	if (directory == NULL) {
		print_message("%s is not here: skipped\n", path);
		skip();
		return;
	}
	while ((entry = readdir(directory)) != NULL)
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			check_file(entry->d_name, names[i]);
	closedir(directory);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(recorded_replies_survive),
	};
	const char		*srcdir = getenv("srcdir");

	snprintf(root, sizeof(root), "%s", srcdir == NULL ? "." : srcdir);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
