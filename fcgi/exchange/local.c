#include "build.h"

#include "exchange.h"
#include "local.h"
#include "models.h"
#include "status.h"

static int
write_models(struct exchange *x, struct json_write *w)
{
	return models_write_list(w, x->config, x->dialect, &x->reply,
	    &x->problem);
}

static int
write_model(struct exchange *x, struct json_write *w)
{
	return models_write_one(w, x->config, x->dialect, x->route.model,
	    &x->problem);
}

static int
write_health(struct exchange *x, struct json_write *w)
{
	(void)x;
	status_write_health(w);
	return 0;
}

static int
write_status(struct exchange *x, struct json_write *w)
{
	if (!x->caller.admitted) {
		x->problem = x->caller.refusal;
		return -1;
	}
	x->tokens = token_current(x->gateway->tokens);
	status_write_counters(w, x->gateway, x->config, x->tokens);
	return 0;
}

static int
write_about(struct exchange *x, struct json_write *w)
{
	(void)x;
	status_write_about(w);
	return 0;
}

const struct operation local_operations[] = {
	{ .path = "models", .methods = ALLOWS_GET, .serving = SERVED_LOCALLY,
	    .write = write_models },
	{ .path = "models/{model}", .methods = ALLOWS_GET,
	    .serving = SERVED_LOCALLY, .model = MODEL_IN_PATH,
	    .write = write_model },
	{ .path = "health", .methods = ALLOWS_GET, .serving = SERVED_LOCALLY,
	    .write = write_health },
	{ .path = "status", .methods = ALLOWS_GET, .serving = SERVED_LOCALLY,
	    .write = write_status },
	{ .path = "", .methods = ALLOWS_GET, .serving = SERVED_LOCALLY,
	    .write = write_about },
	{ .path = NULL },
};

const struct operation local_preflight = {
	.path = "?", .methods = ALLOWS_ALL, .serving = SERVED_LOCALLY,
};
