#include "build.h"

#include <string.h>

#include "embedding.h"
#include "encoding.h"
#include "json_text.h"

int
embedding_make_room(struct embedding *e, size_t count, struct problem *problem)
{
	if (count == 0)
		return problem_set(problem, PROBLEM_INVALID,
		    "there is no text to embed");
	e->texts = arena_calloc(e->arena, count, sizeof(*e->texts));
	e->count = 0;
	return e->texts != NULL ? 0 : problem_no_memory(problem);
}

/* Whatever this machine's own order is. */
static void
put_float(unsigned char at[4], double number)
{
	float		value = (float)number;
	uint32_t	bits;
	int		i;

	memcpy(&bits, &value, sizeof(bits));
	for (i = 0; i < 4; i++)
		at[i] = (unsigned char)(bits >> 8 * i);
}

static void
add_quads(struct json_write *w, const unsigned char *bytes, size_t length)
{
	char	quad[4];

	while (length > 0) {
		size_t	some = length < 3 ? length : 3;

		base64_quad(quad, bytes, some);
		json_add_text(w, (struct text){ quad, sizeof(quad) });
		bytes += some;
		length -= some;
	}
}

void
embedding_write_base64(struct json_write *w, struct json_value vector)
{
	struct json_walk	walk = json_walk(vector);
	unsigned char		bytes[3 * 4];
	size_t			held = 0;

	json_put_string_start(w);
	while (json_next(&walk)) {
		double	number = 0;

		(void)json_double(walk.value, &number);
		put_float(bytes + held, number);
		held += 4;
		if (held < sizeof(bytes))
			continue;
		add_quads(w, bytes, held);
		held = 0;
	}
	add_quads(w, bytes, held);
	json_put_string_end(w);
}

int
embedding_ask(struct embedding *e, const struct embedder *client,
    const struct embedder *upstream, struct json_value body, struct buf *out,
    struct problem *problem)
{
	struct json_write	w;

	if (client->read_request(e, body, problem) == -1)
		return -1;
	json_write_start(&w, out);
	upstream->write_request(&w, e);
	return json_write_finish(&w) == 0 ? 0 : problem_no_memory(problem);
}

int
embedding_answer(struct embedding *e, const struct embedder *client,
    const struct embedder *upstream, struct json_value reply, struct buf *out,
    struct problem *problem)
{
	struct json_write	w;
	size_t			count, i;

	e->vectors = arena_calloc(e->arena, e->count, sizeof(*e->vectors));
	if (e->vectors == NULL)
		return problem_no_memory(problem);
	count = upstream->read_reply(e, reply);
	for (i = 0; i < e->count; i++)
		if (count != e->count || !json_is(e->vectors[i], JSON_ARRAY))
			return problem_set(problem, PROBLEM_UPSTREAM,
			    "the upstream's answer does not hold the %zu "
			    "vectors that were asked for", e->count);
	json_write_start(&w, out);
	client->write_reply(&w, e);
	return json_write_finish(&w) == 0 ? 0 : problem_no_memory(problem);
}
