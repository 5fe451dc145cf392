#include "build.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "dialects/convert.h"
#include "dialects/dialects.h"
#include "request_cases.h"

/*
 * Google's own requests and answers towards the other APIs, and what real
 * clients of those sent towards Google.
 */
#define RECORDED	"/../shared/recorded"
#define REQUESTS	"/../shared/requests"

static char	root[4096];

struct file {
	char	json[1 << 22];
	size_t	length;
};

static bool
read_file(struct file *file, const char *path)
{
	FILE	*stream = fopen(path, "r");

	if (stream == NULL)
		return false;
	file->length = fread(file->json, 1, sizeof(file->json), stream);
	assert_true(file->length < sizeof(file->json));
	fclose(stream);
	return true;
}

static DIR *
open_folder(const char *name, char *path, size_t size)
{
	DIR	*directory;

	snprintf(path, size, "%s%s", root, name);
	directory = opendir(path);
	if (directory == NULL) {
		print_message("%s is not here: skipped\n", path);
		skip();
	}
	return directory;
}

/* A reply on its way from Google to a client. */
struct turning {
	struct arena		arena;
	struct model		model;
	struct policy		policy;
	struct convert		convert;
	struct convert_reply	reply;
	struct buf		shown;
};

static void
turn(struct turning *t, enum dialect_kind from, enum dialect_kind to,
    const char *bytes, size_t length)
{
	struct convert_limits	limits = { .arena = &t->arena,
				    .reply_max = 1 << 26,
				    .request_id = "req" };

	arena_init(&t->arena, 1 << 26, NULL);
	buf_init(&t->shown, 1 << 26, NULL);
	t->policy.model = &t->model;
	t->policy.model_id = "gemini";
	t->convert.policy = &t->policy;
	t->convert.client = to;
	t->convert.upstream = from;
	t->convert.model = text_of("asked");
	t->convert.usage_wanted = true;
	tool_names_init(&t->convert.names, &t->arena);
	convert_reply_init(&t->reply, &t->convert, &limits);
	convert_reply_feed(&t->reply, bytes, length);
	if (convert_reply_end(&t->reply, NULL) == -1)
		fail_msg("%s", t->reply.problem.message);
	show_reply(&t->shown, &t->reply.reply);
}

static void
turning_release(struct turning *t)
{
	convert_reply_release(&t->reply);
	buf_release(&t->shown);
	arena_release(&t->arena);
}

/* In every client's words, whole and streamed; our own words say the same. */
static void
check_reply(const struct file *file)
{
	struct turning	first, again;
	unsigned	form, to;

	for (to = 0; to < DIALECT_KINDS; to++)
		for (form = 0; form < 3; form++) {
			if (dialect_of(to)->write_stream == NULL)
				continue;
			memset(&first, 0, sizeof(first));
			first.convert.stream = form > 0;
			first.convert.array = form > 1;
			turn(&first, DIALECT_GENERATE, to, file->json,
			    file->length);
			if (to == DIALECT_GENERATE) {
				memset(&again, 0, sizeof(again));
				turn(&again, to, to, first.reply.out.at,
				    first.reply.out.length);
				assert_int_equal(again.reply.reply.stop,
				    first.reply.reply.stop);
				assert_memory_equal(
				    &again.reply.reply.usage.output,
				    &first.reply.reply.usage.output,
				    sizeof(int64_t));
				/*
				 * Code that ran is one text with the rest; a
				 * search is said by its citations.
				 */
				if (form == 0 && strstr(first.shown.at,
				    "```python") == NULL &&
				    strstr(first.shown.at,
				    "\nserver_call") == NULL)
					assert_string_equal(again.shown.at,
					    first.shown.at);
				turning_release(&again);
			}
			turning_release(&first);
		}
}

/* Every dialect can say it. */
static void
check_request(const struct file *file, enum dialect_kind from,
    enum dialect_kind to, const char *model)
{
	struct request_case	c;

