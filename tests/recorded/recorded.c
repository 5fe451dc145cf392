/*
 * Recorded conversations of the real providers (../shared/recorded beside the
 * project, skipped when it isn't there): every reply, whole and streamed, is
 * turned into every other dialect, whole and streamed, and read again: the
 * same text, calls, stop and usage. Every request is written in every other
 * dialect and read again: the same messages. What may differ, and why, is a
 * line of exceptions.txt: CASE API WHAT TO: reason, with * for every TO.
 */
#include "build.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../scenarios/show.h"
#include "../scenarios/turning.h"
#include "dialects/dialects.h"
#include "json_text.h"

#define SKIPPED	77

static const char *const	folders[DIALECT_KINDS] = { "chat-completions",
    "responses", "anthropic", "google" };

static struct buf	exceptions;
static int		checks, failures, excepted;

/* CASE API WHAT TO, as exceptions.txt has it. */
struct pair {
	const char		*name;
	const char		*what;		/* "response.json" */
	enum dialect_kind	 from, to;
};

static bool
is_excepted(const struct pair *pair)
{
	char	line[512], any[512];

	snprintf(line, sizeof(line), "\n%s %s %s %s: ", pair->name,
	    dialect_of(pair->from)->name, pair->what,
	    dialect_of(pair->to)->name);
	snprintf(any, sizeof(any), "\n%s %s %s *: ", pair->name,
	    dialect_of(pair->from)->name, pair->what);
	return strstr(exceptions.at, line) != NULL ||
	    strstr(exceptions.at, any) != NULL;
}

static void
verdict(const struct pair *pair, const char *before, const char *after)
{
	checks++;
	if (strcmp(before, after) == 0)
		return;
	if (is_excepted(pair)) {
		excepted++;
		return;
	}
	failures++;
	printf("FAIL %s %s %s %s\n--- before\n%s+++ after\n%s", pair->name,
	    dialect_of(pair->from)->name, pair->what,
	    dialect_of(pair->to)->name, before, after);
}

/*
 * Replies: what every dialect can say of one.
 */

static void
sum_texts(struct buf *out, const struct reply *reply, enum block_kind kind,
    const char *word)
{
	const struct reply_block	*block;
	struct buf			 joined;

	buf_init(&joined, FILE_MAX, NULL);
	for (block = reply->blocks; block != NULL; block = block->next)
		if (block->kind == kind)
			text_decode_into(&joined, (struct escaped){
			    block->text.at, block->text.length }, NULL);
	if (joined.length > 0)
		buf_printf(out, "%s %s\n", word, joined.at);
	buf_release(&joined);
}

static void
sum_calls(struct buf *out, struct reply *reply)
{
	const struct reply_block	*block;
	struct text			 arguments;

	for (block = reply->blocks; block != NULL; block = block->next) {
		if (block->kind != BLOCK_CALL)
			continue;
		arguments = reply_arguments(reply, block);
		buf_printf(out, "call %.*s %.*s %.*s\n", (int)block->id.length,
		    block->id.at, (int)block->name.length, block->name.at,
		    (int)arguments.length, arguments.at);
	}
}

static long long
number(int64_t value)
{
	return value < 0 ? 0 : value;
}

/* Stops that not every dialect tells apart are one. */
static const char *
stop_class(enum stop stop)
{
	switch (stop) {
	case STOP_NONE:
	case STOP_END:
	case STOP_SEQUENCE:
	case STOP_PAUSED:
	case STOP_BAD:
		return "end";
	case STOP_LENGTH:
	case STOP_CONTEXT:
		return "length";
	case STOP_CALLS:
		return "calls";
	case STOP_REFUSAL:
	case STOPS:
		return "refusal";
	}
	return "?";
}

static void
sum_reply(struct buf *out, struct turning *t)
{
	struct reply		*reply = &t->reply.reply;
	const struct usage	*usage = &reply->usage;

	buf_init(out, FILE_MAX, NULL);
	sum_texts(out, reply, BLOCK_THINKING, "thinking");
	sum_texts(out, reply, BLOCK_TEXT, "text");
	sum_texts(out, reply, BLOCK_REFUSAL, "refusal");
	sum_calls(out, reply);
	if (t->reply.failed)
		buf_printf(out, "error %s\n", t->reply.problem.message);
	else
		buf_printf(out, "stop %s\ninput %lld cached %lld output %lld\n",
		    stop_class(reply->stop), number(usage->input) +
		    number(usage->cache_write), number(usage->cache_read),
		    number(usage->output));
}

