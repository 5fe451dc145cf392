/*
 * One conversation said in four dialects: tests/scenarios/README.md. With
 * --print it shows what it reads instead of comparing; arguments are names of
 * scenarios, all of them by default.
 */
#include "build.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "convert.h"
#include "dialects/dialect.h"
#include "json_text.h"
#include "request.h"
#include "show.h"

#define FILE_MAX	((size_t)16 * 1024 * 1024)

static const struct model	model = {
	.id = "*",
	.sampling = true,
	.mid_system = true,
	.prefill = true,
	.forced_tools = true,
	.tools_reasoning = true,
};
static const struct policy	policy = { .model = &model,
	.model_id = "upstream-model" };

struct scenario {
	const char	*name;
	char		 folder[512];
	struct buf	 neutral;	/* the text of neutral.txt */
};

static bool	printing;
static int	failures, checks;

/*
 * Files.
 */

static bool
read_file(struct buf *out, const char *path)
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

static bool
read_part(const struct scenario *scenario, struct buf *out,
    enum dialect_kind dialect, const char *what)
{
	char	path[1024];

	buf_init(out, FILE_MAX, NULL);
	snprintf(path, sizeof(path), "%s/%s.%s", scenario->folder,
	    dialect_of(dialect)->name, what);
	return read_file(out, path);
}

/*
 * The section "== WHAT DIALECT" of neutral.txt, else "== WHAT"; false when
 * there is neither.
 */
static bool
find_section(const struct scenario *scenario, struct buf *out,
    const char *what, enum dialect_kind dialect)
{
	char		 heading[2][64];
	const char	*start, *end;
	size_t		 i;

	buf_init(out, FILE_MAX, NULL);
	snprintf(heading[0], sizeof(heading[0]), "\n== %s %s\n", what,
	    dialect_of(dialect)->name);
	snprintf(heading[1], sizeof(heading[1]), "\n== %s\n", what);
	for (i = 0; i < 2; i++) {
		start = strstr(scenario->neutral.at, heading[i]);
		if (start == NULL)
			continue;
		start += strlen(heading[i]);
		end = strstr(start - 1, "\n== ");
		buf_add(out, start, end == NULL ? strlen(start) :
		    (size_t)(end + 1 - start));
		return true;
	}
	return false;
}

/*
 * Verdicts.
 */

static void
compare(const struct scenario *scenario, const char *what,
    enum dialect_kind dialect, const char *got, const char *how)
{
	struct buf	expected;

	checks++;
	if (!find_section(scenario, &expected, what, dialect)) {
		printf("FAIL %s: neutral.txt has no section %s\n",
		    scenario->name, what);
		failures++;
	} else if (strcmp(expected.at, got) != 0) {
		printf("FAIL %s: %s\n--- expected\n%s+++ got\n%s", scenario->name,
		    how, expected.at, got);
		failures++;
	}
	buf_release(&expected);
}

static void
fail(const struct scenario *scenario, const char *how, const char *why)
{
	printf("FAIL %s: %s: %s\n", scenario->name, how, why);
	failures++;
}

/*
 * Requests.
 */

struct reading {
	struct arena		arena;
	struct tool_names	names;
	struct json_document	document;
	struct request		request;
	struct problem		problem;
};

static void
reading_release(struct reading *r)
{
	json_release(&r->document);
	arena_release(&r->arena);
}

static int
read_request(struct reading *r, enum dialect_kind dialect,
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
	r->request.policy = &policy;
	r->request.model = text_of(policy.model_id);
	return dialect_of(dialect)->read_request(&r->request,
	    json_root(&r->document), &r->problem);
}

static void
show_reading(struct buf *out, struct reading *r)
{
	buf_init(out, FILE_MAX, NULL);
	request_drop_blank(&r->request);
	request_merge_turns(&r->request);
	request_pair_results(&r->request, &r->problem);
	show_request(out, &r->request);
}

static int
write_request(struct reading *r, enum dialect_kind dialect, struct buf *out)
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

static void
check_losses(const struct scenario *scenario, enum dialect_kind to,
    const struct request *request, const char *how)
{
	struct buf	expected;
	char		list[1024];

	losses_list(&request->losses, list, sizeof(list) - 1);
	strcat(list, "\n");
	find_section(scenario, &expected, "lost", to);
	if (expected.length == 0)
		buf_putc(&expected, '\n');
	if (strcmp(expected.at, list) != 0) {
		printf("FAIL %s: %s: lost %s--- expected %s", scenario->name,
		    how, list, expected.at);
		failures++;
	}
	buf_release(&expected);
}

