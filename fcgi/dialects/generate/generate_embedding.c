#include "build.h"

#include "generate.h"
#include "json_text.h"

/* The text of a content's parts, one behind the other. */
static int
read_parts(struct embedding *e, struct json_value parts, struct escaped *text,
    struct problem *problem)
{
	struct json_walk	walk = json_walk(parts);
	struct arena_text	all = { NULL, 0, 0 };

	while (json_next(&walk)) {
		struct json_value	one = json_get(walk.value, "text");
		struct escaped		more = json_escaped(one);

		if (!json_is(one, JSON_STRING))
			return problem_field(problem, PROBLEM_INVALID,
			    "content", "only text can be embedded here: the "
			    "model's endpoint has another API");
		if (arena_append(e->arena, &all, more.at, more.length) == -1)
			return problem_no_memory(problem);
	}
	*text = (struct escaped){ all.at, all.length };
	return all.length > 0 ? 0 : problem_field(problem, PROBLEM_INVALID,
	    "content", "content.parts must hold text");
}

/* All of a question must want the same. */
static int
read_dimensions(struct embedding *e, struct json_value value,
    struct problem *problem)
{
	int64_t	dimensions;

	if (json_int64(value, &dimensions) == -1 || dimensions < 1)
		return problem_field(problem, PROBLEM_INVALID,
		    "outputDimensionality",
		    "outputDimensionality must be a positive integer");
	if (e->dimensions != 0 && e->dimensions != dimensions)
		return problem_field(problem, PROBLEM_INVALID,
		    "outputDimensionality", "outputDimensionality must be the "
		    "same in all requests here: the model's endpoint has "
		    "another API");
	e->dimensions = dimensions;
	return 0;
}

/* One text, of an EmbedContentRequest. */
static int
read_one(struct embedding *e, struct json_value request,
    struct problem *problem)
{
	struct json_walk	walk = json_walk(request);
	struct escaped		text = { NULL, 0 };
	int			result = 0;

	while (json_next(&walk) && result == 0) {
		if (json_equals(walk.key, "content"))
			result = read_parts(e, json_get(walk.value, "parts"),
			    &text, problem);
		else if (json_equals(walk.key, "outputDimensionality") ||
		    json_equals(walk.key, "output_dimensionality"))
			result = read_dimensions(e, walk.value, problem);
		else if (!json_equals(walk.key, "model"))
			losses_add_unknown(e->losses, NULL,
			    json_escaped(walk.key));
	}
	if (result == 0 && text.length == 0)
		return problem_field(problem, PROBLEM_INVALID, "content",
		    "content is required");
	e->texts[e->count++] = text;
	return result;
}

static int
read_single(struct embedding *e, struct json_value body,
    struct problem *problem)
{
	return embedding_make_room(e, 1, problem) == -1 ? -1 :
	    read_one(e, body, problem);
}

static int
read_batch(struct embedding *e, struct json_value body,
    struct problem *problem)
{
	struct json_value	requests = json_get(body, "requests");
	struct json_walk	walk = json_walk(requests);

	if (!json_is(requests, JSON_ARRAY))
		return problem_field(problem, PROBLEM_INVALID, "requests",
		    "requests must be a list");
	if (embedding_make_room(e, json_count(requests), problem) == -1)
		return -1;
	while (json_next(&walk))
		if (read_one(e, walk.value, problem) == -1)
			return -1;
	return 0;
}

static void
write_request(struct json_write *w, const struct embedding *e)
{
	size_t	i;

	json_put(w, "{'requests':[");
	for (i = 0; i < e->count; i++) {
		json_put(w, "{'model':");
		json_put_string_start(w);
		json_add_text(w, text_of("models/"));
		json_add_text(w, text_of(e->model));
		json_put_string_end(w);
		json_put(w, "'content':{'parts':[{'text':%e}]}", e->texts[i]);
		if (e->dimensions > 0)
			json_member_int(w, "outputDimensionality",
			    e->dimensions);
		json_put(w, "}");
	}
	json_put(w, "]}");
}

static size_t
read_reply(struct embedding *e, struct json_value reply)
{
	struct json_walk	walk = json_walk(json_get(reply, "embeddings"));
	size_t			count = 0;

	while (json_next(&walk)) {
		if (count < e->count)
			e->vectors[count] = json_get(walk.value, "values");
		count++;
	}
	(void)json_int64(json_get(json_get(reply, "usageMetadata"),
	    "promptTokenCount"), &e->tokens);
	return count;
}

/* Behind the vectors. */
static void
write_end(struct json_write *w, const struct embedding *e)
{
	if (e->tokens > 0)
		json_put(w, "'usageMetadata':{'promptTokenCount':%d}",
		    e->tokens);
	json_put(w, "}");
}

static void
write_single(struct json_write *w, const struct embedding *e)
{
	json_put(w, "{'embedding':{'values':%v}", e->vectors[0]);
	write_end(w, e);
}

static void
write_batch(struct json_write *w, const struct embedding *e)
{
	size_t	i;

	json_put(w, "{'embeddings':[");
	for (i = 0; i < e->count; i++)
		json_put(w, "{'values':%v}", e->vectors[i]);
	json_put(w, "]");
	write_end(w, e);
}

const struct embedder generate_embedder = {
	.read_request = read_batch,
	.write_request = write_request,
	.read_reply = read_reply,
	.write_reply = write_batch,
};

const struct embedder generate_single_embedder = {
	.read_request = read_single,
	.write_reply = write_single,
};

/* One `model`, which must be the path's. */
static void
edit_one(struct edits *edits, struct json_value request, const char *id,
    struct text json)
{
	struct json_walk	walk = json_walk(request);

	while (json_next(&walk))
		if (json_equals(walk.key, "model") &&
		    !json_equals(walk.value, id))
			edits_replace(edits, walk.value, json);
}

void
generate_edit_embedding(struct edits *edits, struct json_value body,
    const struct policy *policy)
{
	const char		*id = arena_printf(edits->arena, "models/%s",
				    policy->model_id), *json;
	struct json_walk	 walk = json_walk(json_get(body, "requests"));
	struct escaped		 escaped = id == NULL ? escaped_of("") :
				    text_escape(edits->arena, text_of(id));

	json = arena_printf(edits->arena, "\"%.*s\"", (int)escaped.length,
	    escaped.at);
	if (id == NULL || json == NULL) {
		edits->failed = true;
		return;
	}
	edit_one(edits, body, id, text_of(json));
	while (json_next(&walk))
		edit_one(edits, walk.value, id, text_of(json));
}
