#include "build.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "calendar.h"
#include "config.h"
#include "ledger/fold.h"
#include "state.h"
#include "usage_command.h"
#include "user.h"

#define LAST		20
#define LAST_MAX	100000
#define SINCE_S		(30 * 86400)
#define WATCH_S		2
#define FOLD_WAIT_MS	5000
#define OUTPUT_MAX	(256u * 1024 * 1024)

/* Of a terminal: to its first line, and nothing below. */
#define CLEAR		"\033[H\033[2J"

/* ---- options ---- */

/* "7d", "12h", "30m": a time ago. 0 when it is none. */
static int64_t
time_ago(const char *text)
{
	static const struct {
		char	unit;
		int64_t	seconds;
	} units[] = { { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 },
	    { 'w', 7 * 86400 } };
	char	*end;
	long	 count = strtol(text, &end, 10);
	size_t	 i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (end[0] == units[i].unit && end[1] == '\0' && count > 0 &&
		    count < 100000)
			return (int64_t)time(NULL) - count * units[i].seconds;
	return 0;
}

/* The same, or a day or minute in UTC: 2026-01-31, 2026-01-31T14:00. */
static int
read_time(const char *text, int64_t *out)
{
	static const char *const	formats[] = { "%Y-%m-%d",
					    "%Y-%m-%dT%H:%M" };
	struct tm			parts;
	const char			*end;
	size_t				i;

	*out = time_ago(text);
	for (i = 0; i < 2 && *out == 0; i++) {
		memset(&parts, 0, sizeof(parts));
		end = strptime(text, formats[i], &parts);
		if (end != NULL && *end == '\0')
			*out = calendar_seconds(&parts);
	}
	return *out > 0 ? 0 : -1;
}

/* The number behind --last, which may be left out. */
static int
read_last(int argc, char **argv)
{
	int	count = LAST;

	if (optind < argc && isdigit((unsigned char)argv[optind][0]))
		count = atoi(argv[optind++]);
	return count > 0 && count <= LAST_MAX ? count : -1;
}

int
usage_option(struct usage_command *command, int option, int argc, char **argv)
{
	switch (option) {
	case USAGE_OPTION:
		command->asked = true;
		return 0;
	case USAGE_OPTION_LAST:
		command->asked = true;
		command->last = read_last(argc, argv);
		return command->last > 0 ? 0 : -1;
	case USAGE_OPTION_BY:
		return usage_by_of(optarg, &command->by);
	case USAGE_OPTION_SINCE:
		return read_time(optarg, &command->since);
	case USAGE_OPTION_UNTIL:
		return read_time(optarg, &command->until);
	case USAGE_OPTION_JSON:
		command->form = USAGE_JSON;
		return 0;
	case USAGE_OPTION_CSV:
		command->form = USAGE_CSV;
		return 0;
	case USAGE_OPTION_WATCH:
		command->watch = true;
		return 0;
	default:
		return -1;
	}
}

/* ---- printing ---- */

static int
complain(const struct problem *problem)
{
	fprintf(stderr, "droid2api.fcgi: %s\n", problem->message);
	return -1;
}

/* Of the terminal. */
static int
columns(void)
{
	struct winsize	size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
	    size.ws_col > 0 ? size.ws_col : USAGE_COLUMNS;
}

static int
write_answer(const struct usage_command *command, struct buf *out,
    struct usage_db *usage, struct problem *problem)
{
	int64_t			now_s = (int64_t)time(NULL);
	struct usage_question	question = {
		.by = command->by,
		.since = command->since != 0 ? command->since :
		    now_s - SINCE_S,
		.until = command->until != 0 ? command->until : now_s + 1,
	};

	return command->last > 0 ? usage_show_last(out, usage, command->last,
	    command->form, columns(), problem) : usage_show_groups(out, usage,
	    &question, command->form, columns(), problem);
}

/* What is there now, the journal folded in if that can be. */
static int
print_once(const struct usage_command *command, const struct state *state,
    struct fold *fold, int days)
{
	struct problem	 problem;
	struct usage_db	 usage;
	struct buf	 out;
	int		 result;

	problem_clear(&problem);
	if (fold_all(fold, days, FOLD_WAIT_MS, &problem) == -1)
		(void)complain(&problem);
	problem_clear(&problem);
	if (usage_open(&usage, state->ledger, &problem) == -1)
		return complain(&problem);
	buf_init(&out, OUTPUT_MAX, NULL);
	result = write_answer(command, &out, &usage, &problem);
	if (result == -1)
		(void)complain(&problem);
	else if (command->watch && isatty(STDOUT_FILENO))
		fputs(CLEAR, stdout);
	if (result == 0 && (fwrite(out.at, 1, out.length, stdout) !=
	    out.length || fflush(stdout) != 0))
		result = -1;
	buf_release(&out);
	usage_close(&usage);
	return result;
}

/* A configuration that is broken or not for this user says nothing. */
static int
find_state(const char *path, struct state *state, int *days,
    struct problem *problem)
{
	struct problem	 ignored;
	struct config	*config;
	int		 result;

	problem_clear(&ignored);
	config = config_read(path, NULL, NULL, &ignored);
	*days = config != NULL ? config->ledger_days : 0;
	result = state_find(state, config, problem);
	config_release(config);
	return result;
}

int
usage_run(struct usage_command *command, const char *config)
{
	struct problem	problem;
	struct state	state;
	struct fold	fold;
	int		days, result;

	problem_clear(&problem);
	if (find_state(config, &state, &days, &problem) == -1 ||
	    user_become_owner(state.ledger, &problem) == -1) {
		if (problem.kind == PROBLEM_MISSING)
			problem_set(&problem, PROBLEM_MISSING, "nothing was "
			    "recorded yet: there is no %s", state.ledger);
		(void)complain(&problem);
		return EXIT_FAILURE;
	}
	fold_init(&fold, state.ledger, NULL);
	result = print_once(command, &state, &fold, days);
	while (command->watch && result == 0) {
		sleep(WATCH_S);
		result = print_once(command, &state, &fold, days);
	}
	fold_close(&fold);
	return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
