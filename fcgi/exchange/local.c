#include "build.h"

#include "cors.h"
#include "count_tokens.h"
#include "json_text.h"
#include "local.h"
#include "models.h"
#include "status.h"

/* A list of models may be long. */
#define LOCAL_MAX	(8u * 1024 * 1024)

static int
write_local(struct exchange *x, struct json_write *w)
{
	switch (x->route.operation) {
	case OPERATION_MODELS:
		models_write_list(w, x->config,
		    models_shape(x->client, &x->route));
		break;
	case OPERATION_MODEL:
		return models_write_one(w, x->config,
		    models_shape(x->client, &x->route), x->route.model,
		    &x->problem);
	case OPERATION_ABOUT:
		status_write_about(w);
		break;
	case OPERATION_HEALTH:
		status_write_health(w);
		break;
	case OPERATION_STATUS:
		if (!x->caller.admitted) {
			x->problem = x->caller.refusal;
			return -1;
		}
		x->tokens = token_current(x->gateway->tokens);
		status_write_counters(w, x->gateway, x->config, x->tokens);
		break;
	case OPERATION_PREFLIGHT:
	case OPERATION_CREATE:
	case OPERATION_COUNT:
		break;
	}
	return 0;
}

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
	if (x->route.operation == OPERATION_PREFLIGHT) {
		cors_add_preflight(&x->answer.fields, x->client, x->config);
		return answer_body(&x->answer, 204, NULL, text_of(""));
	}
	buf_init(&body, LOCAL_MAX, &x->gateway->budget);
	json_write_start(&w, &body);
	return send_written(x, write_local(x, &w), &w, &body);
}

int
local_estimate(struct exchange *x)
{
	struct json_write	w;
	struct buf		body;

	headers_add(&x->answer.fields, COUNT_TOKENS_HEADER, "1");
	buf_init(&body, LOCAL_MAX, NULL);
	json_write_start(&w, &body);
	count_tokens_write(&w, x->dialect->kind,
	    count_tokens_estimate(&x->document, x->policy.system_prompt));
	return send_written(x, 0, &w, &body);
}
