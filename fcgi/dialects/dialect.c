#include "build.h"

#include "dialects/dialect.h"
#include "json_text.h"

void
named_model_write_operations(struct json_write *w,
    const struct named_model *one)
{
	struct model_operation	operation;
	size_t			at = 0;

	json_put_key(w, "operations");
	json_put_array(w);
	while (model_next_operation(one->model, &at, &operation))
		json_put_string(w, operation.word);
	json_put_end(w);
}

int
dialect_fail(const struct dialect *dialect, struct frames *frames,
    struct watch *watch, const struct problem *p, const char *request_id)
{
	if (dialect->emit_failure != NULL) {
		dialect->emit_failure(frames, watch, p, request_id);
	} else {
		dialect->write_problem(frame_begin(frames,
		    dialect->failure_name), p, request_id);
		frame_end(frames);
	}
	frames_finish(frames, false);
	watch->failed = true;
	watch->ended = true;
	return frames->out->failed ? -1 : 0;
}

int
dialect_keep_alive(const struct dialect *dialect, struct frames *frames,
    struct watch *watch)
{
	if (!watch->ended && frames->framing == FRAMING_EVENTS)
		dialect->emit_keep_alive(frames, watch);
	return frames->out->failed ? -1 : 0;
}

int
head_read(struct head *head, struct json_value body, struct problem *p)
{
	enum json_kind	kind;

	if (!json_is(body, JSON_OBJECT))
		return problem_set(p, PROBLEM_INVALID,
		    "the request body must be a JSON object");
	head->model = json_get(body, "model");
	head->stream = json_get(body, "stream");
	head->session = text_of("");
	head->session_name = NULL;
	head->stream_usage = false;
	head->written_in = DIALECT_KINDS;
	kind = json_kind(head->model);
	if (kind != JSON_MISSING && kind != JSON_STRING)
		return problem_field(p, PROBLEM_INVALID, "model",
		    "model must be a string");
	return 0;
}

void
head_read_session(struct head *head, struct arena *arena,
    struct json_value body, const char *key)
{
	struct json_value	value = json_get(body, key);

	if (!json_is(value, JSON_STRING) ||
	    escaped_is_blank(json_escaped(value)))
		return;
	head->session = text_decode(arena, json_escaped(value), NULL);
	head->session_name = key;
}
