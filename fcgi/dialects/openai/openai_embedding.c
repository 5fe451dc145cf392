#include "build.h"

#include "json_text.h"
#include "openai.h"

static int
refuse_input(struct problem *problem)
{
	return problem_field(problem, PROBLEM_INVALID, "input",
	    "input must be text here, or a list of texts: the model's endpoint "
	    "has another API, which takes no tokens");
}

static int
read_input(struct embedding *e, struct json_value input,
    struct problem *problem)
{
	struct json_walk	walk;
	bool			one = json_is(input, JSON_STRING);

	if (!one && !json_is(input, JSON_ARRAY))
		return refuse_input(problem);
	if (embedding_make_room(e, one ? 1 : json_count(input), problem) == -1)
		return -1;
	if (one)
		e->texts[e->count++] = json_escaped(input);
	walk = json_walk(input);
	while (json_next(&walk)) {
		if (!json_is(walk.value, JSON_STRING))
			return refuse_input(problem);
		e->texts[e->count++] = json_escaped(walk.value);
	}
	return 0;
}

static int
read_dimensions(struct embedding *e, struct json_value value,
    struct problem *problem)
{
	if (json_is(value, JSON_NULL))
		return 0;
	if (json_int64(value, &e->dimensions) == -1 || e->dimensions < 1)
		return problem_field(problem, PROBLEM_INVALID, "dimensions",
		    "dimensions must be a positive integer");
	return 0;
}

static int
read_format(struct embedding *e, struct json_value value,
    struct problem *problem)
{
	e->base64 = json_equals(value, "base64");
	if (e->base64 || json_equals(value, "float") ||
	    json_is(value, JSON_NULL))
		return 0;
	return problem_field(problem, PROBLEM_INVALID, "encoding_format",
	    "encoding_format must be \"float\" or \"base64\"");
}

static int
read_model(struct embedding *e, struct json_value value,
    struct problem *problem)
{
	(void)e;
	(void)value;
	(void)problem;
	return 0;
}

static int
read_user(struct embedding *e, struct json_value value,
    struct problem *problem)
{
	(void)value;
	(void)problem;
	losses_add(e->losses, LOST_USER);
	return 0;
}

static const struct {
	const char	*key;
	int		(*read)(struct embedding *, struct json_value,
			    struct problem *);
} members[] = {
	{ "input", read_input },
	{ "dimensions", read_dimensions },
	{ "encoding_format", read_format },
	{ "model", read_model },
	{ "user", read_user },
};

#define MEMBERS	(sizeof(members) / sizeof(members[0]))

static int
read_request(struct embedding *e, struct json_value body,
    struct problem *problem)
{
	struct json_walk	walk = json_walk(body);
	size_t			i;

	while (json_next(&walk)) {
		for (i = 0; i < MEMBERS; i++)
			if (json_equals(walk.key, members[i].key))
				break;
		if (i == MEMBERS)
			losses_add_unknown(e->losses, NULL,
			    json_escaped(walk.key));
		else if (members[i].read(e, walk.value, problem) == -1)
			return -1;
	}
	return e->count > 0 ? 0 : problem_field(problem, PROBLEM_INVALID,
	    "input", "input is required");
}

static void
write_request(struct json_write *w, const struct embedding *e)
{
	size_t	i;

	json_put(w, "{'model':%s,'encoding_format':'float','input':[",
	    e->model);
	for (i = 0; i < e->count; i++)
		json_put_escaped(w, e->texts[i]);
	json_put(w, "]");
	if (e->dimensions > 0)
		json_member_int(w, "dimensions", e->dimensions);
	json_put(w, "}");
}

/* Each says which text it is of; in order, where it doesn't. */
static size_t
read_reply(struct embedding *e, struct json_value reply)
{
	struct json_walk	walk = json_walk(json_get(reply, "data"));
	size_t			count = 0;
	int64_t			index;

	while (json_next(&walk)) {
		index = (int64_t)count++;
		(void)json_int64(json_get(walk.value, "index"), &index);
		if (index >= 0 && (uint64_t)index < e->count)
			e->vectors[index] = json_get(walk.value, "embedding");
	}
	(void)json_int64(json_get(json_get(reply, "usage"), "prompt_tokens"),
	    &e->tokens);
	return count;
}

static void
write_reply(struct json_write *w, const struct embedding *e)
{
	size_t	i;

	json_put(w, "{'object':'list','data':[");
	for (i = 0; i < e->count; i++) {
		json_put(w, "{'object':'embedding','index':%d,'embedding':",
		    (int64_t)i);
		if (e->base64)
			embedding_write_base64(w, e->vectors[i]);
		else
			json_put_value(w, e->vectors[i]);
		json_put(w, "}");
	}
	json_put(w, "],'model':%s,'usage':{'prompt_tokens':%d,"
	    "'total_tokens':%d}}", e->model, e->tokens, e->tokens);
}

const struct embedder openai_embedder = {
	.read_request = read_request,
	.write_request = write_request,
	.read_reply = read_reply,
	.write_reply = write_reply,
};
