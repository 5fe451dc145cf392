#include "build.h"

#include "embed.h"
#include "target.h"

int
embed_ask(struct exchange *x)
{
	x->embedding = (struct embedding){
		.arena = &x->reply,
		.model = x->policy.model_id,
		.losses = &x->convert.losses,
	};
	if (embedding_ask(&x->embedding, x->route.operation->embedder,
	    target_row(x)->embedder, json_root(&x->document), &x->converted,
	    &x->problem) == -1)
		return -1;
	return x->convert.strict && losses_any(&x->convert.losses) ?
	    losses_refuse(&x->convert.losses, &x->problem) : 0;
}

int
embed_answer(struct exchange *x, struct buf *reply)
{
	struct json_document	document;
	struct buf		out;
	int			result = -1;

	json_init(&document, &x->gateway->budget);
	buf_init(&out, x->config->reply_max, &x->gateway->budget);
	if (json_scan(&document, reply->at, reply->length, NULL) == -1)
		problem_set(&x->problem, PROBLEM_UPSTREAM,
		    "the upstream's answer is not JSON");
	else
		result = embedding_answer(&x->embedding,
		    x->route.operation->embedder, target_row(x)->embedder,
		    json_root(&document), &out, &x->problem);
	json_release(&document);
	if (result == 0) {
		buf_release(reply);
		*reply = out;
	} else {
		buf_release(&out);
	}
	return result;
}
