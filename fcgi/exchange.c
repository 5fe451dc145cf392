#include "build.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "answer.h"
#include "exchange.h"
#include "exchange_log.h"
#include "foresee.h"
#include "json_text.h"
#include "log.h"
#include "models.h"
#include "relay.h"
#include "send.h"
#include "target.h"

/* Apart from bodies, of which config says the ceiling. */
#define REQUEST_ARENA_MAX	(256u * 1024 * 1024)
#define REPLY_ARENA_MAX		(64u * 1024 * 1024)

static void
begin(struct exchange *x, struct exchange_tools *tools, struct client *client)
{
	struct budget *budget = &tools->gateway->budget;
	char uuid[37];
	size_t i, at = 4;

	memset(x, 0, sizeof(*x));
	x->gateway = tools->gateway;
	x->upstream = tools->upstream;
	x->client = client;
	x->began_us = exchange_now_us();
	x->config = config_current(x->gateway->configs);
	uuid_random(uuid);
	memcpy(x->id, "req_", 4);
	for (i = 0; i < 36; i++)
		if (uuid[i] != '-')
			x->id[at++] = uuid[i];
	arena_init(&x->request, REQUEST_ARENA_MAX, budget);
	arena_init(&x->reply, REPLY_ARENA_MAX, budget);
	buf_init(&x->body, x->config->body_max, budget);
	buf_init(&x->converted, x->config->body_max * 2, budget);
	json_init(&x->document, budget);
	credentials_init(&x->credentials, x->gateway, &x->reply);
	headers_init(&x->upstream_headers, &x->reply);
	watch_init(&x->watch);
	problem_clear(&x->problem);
	x->dialect = dialect_of(DIALECT_CHAT);
	scoreboard_enter(x->gateway->scoreboard);
}

/* What only a request that may be sent again needs. */
static void
release_request(struct exchange *x)
{
	json_release(&x->document);
	buf_release(&x->body);
	buf_release(&x->converted);
	arena_release(&x->request);
}

static void
end(struct exchange *x)
{
	scoreboard_leave(x->gateway->scoreboard);
	release_request(x);
	arena_release(&x->reply);
	tokens_release(x->tokens);
	config_release(x->config);
}

/* A web page may send a body without asking first only under other types. */
static int
check_content_type(struct exchange *x)
{
	const char *type = client_header(x->client, "content-type");

	if (client_header(x->client, "origin") == NULL ||
	    (type != NULL && strncasecmp(type, "application/json", 16) == 0))
		return 0;
	return problem_set(&x->problem, PROBLEM_MEDIA_TYPE,
	    "the body must be sent as application/json");
}

/* The body as JSON, all of it or as deep as edits look. */
static int
scan(struct exchange *x, bool whole)
{
	struct json_limits limits = {
		.record_depth = whole ? 0 : x->dialect->edit_depth,
		.tokens_max = x->config->json_tokens_max,
	};
	struct json_document *document = &x->document;
	size_t line, column;

	x->whole = whole;
	if (json_scan(document, x->body.at, x->body.length, &limits) == 0)
		return 0;
	switch (document->failure) {
	case JSON_NO_MEMORY:
		return problem_no_memory(&x->problem);
	case JSON_TOO_MANY:
		return problem_set(&x->problem, PROBLEM_TOO_LARGE,
		    "the body holds more than %u JSON values",
		    x->config->json_tokens_max);
	case JSON_TOO_DEEP:
		return problem_set(&x->problem, PROBLEM_INVALID,
		    "the body is nested deeper than %d levels",
		    JSON_DEPTH_MAX);
	case JSON_OK:
	case JSON_INVALID:
		break;
	}
	json_position(x->body.at, document->offset, &line, &column);
	return problem_set(&x->problem, PROBLEM_INVALID,
	    "the body is not valid JSON: line %zu, column %zu: %s", line,
	    column, document->reason);
}

/* All of the body as JSON, if the first scan did not look so deep. */
static int
scan_whole(struct exchange *x)
{
	return x->whole ? 0 : scan(x, true);
}

/* Client -> body, model, stream, session. */
static int
read_request(struct exchange *x)
{
	struct head head;

	if (!x->caller.admitted && *x->caller.credential == '\0') {
		x->problem = x->caller.refusal;
		return -1;
	}
	if (check_content_type(x) == -1 ||
	    client_read_body(x->client, &x->body, &x->problem) == -1 ||
	    scan(x, foresee_conversion(x->config, &x->route,
	    (struct text){ x->body.at, x->body.length })) == -1)
		return -1;
	exchange_log_request(x);
	memset(&head, 0, sizeof(head));
	if (x->dialect->read_head(&head, &x->request,
	    json_root(&x->document), &x->problem) == -1)
		return -1;
	x->stream = x->route.stream || json_true(head.stream);
	if (x->route.model_in_path)
		x->stream = x->route.stream;
	session_find(&x->session, x->client, head.session_name, head.session,
	    x->caller.credential);
	x->model_asked = x->route.model_in_path ? x->route.model
	    : text_decode_string(&x->reply, json_escaped(head.model));
	if (x->model_asked == NULL || *x->model_asked == '\0')
		return problem_field(&x->problem, PROBLEM_INVALID, "model",
		    "model is required");
	return 0;
}

/* Model -> its entry, its endpoint, the lane, the policy. */
static int
find_model(struct exchange *x)
{
	const char *id;
	const struct model *model = models_find(x->config, x->model_asked, &id,
	    &x->problem);

	if (model == NULL)
		return -1;
	if (id != x->model_asked)
		log_info(x->id, "Model redirected: %s -> %s", x->model_asked,
		    id);
	x->endpoint = model->endpoint;
	x->target = dialect_of(model->endpoint->dialect);
	x->policy.model = model;
	x->policy.model_id = id;
	x->policy.effort = model->reasoning;
	x->policy.fast = model->fast;
	x->policy.count = x->route.operation == OPERATION_COUNT;
	x->policy.system_prompt = model->endpoint->profile == PROFILE_FACTORY
	    ? x->config->system_prompt : "";
	x->lane = x->target == x->dialect ? LANE_SAME : LANE_CONVERT;
	return 0;
}

