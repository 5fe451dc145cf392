#include "build.h"

#include "generate_convert.h"
#include "json_text.h"
#include "json_write.h"

#define LIST_MAX	((size_t)16 * 1024 * 1024)

/* A token with its bytes, as OpenAI lists them; its object stays open. */
static void
put_token(struct json_write *w, struct arena *arena, struct json_value value)
{
	struct json_value	token = json_get(value, "token");
	struct json_value	number = json_get(value, "logProbability");
	struct text		text = generate_decode(arena, token);
	size_t			i;

	json_put(w, "{'token':%e,'logprob':%r,'bytes':[", json_escaped(token),
	    json_is(number, JSON_NUMBER) ? json_raw(number) : text_of("0"));
	for (i = 0; i < text.length; i++)
		json_put_int(w, (unsigned char)text.at[i]);
	json_put_end(w);
}

static void
put_element(struct json_write *w, struct arena *arena,
    struct json_value chosen, struct json_value top)
{
	struct json_walk	walk = json_walk(json_get(top, "candidates"));

	put_token(w, arena, chosen);
	json_put(w, "'top_logprobs':[");
	while (json_next(&walk)) {
		put_token(w, arena, walk.value);
		json_put_end(w);
	}
	json_put(w, "]}");
}

struct text
generate_read_logprobs(struct arena *arena, struct json_value result)
{
	struct json_walk	chosen, top;
	struct json_value	none = { NULL, 0 };
	struct json_write	w;
	struct text		list = { "", 0 };
	struct buf		buf;

	if (!json_is(result, JSON_OBJECT))
		return list;
	chosen = json_walk(json_get(result, "chosenCandidates"));
	top = json_walk(json_get(result, "topCandidates"));
	buf_init(&buf, LIST_MAX, arena->budget);
	json_write_start(&w, &buf);
	json_put_array(&w);
	while (json_next(&chosen))
		put_element(&w, arena, chosen.value,
		    json_next(&top) ? top.value : none);
	json_put_end(&w);
	if (json_write_finish(&w) == 0 && buf.length > 2) {
		list.at = arena_memdup(arena, buf.at + 1, buf.length - 2);
		list.length = list.at == NULL ? 0 : buf.length - 2;
	}
	buf_release(&buf);
	return list;
}

static void
put_candidate(struct json_write *w, struct json_value element)
{
	json_put_object(w);
	json_member_value(w, "token", json_get(element, "token"));
	json_member_value(w, "logProbability", json_get(element, "logprob"));
	json_put_end(w);
}

static void
put_result(struct json_write *w, struct json_value list)
{
	struct json_walk	walk = json_walk(list), inner;

	json_put(w, "'logprobsResult':{'chosenCandidates':[");
	while (json_next(&walk))
		put_candidate(w, walk.value);
	json_put(w, "],'topCandidates':[");
	walk = json_walk(list);
	while (json_next(&walk)) {
		json_put(w, "{'candidates':[");
		inner = json_walk(json_get(walk.value, "top_logprobs"));
		while (json_next(&inner))
			put_candidate(w, inner.value);
		json_put(w, "]}");
	}
	json_put(w, "]}");
}

void
generate_put_logprobs(struct json_write *w, struct text list)
{
	struct json_document	document;
	struct buf		array;

	if (list.length == 0)
		return;
	buf_init(&array, LIST_MAX, w->out->budget);
	json_init(&document, w->out->budget);
	buf_putc(&array, '[');
	buf_add(&array, list.at, list.length);
	buf_putc(&array, ']');
	if (!array.failed &&
	    json_scan(&document, array.at, array.length, NULL) == 0)
		put_result(w, json_root(&document));
	else
		w->out->failed = 1;
	json_release(&document);
	buf_release(&array);
}
