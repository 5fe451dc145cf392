#include "build.h"

#include "generate.h"
#include "generate_convert.h"
#include "neutral/problem_read.h"

const struct dialect dialect_generate = {
	.kind = DIALECT_GENERATE,
	.name = "generate",
	.route = "/v1/generate",
	.ends_by_eof = true,
	.id_prefix = "",
	.read_head = generate_read_head,
	.edit_request = generate_edit_request,
	.read_request = generate_read_request,
	.write_request = generate_write_request,
	.watch_event = generate_watch_event,
	.watch_reply = generate_watch_reply,
	.read_event = generate_read_event,
	.read_reply = generate_read_reply,
	.write_stream = &generate_stream,
	.write_reply = generate_write_reply,
	.status = generate_status,
	.read_problem = problem_read,
	.write_problem = generate_write_problem,
	.emit_keep_alive = generate_emit_keep_alive,
};
