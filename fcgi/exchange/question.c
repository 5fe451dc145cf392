#include "build.h"

#include <string.h>

#include "dialects/dialects.h"
#include "exchange_log.h"
#include "framing/multipart.h"
#include "json_text.h"
#include "question.h"

/* Why the body can't be used: always -1. */
static int
refuse_json(struct exchange *x)
{
	const struct json_document	*document = &x->document;
	size_t				 line, column;

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

static int
find_model_name(struct exchange *x)
{
	if (x->model_asked == NULL || *x->model_asked == '\0')
		return problem_field(&x->problem, PROBLEM_INVALID, "model",
		    "model is required");
	return 0;
}

static int
read_json(struct exchange *x)
{
	struct json_limits	limits = {
		.tokens_max = x->config->json_tokens_max,
	};
	struct head		head;

	if (json_scan(&x->document, x->body.at, x->body.length, &limits) == -1)
		return refuse_json(x);
	memset(&head, 0, sizeof(head));
	if (x->dialect->read_head(&head, &x->request,
	    json_root(&x->document), &x->problem) == -1)
		return -1;
	x->content_type = "application/json";
	session_find(&x->session, x->client, head.session_name, head.session,
	    x->caller.credential);
	x->usage_wanted = head.stream_usage;
	if (operation_is_conversation(x->route.operation) &&
	    head.written_in != DIALECT_KINDS)
		x->written_in = dialect_of(head.written_in);
	if (x->route.operation->model == MODEL_IN_PATH) {
		x->model_asked = x->route.model;
		x->stream = x->route.operation->stream;
	} else {
		x->model_asked = text_decode_string(&x->reply,
		    json_escaped(head.model));
		x->stream = json_true(head.stream) &&
		    !x->route.operation->summary;
	}
	return find_model_name(x);
}

/* Its fields may come in any order: whether events are wanted is not known. */
static int
read_form(struct exchange *x)
{
	x->content_type = client_header(x->client, "content-type");
	if (multipart_find(x->content_type, (struct text){ x->body.at,
	    x->body.length }, "model", &x->model_field, &x->problem) == -1)
		return -1;
	session_find(&x->session, x->client, NULL, text_of(""),
	    x->caller.credential);
	if (x->model_field.at != NULL &&
	    memchr(x->model_field.at, '\0', x->model_field.length) == NULL)
		x->model_asked = arena_memdup(&x->reply, x->model_field.at,
		    x->model_field.length);
	return find_model_name(x);
}

/* Passed, whatever it is; no model is asked. Some name the type of nothing. */
static int
read_bytes(struct exchange *x)
{
	x->content_type = x->body.length == 0 ? NULL :
	    client_header(x->client, "content-type");
	session_find(&x->session, x->client, NULL, text_of(""),
	    x->caller.credential);
	return 0;
}

static bool
is_form(const struct exchange *x)
{
	return multipart_is(client_header(x->client, "content-type"));
}

int
question_read(struct exchange *x)
{
	if (client_read_body(x->client, &x->body, &x->problem) == -1)
		return -1;
	exchange_log_request(x);
	switch (x->route.operation->body) {
	case BODY_JSON:
		break;
	case BODY_FORM:
		if (!is_form(x))
			break;
		return read_form(x);
	case BODY_BYTES:
		return read_bytes(x);
	}
	return read_json(x);
}
