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

#include "dialects/convert.h"
#include "dialects/dialects.h"
#include "json_text.h"
#include "neutral/request.h"
#include "show.h"
#include "turning.h"

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
read_part(const struct scenario *scenario, struct buf *out,
    enum dialect_kind dialect, const char *what)
{
	char	path[1024];

	buf_init(out, FILE_MAX, NULL);
	snprintf(path, sizeof(path), "%s/%s.%s", scenario->folder,
	    dialect_of(dialect)->name, what);
	return testing_read(out, path);
}

/*
 * The section "== WHAT TO" of neutral.txt, else "== WHAT FROM", else "== WHAT";
 * false when there is none of them.
 */
static bool
find_section(const struct scenario *scenario, struct buf *out,
    const char *what, enum dialect_kind from, enum dialect_kind to)
{
	char		 heading[3][64];
	const char	*start, *end;
	size_t		 i;

	buf_init(out, FILE_MAX, NULL);
	snprintf(heading[0], sizeof(heading[0]), "\n== %s %s\n", what,
	    dialect_of(to)->name);
	snprintf(heading[1], sizeof(heading[1]), "\n== %s %s\n", what,
	    dialect_of(from)->name);
	snprintf(heading[2], sizeof(heading[2]), "\n== %s\n", what);
	for (i = 0; i < 3; i++) {
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

/* Whether "== WHAT DIALECT" is there. */
static bool
has_own(const struct scenario *scenario, const char *what,
    enum dialect_kind dialect)
{
	char	heading[64];

	snprintf(heading, sizeof(heading), "\n== %s %s\n", what,
	    dialect_of(dialect)->name);
	return strstr(scenario->neutral.at, heading) != NULL;
}

/*
 * Verdicts.
 */

static void
compare_turned(const struct scenario *scenario, const char *what,
    enum dialect_kind from, enum dialect_kind to, const char *got,
    const char *how)
{
	struct buf	expected;

	checks++;
	if (!find_section(scenario, &expected, what, from, to)) {
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
compare(const struct scenario *scenario, const char *what,
    enum dialect_kind dialect, const char *got, const char *how)
{
	compare_turned(scenario, what, dialect, dialect, got, how);
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

static void
show_reading(struct buf *out, struct reading *r)
{
	buf_init(out, FILE_MAX, NULL);
	request_drop_blank(&r->request);
	request_merge_turns(&r->request);
	request_pair_results(&r->request, &r->problem);
	show_request(out, &r->request);
}

static void
check_losses(const struct scenario *scenario, enum dialect_kind to,
    const struct request *request, const char *how)
{
	struct buf	expected;
	char		list[1024];

	losses_list(&request->losses, list, sizeof(list) - 1);
	strcat(list, "\n");
	find_section(scenario, &expected, "lost", to, to);
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

	found = find_section(scenario, &expected, "refused", to, to);
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

/* Marks on parts; `wipe` takes them off. */
static bool
parts_marked(struct part *part, bool wipe)
{
	bool	found = false;

	for (; part != NULL; part = part->next) {
		found |= part->cache != CACHE_NONE ||
		    parts_marked(part->content, wipe);
		if (wipe)
			part->cache = CACHE_NONE;
	}
	return found;
}

static bool
marked(struct request *request, bool wipe)
{
	bool		 found = parts_marked(request->system, wipe);
	struct turn	*turn;
	struct tool	*tool;

	for (turn = request->turns; turn != NULL; turn = turn->next)
		found |= parts_marked(turn->parts, wipe);
	for (tool = request->tools; tool != NULL; tool = tool->next) {
		found |= tool->cache != CACHE_NONE;
		if (wipe)
			tool->cache = CACHE_NONE;
	}
	return found;
}

/* A writer may put cache marks where there were none. */
static void
check_rewritten(const struct scenario *scenario, enum dialect_kind from,
    enum dialect_kind to, const struct buf *wire, bool was_marked)
{
	struct reading	again;
	struct buf	shown;
	char		how[128];

	snprintf(how, sizeof(how), "request %s to %s", dialect_of(from)->name,
	    dialect_of(to)->name);
	if (reading_read(&again, to, wire) == -1) {
		fail(scenario, how, again.problem.message);
		printf("%s\n", wire->at);
	} else {
		if (!was_marked)
			marked(&again.request, true);
		show_reading(&shown, &again);
		compare_turned(scenario, has_own(scenario, "written", to) ?
		    "written" : "request", from, to, shown.at, how);
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
	bool		was_marked;
	int		result;

	snprintf(how, sizeof(how), "request %s to %s", dialect_of(from)->name,
	    dialect_of(to)->name);
	reading_read(&one, from, body);
	result = reading_write(&one, to, &wire);
	if (is_refused(scenario, to, &one.problem, how)) {
		buf_release(&wire);
		reading_release(&one);
		return;
	}
	reading_read(&two, from, body);
	was_marked = marked(&two.request, false);
	reading_write(&two, to, &same);
	if (result == -1)
		fail(scenario, how, one.problem.message);
	else if (strcmp(wire.at, same.at) != 0)
		fail(scenario, how, "not the same when written twice");
	else
		check_rewritten(scenario, from, to, &wire, was_marked);
	if (result == 0 && from != to)
		check_losses(scenario, to, &one.request, how);
	buf_release(&wire);
	buf_release(&same);
	reading_release(&one);
	reading_release(&two);
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
	if (reading_read(&r, from, &body) == -1) {
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
		if (dialect_is_ready(to))
			check_writing(scenario, from, to, &body);
	buf_release(&body);
}

/*
 * Replies.
 */

/* What is read from bytes that are cut at `cut`. */
static void
check_reading(const struct scenario *scenario, enum dialect_kind from,
    const struct buf *bytes, size_t cut, const char *what, const char *how)
{
	struct turning	t;
	struct buf	shown;

	turning_init(&t, from, from, false);
	turning_feed(&t, bytes->at, cut);
	turning_feed(&t, bytes->at + cut, bytes->length - cut);
	turning_end(&t);
	turning_show(&shown, &t);
	if (printing)
		printf("# %s/%s\n== reply\n%s", scenario->name, how, shown.at);
	else
		compare(scenario, what, from, shown.at, how);
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
		turning_feed(&t, bytes->at + i, 1);
	turning_end(&t);
	if (t.reply.failed && !t.reply.began) {
		turning_release(&t);
		return;		/* the exchange answers the problem */
	}
	i = (size_t)failures;
	check_reading(scenario, to, &t.client, 0,
	    passed_streams(&t.reply.passed) ? "reply" :
	    !stream && has_own(scenario, "whole", to) ? "whole" :
	    has_own(scenario, "reread", to) ? "reread" : "reply", how);
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
	check_reading(scenario, from, &bytes, 0, "reply", how);
	for (cut = 1; !printing && cut < bytes.length && failures < 20; cut++)
		check_reading(scenario, from, &bytes, cut, "reply", how);
	for (to = 0; !printing && to < DIALECT_KINDS; to++) {
		if (!dialect_is_ready(to))
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
	if (!testing_read(&scenario.neutral, path) && !printing)
		fail(&scenario, "neutral.txt", "missing");
	for (dialect = 0; dialect < DIALECT_KINDS; dialect++) {
		if (!dialect_is_ready(dialect))
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