	if (dialect_of(from)->read_request == NULL ||
	    dialect_of(to)->write_request == NULL)
		return;
	case_start(&c, from, to);
	c.policy.model_id = model;
	assert_int_equal(json_scan(&c.document, file->json, file->length,
	    NULL), 0);
	if (dialect_of(from)->read_request(&c.request, json_root(&c.document),
	    &c.problem) == -1)
		fail_msg("reading: %s", c.problem.message);
	c.request.model = text_of(model);
	if (case_write(&c) == -1)
		fail_msg("to %s: %s", dialect_of(to)->name,
		    c.problem.message);
	assert_false(json_is(json_scan_into(&c.arena, (struct text){
	    c.text.at, c.text.length }), JSON_MISSING));
	case_end(&c);
}

static void
recorded_replies_are_turned(void **state)
{
	static const char *const	names[] = { "response.json",
	    "response-streaming.json", "followup-response.json",
	    "followup-response-streaming.json" };
	static struct file		file;
	char				folder[8192], path[8800];
	struct dirent			*entry;
	DIR				*directory;
	size_t				i;

	(void)state;
	directory = open_folder(RECORDED, folder, sizeof(folder));
	while ((entry = readdir(directory)) != NULL)
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			snprintf(path, sizeof(path), "%s/%.200s/google/%s",
			    folder, entry->d_name, names[i]);
			if (read_file(&file, path))
				check_reply(&file);
		}
	closedir(directory);
}

static void
recorded_requests_are_turned(void **state)
{
	static const char *const	names[] = { "request.json",
	    "followup-request.json" };
	static struct file		file;
	char				folder[8192], path[8800];
	struct dirent			*entry;
	DIR				*directory;
	unsigned			to;
	size_t				i;

	(void)state;
	directory = open_folder(RECORDED, folder, sizeof(folder));
	while ((entry = readdir(directory)) != NULL)
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			snprintf(path, sizeof(path), "%s/%.200s/google/%s",
			    folder, entry->d_name, names[i]);
			if (!read_file(&file, path))
				continue;
			print_message("%s\n", path);
			for (to = 0; to < DIALECT_KINDS; to++)
				check_request(&file, DIALECT_GENERATE, to,
				    "m");
		}
	closedir(directory);
}

/* The dialect of a recorded body by the client's name. */
static enum dialect_kind
client_of(const char *name)
{
	if (strncmp(name, "codex", 5) == 0)
		return DIALECT_RESPONSES;
	if (strncmp(name, "gemini", 6) == 0)
		return DIALECT_GENERATE;
	return DIALECT_MESSAGES;
}

/* What asks for a store that nobody has. */
static bool
is_refused(const char *name)
{
	return strstr(name, "thread-continue") != NULL ||
	    strstr(name, "item-reference") != NULL;
}

static void
clients_are_understood(void **state)
{
	static struct file	file;
	char			folder[8192], path[8800];
	struct dirent		*entry;
	DIR			*directory;
	unsigned		to;

	(void)state;
	directory = open_folder(REQUESTS, folder, sizeof(folder));
	while ((entry = readdir(directory)) != NULL) {
		snprintf(path, sizeof(path), "%s/%.200s", folder,
		    entry->d_name);
		if (entry->d_name[0] == '.' || is_refused(entry->d_name) ||
		    !read_file(&file, path))
			continue;
		print_message("%s\n", path);
		check_request(&file, client_of(entry->d_name),
		    DIALECT_GENERATE, "gemini-3-flash");
		check_request(&file, client_of(entry->d_name),
		    DIALECT_GENERATE, "gemini-2.5-pro");
		for (to = 0; to < DIALECT_KINDS; to++)
			if (client_of(entry->d_name) == DIALECT_GENERATE)
				check_request(&file, DIALECT_GENERATE, to,
				    "m");
	}
	closedir(directory);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(recorded_replies_are_turned),
		cmocka_unit_test(recorded_requests_are_turned),
		cmocka_unit_test(clients_are_understood),
	};
	const char		*srcdir = getenv("srcdir");

	snprintf(root, sizeof(root), "%s", srcdir == NULL ? "." : srcdir);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
