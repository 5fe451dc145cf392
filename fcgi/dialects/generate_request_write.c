#include "build.h"

#include <string.h>

#include "generate_convert.h"
#include "json_text.h"

/* Whether the endpoint has model and method in its URL. */
static bool
named_in_url(const struct request *request)
{
	const struct endpoint	*endpoint = request_model(request)->endpoint;

	return endpoint != NULL && strstr(endpoint->base_url, "{model}") != NULL;
}

static int
write_members(struct generate_writing *writing)
{
	generate_write_system(writing);
	generate_write_contents(writing);
	if (generate_write_tools(writing) == -1)
		return -1;
	return generate_write_config(writing);
}

/* countTokens takes the whole request in a member, which repeats the model. */
static int
write_counted(struct generate_writing *writing)
{
	struct json_write	*out = writing->out;

	json_put_object(out);
	json_put_key(out, "generateContentRequest");
	json_put_object(out);
	json_put_key(out, "model");
	json_put_string_start(out);
	json_add_text(out, text_of("models/"));
	json_add_text(out, writing->request->model);
	json_put_string_end(out);
	if (write_members(writing) == -1)
		return -1;
	json_put_end(out);
	json_put_end(out);
	return 0;
}

static int
write_created(struct generate_writing *writing)
{
	struct json_write	*out = writing->out;

	json_put_object(out);
	if (!named_in_url(writing->request)) {
		json_member_text(out, "model", writing->request->model);
		if (writing->request->stream)
			json_member_bool(out, "stream", true);
	}
	if (write_members(writing) == -1 ||
	    generate_write_tier(writing) == -1)
		return -1;
	json_put_end(out);
	return 0;
}

int
generate_write_request(struct json_write *out, struct request *request,
    struct problem *problem)
{
	struct generate_writing	writing = { .out = out, .request = request,
				    .problem = problem };
	int			result;

	writing.old = generate_is_old(request->model);
	if (generate_prepare(request, problem) == -1 ||
	    generate_declare_tools(&writing) == -1 ||
	    generate_report_lost(&writing) == -1)
		return -1;
	result = request->count ? write_counted(&writing) :
	    write_created(&writing);
	if (result == 0 && request->arena->failed)
		return generate_no_memory(problem);
	return result;
}
