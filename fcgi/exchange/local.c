#include "build.h"

#include <string.h>

#include "cors.h"
#include "count_tokens.h"
#include "exchange_state.h"
#include "json_text.h"
#include "local.h"
#include "metrics.h"
#include "models.h"
#include "page.h"
#include "reports.h"
#include "status.h"

/* A list of models may be long. */
#define LOCAL_MAX	(8u * 1024 * 1024)

static int
write_models(struct exchange *x, struct json_write *w)
{
	/* Codex says its version, and wants more than a list. */
	bool	catalogue = route_query(&x->route, "client_version",
		    &x->reply) != NULL;

	return models_write_list(w, x->config, x->caller.key, x->dialect,
	    x->gateway->state.found_file, catalogue, &x->reply, &x->problem);
}

static int
write_model(struct exchange *x, struct json_write *w)
{
	return models_write_one(w, x->config, x->caller.key, x->dialect,
	    x->route.model, x->gateway->state.found_file, &x->reply,
	    &x->problem);
}

static int
check_overseer(struct exchange *x)
{
	return authorize_overseer(&x->caller, x->client, x->config, &x->reply,
	    &x->problem);
}

static int
write_status(struct exchange *x, struct json_write *w)
{
	if (check_overseer(x) == -1)
		return -1;
	x->tokens = credentials_known_tokens(x->gateway, x->config);
	status_write_counters(w, x->gateway, x->config, x->tokens);
	return 0;
}

static int
write_about(struct exchange *x, struct buf *out)
{
	struct json_write	w;

	(void)x;
	json_write_start(&w, out);
	status_write_about(&w);
	return json_write_finish(&w);
}

/* Sends what `write` wrote. */
static int
answer_written_as(struct exchange *x, int status,
    int (*write)(struct exchange *, struct buf *), const char *type)
{
	struct buf	body;
	int		result;

	buf_init(&body, LOCAL_MAX, &x->gateway->budget);
	result = write(x, &body);
	if (body.failed)
		result = problem_no_memory(&x->problem);
	if (result == 0)
		result = answer_body(&x->answer, status, type,
		    (struct text){ body.at, body.length });
	buf_release(&body);
	return result;
}

static int
answer_written(struct exchange *x, int (*write)(struct exchange *,
    struct buf *), const char *type)
{
	return answer_written_as(x, 200, write, type);
}

static const char *
why_lost(const struct exchange *x)
{
	return x->tokens != NULL ? x->tokens->lost : NULL;
}

static int
write_health(struct exchange *x, struct buf *out)
{
	struct json_write	w;

	json_write_start(&w, out);
	status_write_health(&w, why_lost(x));
	return json_write_finish(&w);
}

/* 503 once the login is over, which nothing but another one mends. */
static int
answer_health(struct exchange *x)
{
	x->tokens = credentials_known_tokens(x->gateway, x->config);
	return answer_written_as(x, why_lost(x) == NULL ? 200 : 503,
	    write_health, ANSWER_JSON);
}

static int
answer_overseer(struct exchange *x, int (*write)(struct exchange *,
    struct buf *), const char *type)
{
	return check_overseer(x) == -1 ? -1 : answer_written(x, write, type);
}

static bool
accepts(const struct exchange *x, const char *type)
{
	const char	*accept = client_header(x->client, "accept");

	return accept != NULL && strstr(accept, type) != NULL;
}

static int
write_metrics(struct exchange *x, struct buf *out)
{
	x->tokens = credentials_known_tokens(x->gateway, x->config);
	metrics_write(out, accepts(x, METRICS_OPEN_TYPE), x->gateway,
	    x->config, x->tokens);
	return 0;
}

static int
answer_metrics(struct exchange *x)
{
	headers_add(&x->answer.fields, "vary", "Accept");
	return answer_overseer(x, write_metrics,
	    accepts(x, METRICS_OPEN_TYPE) ? METRICS_OPEN : METRICS_TEXT);
}

/* A person gets a page. */
static int
answer_about(struct exchange *x)
{
	headers_add(&x->answer.fields, "vary", "Accept");
	return accepts(x, "text/html") ? page_answer(x) :
	    answer_written(x, write_about, ANSWER_JSON);
}

static int
answer_usage(struct exchange *x)
{
	return answer_overseer(x, reports_usage, ANSWER_JSON);
}

static int
answer_last(struct exchange *x)
{
	return answer_overseer(x, reports_last, ANSWER_JSON);
}

static int
answer_preflight(struct exchange *x)
{
	cors_add_preflight(&x->answer.fields, x->client, x->config);
	return answer_body(&x->answer, 204, NULL, text_of(""));
}

/* Each writes the answer's JSON, or answers with whatever it is. */
static const struct {
	int	(*write)(struct exchange *, struct json_write *);
	int	(*answer)(struct exchange *);
} answers[OWN_ANSWERS] = {
	[OWN_NONE] =		{ NULL, NULL },
	[OWN_PREFLIGHT] =	{ .answer = answer_preflight },
	[OWN_MODELS] =		{ .write = write_models },
	[OWN_MODEL] =		{ .write = write_model },
	[OWN_HEALTH] =		{ .answer = answer_health },
	[OWN_STATUS] =		{ .write = write_status },
	[OWN_METRICS] =		{ .answer = answer_metrics },
	[OWN_USAGE] =		{ .answer = answer_usage },
	[OWN_LAST] =		{ .answer = answer_last },
	[OWN_ABOUT] =		{ .answer = answer_about },
};

/* What was written into `body` goes out, if `result` is 0. */
static int
send_written(struct exchange *x, int result, struct json_write *w,
    struct buf *body)
{
	if (result == 0 && json_write_finish(w) == -1)
		result = problem_no_memory(&x->problem);
	if (result == 0)
		result = answer_json(&x->answer, 200, body);
	buf_release(body);
	return result;
}

int
local_answer(struct exchange *x)
{
	enum own_answer		own = x->route.operation->own;
	struct json_write	w;
	struct buf		body;

	client_skip_body(x->client);
	if (answers[own].answer != NULL)
		return answers[own].answer(x);
	buf_init(&body, LOCAL_MAX, &x->gateway->budget);
	json_write_start(&w, &body);
	return send_written(x, answers[own].write(x, &w), &w, &body);
}

int
local_estimate(struct exchange *x)
{
	struct json_write	w;
	struct buf		body;

	headers_add(&x->answer.fields, COUNT_TOKENS_HEADER, "1");
	buf_init(&body, LOCAL_MAX, NULL);
	json_write_start(&w, &body);
	json_put_object(&w);
	json_member_int(&w, x->route.operation->count_member,
	    count_tokens_estimate(&x->document, x->policy.system_prompt));
	json_put_end(&w);
	return send_written(x, 0, &w, &body);
}
