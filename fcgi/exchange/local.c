#include "build.h"

#include "cors.h"
#include "count_tokens.h"
#include "exchange_state.h"
#include "json_text.h"
#include "local.h"
#include "models.h"
#include "status.h"

/* A list of models may be long. */
#define LOCAL_MAX	(8u * 1024 * 1024)

static int
write_models(struct exchange *x, struct json_write *w)
{
	return models_write_list(w, x->config, x->caller.key, x->dialect,
	    &x->reply, &x->problem);
}

static int
write_model(struct exchange *x, struct json_write *w)
{
	return models_write_one(w, x->config, x->caller.key, x->dialect,
	    x->route.model, &x->problem);
}

static int
write_health(struct exchange *x, struct json_write *w)
{
	(void)x;
	status_write_health(w);
	return 0;
}

static int
write_status(struct exchange *x, struct json_write *w)
{
	if (!x->caller.admitted) {
		x->problem = x->caller.refusal;
		return -1;
	}
	/* Beside a key that is set there need be no token file. */
	if (x->config->factory_keys_count == 0)
		x->tokens = token_current(x->gateway->tokens);
	status_write_counters(w, x->gateway, x->config, x->tokens);
	return 0;
}

static int
write_about(struct exchange *x, struct json_write *w)
{
	(void)x;
	status_write_about(w);
	return 0;
}

const struct operation local_operations[] = {
	{ .path = "models", .methods = ALLOWS_GET, .serving = SERVED_LOCALLY,
	    .write = write_models },
	{ .path = "models/{model}", .methods = ALLOWS_GET,
	    .serving = SERVED_LOCALLY, .model = MODEL_IN_PATH,
	    .write = write_model },
	{ .path = "health", .methods = ALLOWS_GET, .serving = SERVED_LOCALLY,
	    .write = write_health },
	{ .path = "status", .methods = ALLOWS_GET, .serving = SERVED_LOCALLY,
	    .write = write_status },
	{ .path = "", .methods = ALLOWS_GET, .serving = SERVED_LOCALLY,
	    .write = write_about },
	{ .path = NULL },
};

const struct operation local_preflight = {
	.path = "?", .methods = ALLOWS_ALL, .serving = SERVED_LOCALLY,
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
	struct json_write	w;
	struct buf		body;

	client_skip_body(x->client);
	if (x->route.operation->write == NULL) {
		cors_add_preflight(&x->answer.fields, x->client, x->config);
		return answer_body(&x->answer, 204, NULL, text_of(""));
	}
	buf_init(&body, LOCAL_MAX, &x->gateway->budget);
	json_write_start(&w, &body);
	return send_written(x, x->route.operation->write(x, &w), &w, &body);
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