static int
find_credentials(struct exchange *x)
{
	if (credentials_use_accounts(x->config, x->endpoint))
		x->tokens = token_current(x->gateway->tokens);
	return credentials_choose(&x->credentials, x->config, x->endpoint,
	    x->tokens, &x->caller, &x->session, &x->problem);
}

/* Same dialect: policy as edits of the client's bytes. */
static int
edit_request(struct exchange *x)
{
	edits_start(&x->edits, &x->document, &x->request);
	if (x->dialect->edit_request(&x->edits, json_root(&x->document),
	    &x->policy, &x->problem) == -1 || target_place(x) == -1)
		return -1;
	if (edits_finish(&x->edits) == -1)
		return problem_no_memory(&x->problem);
	if (edits_change(&x->edits))
		x->lane = LANE_EDIT;
	return 0;
}

/* What a conversion must know; a reply of the same dialect may need one too. */
static void
init_convert(struct exchange *x)
{
	const char *strict = client_header(x->client, "x-droid2api-strict");

	x->convert.client = x->dialect->kind;
	x->convert.upstream = x->target->kind;
	x->convert.policy = &x->policy;
	x->convert.model = text_of(x->policy.model_id);
	x->convert.stream = x->stream;
	x->convert.array = x->route.model_in_path && !x->route.sse;
	x->convert.strict = x->config->strict ||
	    (strict != NULL && strcmp(strict, "1") == 0);
	tool_names_init(&x->convert.names, &x->reply);
}

/*
 * Another dialect: read, apply policy, write. What is written is about as long
 * as what was read: a buffer that has to grow would copy it again and again.
 */
static int
convert(struct exchange *x)
{
	if (scan_whole(x) == -1)
		return -1;
	if (buf_room(&x->converted, x->body.length) == NULL)
		return problem_no_memory(&x->problem);
	if (convert_request(&x->convert, &x->request, json_root(&x->document),
	    &x->converted, &x->problem) == -1)
		return -1;
	edits_plain(&x->edits, (struct text){ x->converted.at,
	    x->converted.length });
	return 0;
}

/* The bytes that go upstream, and where they go. */
static int
prepare_request(struct exchange *x)
{
	init_convert(x);
	if ((x->lane == LANE_CONVERT ? convert(x) : edit_request(x)) == -1)
		return -1;
	return target_find_url(x);
}

/* Tokens counted here, where no upstream does. */
static int
estimate(struct exchange *x)
{
	if (scan_whole(x) == -1)
		return -1;
	return answer_estimate(x);
}

/* Whether the upstream has no such route as count_tokens. */
static bool
cannot_count(const struct exchange *x)
{
	return x->route.operation == OPERATION_COUNT &&
	    (x->upstream_status == 404 || x->upstream_status == 405 ||
	    x->upstream_status == 501);
}

/* Upstream and back. */
static int
pass_on(struct exchange *x)
{
	int result = send_request(x);

	if (result == 0 && cannot_count(x)) {
		upstream_finish(x->upstream);
		return estimate(x);
	}
	if (result == 0) {
		x->first_byte_us = upstream_first_byte_us(x->upstream);
		if (upstream_body_sent(x->upstream))
			release_request(x);
		result = relay_reply(x);
	}
	upstream_finish(x->upstream);
	return result;
}

static int
serve(struct exchange *x)
{
	int found = route_find(&x->route, x->client, x->config, &x->reply,
	    &x->problem);

	x->dialect = dialect_of(x->route.dialect);
	if (found == -1)
		return -1;
	authorize_caller(&x->caller, x->client, &x->route, x->config,
	    &x->reply);
	if (x->route.operation != OPERATION_CREATE &&
	    x->route.operation != OPERATION_COUNT)
		return answer_local(x);
	if (read_request(x) == -1 ||
	    find_model(x) == -1)
		return -1;
	if (x->route.operation == OPERATION_COUNT && !target_counts(x))
		return estimate(x);
	if (find_credentials(x) == -1 ||
	    prepare_request(x) == -1)
		return -1;
	return pass_on(x);
}

/* The problem, in whatever form the client can still be told. */
static int
tell_failure(struct exchange *x)
{
	x->failed = true;
	if (!x->client->started)
		return answer_problem(x);
	if (x->early && !x->told && !x->cut)
		return relay_failure(x);
	return 0;
}

bool
exchange_run(struct exchange_tools *tools, struct client *client)
{
	struct exchange x;
	int result;
	bool whole;

	begin(&x, tools, client);
	result = serve(&x);
	if (result == -1)
		result = tell_failure(&x);
	whole = result == 0 && !x.cut;
	exchange_log(&x, result == CLIENT_GONE);
	end(&x);
	return whole;
}

void
exchange_shed(struct gateway *gateway, struct client *client,
    const char *reason)
{
	struct exchange_tools tools = { .gateway = gateway };
	struct exchange x;

	begin(&x, &tools, client);
	(void)route_find(&x.route, client, x.config, &x.reply, &x.problem);
	x.dialect = dialect_of(x.route.dialect);
	client->body_read = true;
	problem_set(&x.problem, PROBLEM_OVERLOADED, "%s, try again", reason);
	x.problem.retry_after_s = 1;
	x.failed = true;
	(void)answer_problem(&x);
	scoreboard_count(gateway->scoreboard, COUNT_SHED, 1);
	end(&x);
}
