#include "build.h"

#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "cors.h"
#include "count_tokens.h"
#include "relay/relay_convert.h"
#include "relay/reply_headers.h"

/* A list of models may be long, an error message is short. */
#define ANSWER_MAX	(8u * 1024 * 1024)

/* When an upstream limits us and doesn't say for how long. */
#define RETRY_AFTER_S	5

void
answer_headers(struct exchange *x, struct headers *headers)
{
	headers_add(headers, "x-droid2api-request-id", x->id);
	headers_add(headers, "cache-control", "no-store");
	cors_add(headers, x->client, x->config);
}

int
answer_body(struct exchange *x, int status, const struct headers *headers,
    const char *body, size_t length)
{
	x->status = status;
	if (client_start(x->client, status, headers) == CLIENT_GONE ||
	    client_write(x->client, body, length) == CLIENT_GONE ||
	    client_finish(x->client) == CLIENT_GONE)
		return CLIENT_GONE;
	return 0;
}

/* A JSON text in `body` with the headers that go with it. */
static int
answer_json(struct exchange *x, int status, struct headers *headers,
    const struct buf *body)
{
	answer_headers(x, headers);
	headers_add(headers, "content-type", "application/json; charset=utf-8");
	headers_printf(headers, "content-length", "%zu", body->length);
	return answer_body(x, status, headers, body->at, body->length);
}

static int
answer_preflight(struct exchange *x)
{
	struct headers headers;

	headers_init(&headers, &x->reply);
	answer_headers(x, &headers);
	cors_add_preflight(&headers, x->client, x->config);
	headers_add(&headers, "content-length", "0");
	return answer_body(x, 204, &headers, "", 0);
}

int
answer_local(struct exchange *x)
{
	struct headers headers;
	struct json_write w;
	struct buf body;
	int result;

	client_skip_body(x->client);
	if (x->route.operation->write == NULL)
		return answer_preflight(x);
	headers_init(&headers, &x->reply);
	buf_init(&body, ANSWER_MAX, &x->gateway->budget);
	json_write_start(&w, &body);
	result = x->route.operation->write(x, &w);
	if (result == 0 && json_write_finish(&w) == -1)
		result = problem_set(&x->problem, PROBLEM_OVERLOADED,
		    "out of memory");
	if (result == 0)
		result = answer_json(x, 200, &headers, &body);
	buf_release(&body);
	return result;
}

int
answer_estimate(struct exchange *x)
{
	struct headers headers;
	struct json_write w;
	struct buf body;
	int result;

	headers_init(&headers, &x->reply);
	headers_add(&headers, COUNT_TOKENS_HEADER, "1");
	headers_add(&headers, "x-request-id", x->id);
	buf_init(&body, ANSWER_MAX, NULL);
	json_write_start(&w, &body);
	json_put_object(&w);
	json_member_int(&w, x->route.operation->count_member,
	    count_tokens_estimate(&x->document, x->policy.system_prompt));
	json_put_end(&w);
	result = json_write_finish(&w) == 0
	    ? answer_json(x, 200, &headers, &body)
	    : problem_set(&x->problem, PROBLEM_OVERLOADED, "out of memory");
	buf_release(&body);
	return result;
}

/* The fields that belong to a problem. */
static void
problem_headers(struct exchange *x, struct headers *headers, int status)
{
	struct problem *problem = &x->problem;

	if (problem->allow != NULL)
		headers_add(headers, "allow", problem->allow);
	if (status == 429 && problem->retry_after_s == 0)
		problem->retry_after_s = RETRY_AFTER_S;
	if (status == 503 && problem->retry_after_s == 0)
		problem->retry_after_s = 1;
	if (problem->retry_after_s > 0)
		headers_printf(headers, "retry-after", "%d",
		    problem->retry_after_s);
	if (status == 426) {
		headers_add(headers, "upgrade", "HTTP/1.1");
		headers_add(headers, "connection", "Upgrade");
	}
	if (status == 401 && x->upstream_status == 0) {
		headers_add(headers, "www-authenticate", "Bearer");
		headers_add(headers, "x-should-retry", "false");
	}
}

int
answer_problem(struct exchange *x)
{
	struct headers headers;
	struct json_write w;
	struct buf body;
	int status = x->dialect->status != NULL
	    ? x->dialect->status(&x->problem) : problem_status(&x->problem);
	int result = -1;

	client_skip_body(x->client);
	headers_init(&headers, &x->reply);
	problem_headers(x, &headers, status);
	reply_headers_pass(&headers, &x->upstream_headers,
	    x->credentials.count > 0 && !credentials_server_side(
	    &x->credentials));
	headers_remove(&headers, "content-encoding");
	headers_remove(&headers, "content-type");
	if (headers_find(&headers, "x-request-id") == NULL)
		headers_add(&headers, "x-request-id", x->id);
	relay_add_losses(x, &headers);
	buf_init(&body, ANSWER_MAX, NULL);
	json_write_start(&w, &body);
	x->dialect->write_problem(&w, &x->problem, x->id);
	if (json_write_finish(&w) == 0)
		result = answer_json(x, status, &headers, &body);
	buf_release(&body);
	return result;
}
