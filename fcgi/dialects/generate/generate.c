#include "build.h"

#include "generate.h"
#include "generate_convert.h"

const struct dialect dialect_generate = {
	.kind = DIALECT_GENERATE,
	.name = "generate",
	.ends_by_eof = true,
	.edit_depth = 4,	/* request, systemInstruction, parts, part */
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
	.status = problem_plain_status,
	.write_problem = generate_write_problem,
	.emit_keep_alive = generate_emit_keep_alive,
};
