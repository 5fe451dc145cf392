#include "build.h"

#include "generate_convert.h"
#include "json_text.h"

/* Whether the endpoint has model and method in its URL. */
static bool
named_in_url(const struct request *request)
{
	const struct endpoint	*endpoint = request_model(request)->endpoint;

	return endpoint != NULL && endpoint->model_in_url;
}

static bool
is_declared(struct generate_writing *writing, const struct choice *choice)
{
	return tool_names_declared(writing->request->names,
	    choice->namespace_name, choice->name) != NULL;
}

/* What need not be called may still be all that can. */
static int
find_rules(struct generate_writing *writing)
{
	struct request	*request = writing->request;
	struct choice	*choice = &request->choice;
	struct said	 said = request_said(request);

	said.forced = said.forced && writing->functions;
	writing->rules = generate_rules_find(request_policy(request), &said);
	writing->only = writing->rules.common.unforced &&
	    choice->kind == CHOICE_TOOL && is_declared(writing, choice);
	return request_obey(request, &writing->rules.common,
	    writing->problem);
}

static int
write_all(struct generate_writing *writing)
{
	struct json_write	*out = writing->out;

	json_put_object(out);
	if (!named_in_url(writing->request)) {
		json_member_text(out, "model", writing->request->model);
		if (writing->request->stream)
			json_member_bool(out, "stream", true);
	}
	generate_write_system(writing);
	generate_write_contents(writing);
	if (generate_write_tools(writing) == -1 ||
	    generate_write_config(writing) == -1 ||
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

	writing.old = generate_is_old(request->model);
	if (generate_prepare(request, problem) == -1 ||
	    generate_declare_tools(&writing) == -1 ||
	    find_rules(&writing) == -1 ||
	    generate_report_lost(&writing) == -1)
		return -1;
	if (write_all(&writing) == -1)
		return -1;
	if (request->arena->failed)
		return generate_no_memory(problem);
	return 0;
}
