#include "build.h"

#include <stdlib.h>

#include "clock.h"
#include "ledger/usage_show.h"
#include "reports.h"

#define DAY_S		86400
#define DAYS_MAX	36600
#define LAST_MAX	1000
#define FOLD_WAIT_MS	200

/* A number of the query, or what it is without. */
static int
read_number(struct exchange *x, const char *name, int without, int max,
    int *out)
{
	const char	*text = route_query(&x->route, name, &x->reply);
	char		*end;
	long		 number;

	*out = without;
	if (text == NULL)
		return 0;
	number = strtol(text, &end, 10);
	if (end == text || *end != '\0' || number < 1 || number > max)
		return problem_field(&x->problem, PROBLEM_INVALID, name,
		    "%s must be a number from 1 to %d", name, max);
	*out = (int)number;
	return 0;
}

/*
 * With all in it that was done before. 1: nothing was yet, and `empty` is
 * the answer.
 */
static int
open_ledger(struct exchange *x, struct usage_db *usage, struct buf *out,
    const char *empty)
{
	if (x->gateway->ledger == NULL || x->config->ledger_days == 0)
		return problem_set(&x->problem, PROBLEM_MISSING,
		    "there is no ledger (ledger_days)");
	ledger_fold(x->gateway->ledger, FOLD_WAIT_MS);
	if (usage_open(usage, x->gateway->state.ledger, &x->problem) == 0)
		return 0;
	if (x->problem.kind != PROBLEM_MISSING)
		return -1;
	problem_clear(&x->problem);
	buf_puts(out, empty);
	return 1;
}

int
reports_usage(struct exchange *x, struct buf *out)
{
	const char		*by = route_query(&x->route, "by", &x->reply);
	int64_t			 now_s = (int64_t)wall_s();
	struct usage_question	 question = { .until = now_s + 1 };
	struct usage_db		 usage;
	int			 days, result;

	if (read_number(x, "days", 30, DAYS_MAX, &days) == -1)
		return -1;
	if (usage_by_of(by != NULL ? by : "model", &question.by) == -1)
		return problem_field(&x->problem, PROBLEM_INVALID, "by",
		    "by must be key, model, day, hour, upstream, tool, session "
		    "or total");
	question.since = now_s - now_s % DAY_S - (int64_t)(days - 1) * DAY_S;
	question.key = route_query(&x->route, "key_name", &x->reply);
	result = open_ledger(x, &usage, out, "{\"groups\":[]}");
	if (result != 0)
		return result == 1 ? 0 : -1;
	result = usage_show_groups(out, &usage, &question, USAGE_JSON,
	    USAGE_COLUMNS, &x->problem);
	usage_close(&usage);
	return result;
}

int
reports_last(struct exchange *x, struct buf *out)
{
	struct usage_db	usage;
	int		count, result;

	if (read_number(x, "count", 20, LAST_MAX, &count) == -1)
		return -1;
	result = open_ledger(x, &usage, out, "{\"exchanges\":[]}");
	if (result != 0)
		return result == 1 ? 0 : -1;
	result = usage_show_last(out, &usage, count, USAGE_JSON,
	    USAGE_COLUMNS, &x->problem);
	usage_close(&usage);
	return result;
}