/* Where the writer must refuse: "== refused DIALECT" is in its message. */
static bool
is_refused(const struct scenario *scenario, enum dialect_kind to,
    const struct problem *problem, const char *how)
{
	struct buf	expected;
	bool		found;

	found = find_section(scenario, &expected, "refused", to);
	if (found) {
		expected.at[strcspn(expected.at, "\n")] = '\0';
		checks++;
		if (problem->kind == PROBLEM_NONE ||
		    strstr(problem->message, expected.at) == NULL)
			fail(scenario, how, problem->message);
	}
	buf_release(&expected);
	return found;
}

static void
check_rewritten(const struct scenario *scenario, enum dialect_kind to,
    const struct buf *wire, const char *how)
{
	struct reading	again;
	struct buf	shown;

	if (read_request(&again, to, wire) == -1) {
		fail(scenario, how, again.problem.message);
		printf("%s\n", wire->at);
	} else {
		show_reading(&shown, &again);
		compare(scenario, "request", to, shown.at, how);
		buf_release(&shown);
	}
	reading_release(&again);
}

static void
check_writing(const struct scenario *scenario, enum dialect_kind from,
    enum dialect_kind to, const struct buf *body)
{
	struct reading	one, two;
	struct buf	wire, same;
	char		how[128];
	int		result;

	snprintf(how, sizeof(how), "request %s to %s", dialect_of(from)->name,
	    dialect_of(to)->name);
	read_request(&one, from, body);
	result = write_request(&one, to, &wire);
	if (is_refused(scenario, to, &one.problem, how)) {
		buf_release(&wire);
		reading_release(&one);
		return;
	}
	read_request(&two, from, body);
	write_request(&two, to, &same);
	if (result == -1)
		fail(scenario, how, one.problem.message);
	else if (strcmp(wire.at, same.at) != 0)
		fail(scenario, how, "not the same when written twice");
	else
		check_rewritten(scenario, to, &wire, how);
	if (result == 0 && from != to)
		check_losses(scenario, to, &one.request, how);
	buf_release(&wire);
	buf_release(&same);
	reading_release(&one);
	reading_release(&two);
}

static bool
is_ready(enum dialect_kind dialect)
{
	const struct dialect	*d = dialect_of(dialect);

	return d->read_request != NULL && d->write_request != NULL &&
	    d->read_event != NULL && d->write_event != NULL;
}

static void
check_request(const struct scenario *scenario, enum dialect_kind from)
{
	enum dialect_kind	to;
	struct reading		r;
	struct buf		body, shown;
	char			how[128];

	if (!read_part(scenario, &body, from, "request.json")) {
		buf_release(&body);
		return;
	}
	snprintf(how, sizeof(how), "%s.request.json", dialect_of(from)->name);
	if (read_request(&r, from, &body) == -1) {
		if (!is_refused(scenario, from, &r.problem, how))
			fail(scenario, how, r.problem.message);
		reading_release(&r);
		buf_release(&body);
		return;
	}
	show_reading(&shown, &r);
	if (printing)
		printf("# %s/%s\n== request\n%s", scenario->name, how,
		    shown.at);
	else
		compare(scenario, "request", from, shown.at, how);
	buf_release(&shown);
	reading_release(&r);
	for (to = 0; !printing && to < DIALECT_KINDS; to++)
		if (is_ready(to))
			check_writing(scenario, from, to, &body);
	buf_release(&body);
}

/*
 * Replies.
 */

struct turning {
	struct arena		arena;
	struct convert		convert;
	struct convert_reply	reply;
	struct buf		client;		/* all bytes for the client */
};

static void
turning_init(struct turning *t, enum dialect_kind from, enum dialect_kind to,
    bool stream)
{
	struct convert_limits	limits = { &t->arena, NULL, FILE_MAX, "req" };

	memset(t, 0, sizeof(*t));
	arena_init(&t->arena, FILE_MAX, NULL);
	buf_init(&t->client, FILE_MAX, NULL);
	t->convert.client = to;
	t->convert.upstream = from;
	t->convert.policy = &policy;
	t->convert.model = text_of("asked-model");
	t->convert.stream = stream;
	t->convert.usage_wanted = true;
	tool_names_init(&t->convert.names, &t->arena);
	convert_reply_init(&t->reply, &t->convert, &limits);
}

static void
turning_release(struct turning *t)
{
	convert_reply_release(&t->reply);
	buf_release(&t->client);
	arena_release(&t->arena);
}

static void
feed(struct turning *t, const char *at, size_t length)
{
	convert_reply_feed(&t->reply, at, length);
	buf_add(&t->client, t->reply.out.at, t->reply.out.length);
	buf_clear(&t->reply.out);
}

static void
end(struct turning *t)
{
	convert_reply_end(&t->reply, NULL);
	buf_add(&t->client, t->reply.out.at, t->reply.out.length);
	buf_clear(&t->reply.out);
}