static void
read_reply(struct turning *t, enum dialect_kind dialect,
    const struct buf *bytes)
{
	turning_init(t, dialect, dialect, false);
	turning_feed(t, bytes->at, bytes->length);
	turning_end(t);
}

static void
check_turned(const struct pair *pair, const struct buf *bytes,
    const char *before, bool stream)
{
	struct turning	there, back;
	struct buf	after;

	turning_init(&there, pair->from, pair->to, stream);
	turning_feed(&there, bytes->at, bytes->length);
	turning_end(&there);
	if (!there.reply.failed || there.reply.began) {
		read_reply(&back, pair->to, &there.client);
		sum_reply(&after, &back);
		verdict(pair, before, after.at);
		buf_release(&after);
		turning_release(&back);
	}
	turning_release(&there);
}

static void
check_reply(struct pair *pair, const struct buf *bytes)
{
	struct turning	t;
	struct buf	before;

	read_reply(&t, pair->from, bytes);
	sum_reply(&before, &t);
	if (t.reply.failed) {
		pair->to = pair->from;
		verdict(pair, "a reply\n", before.at);
	}
	for (pair->to = 0; pair->to < DIALECT_KINDS; pair->to++) {
		if (!dialect_is_ready(pair->to))
			continue;
		check_turned(pair, bytes, before.at, true);
		check_turned(pair, bytes, before.at, false);
	}
	buf_release(&before);
	turning_release(&t);
}

/* The recorded array of events, as the provider sent it. */
static void
write_events(struct buf *out, const struct buf *bytes)
{
	struct json_document	document;
	struct json_walk	walk;
	struct escaped		type;
	struct text		raw;

	buf_init(out, FILE_MAX, NULL);
	json_init(&document, NULL);
	json_scan(&document, bytes->at, bytes->length, NULL);
	walk = json_walk(json_root(&document));
	while (json_next(&walk)) {
		type = json_escaped(json_get(walk.value, "type"));
		raw = json_raw(walk.value);
		if (type.length > 0)
			buf_printf(out, "event: %.*s\n", (int)type.length,
			    type.at);
		buf_puts(out, "data: ");
		buf_add(out, raw.at, raw.length);
		buf_puts(out, "\n\n");
	}
	json_release(&document);
}

static void
check_events(struct pair *pair, const struct buf *bytes)
{
	struct buf	events;

	write_events(&events, bytes);
	check_reply(pair, &events);
	buf_release(&events);
}

/*
 * Requests: what every dialect can say of one.
 */

static void
sum_parts(struct buf *out, const struct part *part)
{
	for (; part != NULL; part = part->next) {
		if (part->kind == PART_TEXT) {
			text_decode_into(out, part->text, NULL);
			buf_putc(out, '\n');
		}
		if (part->kind == PART_CALL)
			buf_printf(out, "call %.*s\n",
			    (int)part->name.length, part->name.at);
		if (part->kind == PART_RESULT) {
			buf_printf(out, "result %.*s\n", (int)part->id.length,
			    part->id.at);
			sum_parts(out, part->content);
			if (json_is(part->object, JSON_OBJECT))
				buf_printf(out, "%.*s\n",
				    (int)json_raw(part->object).length,
				    json_raw(part->object).at);
		}
		if (part->kind == PART_IMAGE)
			buf_puts(out, "image\n");
	}
}

/* Where an API takes one string, a blank line parts its texts. */
static void
drop_blank_lines(struct buf *buf)
{
	size_t	i, length = 0;

	for (i = 0; i < buf->length; i++)
		if (buf->at[i] != '\n' || length == 0 ||
		    buf->at[length - 1] != '\n')
			buf->at[length++] = buf->at[i];
	buf->at[buf->length = length] = '\0';
}

static void
sum_request(struct buf *out, struct reading *r)
{
	const struct turn	*turn;
	const struct tool	*tool;

	buf_init(out, FILE_MAX, NULL);
	request_drop_blank(&r->request);
	request_merge_turns(&r->request);
	request_pair_results(&r->request, &r->problem);
	sum_parts(out, r->request.system);
	for (turn = r->request.turns; turn != NULL; turn = turn->next) {
		buf_printf(out, "turn %d\n", turn->role);
		sum_parts(out, turn->parts);
	}
	for (tool = r->request.tools; tool != NULL; tool = tool->next)
		if (tool->kind != TOOL_SERVER)
			buf_printf(out, "tool %.*s\n", (int)tool->name.length,
			    tool->name.at);
	drop_blank_lines(out);
}

static void
check_written(const struct pair *pair, const struct buf *bytes,
    const char *before)
{
	struct reading	there, back;
	struct buf	wire, after;

	reading_read(&there, pair->from, bytes);
	if (reading_write(&there, pair->to, &wire) == -1) {
		verdict(pair, before, there.problem.message);
	} else if (reading_read(&back, pair->to, &wire) == -1) {
		verdict(pair, before, back.problem.message);
		reading_release(&back);
	} else {
		sum_request(&after, &back);
		verdict(pair, before, after.at);
		buf_release(&after);
		reading_release(&back);
	}
	buf_release(&wire);
	reading_release(&there);
}

static void
check_request(struct pair *pair, const struct buf *bytes)
{
	struct reading	r;
	struct buf	before;

	if (reading_read(&r, pair->from, bytes) == -1) {
		pair->to = pair->from;
		verdict(pair, "a request\n", r.problem.message);
		reading_release(&r);
		return;
	}
	sum_request(&before, &r);
	for (pair->to = 0; pair->to < DIALECT_KINDS; pair->to++)
		if (dialect_is_ready(pair->to))
			check_written(pair, bytes, before.at);
	buf_release(&before);
	reading_release(&r);
}

/*
 * The files.
 */

static const struct {
	const char	*name;
	void		(*check)(struct pair *, const struct buf *);
} files[] = {
	{ "request.json",			check_request },
	{ "followup-request.json",		check_request },
	{ "response.json",			check_reply },
	{ "followup-response.json",		check_reply },
	{ "response-streaming.json",		check_events },
	{ "followup-response-streaming.json",	check_events },
};

static void
check_case(const char *root, const char *name)
{
	struct pair	pair = { .name = name };
	struct buf	bytes;
	char		path[1024];
	size_t		i, from;

	for (from = 0; from < DIALECT_KINDS; from++) {
		if (!dialect_is_ready((enum dialect_kind)from))
			continue;
		pair.from = (enum dialect_kind)from;
		for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
			snprintf(path, sizeof(path), "%s/%s/%s/%s", root, name,
			    folders[from], files[i].name);
			buf_init(&bytes, FILE_MAX, NULL);
			pair.what = files[i].name;
			if (testing_read(&bytes, path))
				files[i].check(&pair, &bytes);
			buf_release(&bytes);
		}
	}
}

int
main(void)
{
	const char	*srcdir = getenv("srcdir");
	struct dirent	**entries;
	char		  root[512], path[512];
	int		  count, i;

	if (srcdir == NULL)
		srcdir = ".";
	snprintf(root, sizeof(root), "%s/../shared/recorded", srcdir);
	snprintf(path, sizeof(path), "%s/tests/recorded/exceptions.txt",
	    srcdir);
	buf_init(&exceptions, FILE_MAX, NULL);
	buf_putc(&exceptions, '\n');
	testing_read(&exceptions, path);
	count = scandir(root, &entries, NULL, alphasort);
	if (count < 0) {
		printf("skipped: no %s\n", root);
		return SKIPPED;
	}
	for (i = 0; i < count; i++) {
		if (entries[i]->d_name[0] != '.')
			check_case(root, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	buf_release(&exceptions);
	printf("%d checks, %d failures, %d exceptions\n", checks, failures,
	    excepted);
	return failures > 0 || checks == 0;
}