static void
show_turning(struct buf *out, struct turning *t)
{
	buf_init(out, FILE_MAX, NULL);
	show_reply(out, &t->reply.reply);
	if (t->reply.failed)
		buf_printf(out, "error %s: %s\n",
		    problem_name(t->reply.problem.kind),
		    t->reply.problem.message);
}

/* What is read from bytes that are cut at `cut`. */
static void
check_reading(const struct scenario *scenario, enum dialect_kind from,
    const struct buf *bytes, size_t cut, const char *how)
{
	struct turning	t;
	struct buf	shown;

	turning_init(&t, from, from, false);
	feed(&t, bytes->at, cut);
	feed(&t, bytes->at + cut, bytes->length - cut);
	end(&t);
	show_turning(&shown, &t);
	if (printing)
		printf("# %s/%s\n== reply\n%s", scenario->name, how, shown.at);
	else
		compare(scenario, "reply", from, shown.at, how);
	buf_release(&shown);
	turning_release(&t);
}

static void
check_turning(const struct scenario *scenario, enum dialect_kind from,
    enum dialect_kind to, bool stream, const struct buf *bytes)
{
	struct turning	t;
	char		how[128];
	size_t		i;

	snprintf(how, sizeof(how), "reply %s to %s, %s",
	    dialect_of(from)->name, dialect_of(to)->name, stream ?
	    "streamed" : "whole");
	turning_init(&t, from, to, stream);
	for (i = 0; i < bytes->length; i++)
		feed(&t, bytes->at + i, 1);
	end(&t);
	if (t.reply.failed && !t.reply.began) {
		turning_release(&t);
		return;		/* the exchange answers the problem */
	}
	i = (size_t)failures;
	check_reading(scenario, to, &t.client, 0, how);
	if (i != (size_t)failures)
		printf("the client was sent\n%s\n", t.client.at);
	turning_release(&t);
}

static void
check_reply(const struct scenario *scenario, enum dialect_kind from,
    const char *what)
{
	enum dialect_kind	to;
	struct buf		bytes;
	char			how[128];
	size_t			cut;

	if (!read_part(scenario, &bytes, from, what)) {
		buf_release(&bytes);
		return;
	}
	snprintf(how, sizeof(how), "%s.%s", dialect_of(from)->name, what);
	check_reading(scenario, from, &bytes, 0, how);
	for (cut = 1; !printing && cut < bytes.length && failures < 20; cut++)
		check_reading(scenario, from, &bytes, cut, how);
	for (to = 0; !printing && to < DIALECT_KINDS; to++) {
		if (!is_ready(to))
			continue;
		check_turning(scenario, from, to, true, &bytes);
		check_turning(scenario, from, to, false, &bytes);
	}
	buf_release(&bytes);
}

/*
 * Scenarios.
 */

static void
run(const char *root, const char *name)
{
	struct scenario		scenario = { .name = name };
	enum dialect_kind	dialect;
	char			path[1024];

	snprintf(scenario.folder, sizeof(scenario.folder), "%s/%s", root,
	    name);
	snprintf(path, sizeof(path), "%s/neutral.txt", scenario.folder);
	buf_init(&scenario.neutral, FILE_MAX, NULL);
	buf_putc(&scenario.neutral, '\n');
	if (!read_file(&scenario.neutral, path) && !printing)
		fail(&scenario, "neutral.txt", "missing");
	for (dialect = 0; dialect < DIALECT_KINDS; dialect++) {
		if (!is_ready(dialect))
			continue;
		check_request(&scenario, dialect);
		check_reply(&scenario, dialect, "reply.json");
		check_reply(&scenario, dialect, "reply.sse");
	}
	buf_release(&scenario.neutral);
}

static int
is_scenario(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && strchr(entry->d_name, '.') == NULL;
}

static void
run_all(const char *root)
{
	struct dirent	**entries;
	int		  count, i;

	count = scandir(root, &entries, is_scenario, alphasort);
	for (i = 0; i < count; i++) {
		run(root, entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

int
main(int argc, char **argv)
{
	const char	*srcdir = getenv("srcdir");
	char		 root[256];
	int		 i = 1;

	snprintf(root, sizeof(root), "%s/tests/scenarios",
	    srcdir == NULL ? "." : srcdir);
	if (argc > 1 && strcmp(argv[1], "--print") == 0) {
		printing = true;
		i++;
	}
	if (i == argc)
		run_all(root);
	for (; i < argc; i++)
		run(root, argv[i]);
	if (printing)
		return 0;
	printf("%d checks, %d failures\n", checks, failures);
	return failures > 0 || checks == 0;
}
