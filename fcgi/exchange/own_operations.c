#include "build.h"

#include "own_operations.h"

#define OWN(words, what)						\
	.path = words, .methods = ALLOWS_GET, .serving = SERVED_LOCALLY,	\
	.own = what

const struct operation own_operations[] = {
	{ OWN("models", OWN_MODELS) },
	{ OWN("models/{model}", OWN_MODEL), .model = MODEL_IN_PATH },
	{ OWN("health", OWN_HEALTH) },
	{ OWN("status", OWN_STATUS) },
	{ OWN("metrics", OWN_METRICS) },
	{ OWN("usage", OWN_USAGE) },
	{ OWN("usage/last", OWN_LAST) },
	{ OWN("", OWN_ABOUT) },
	{ .path = NULL },
};

const struct operation own_preflight = {
	.path = "?", .methods = ALLOWS_ALL, .serving = SERVED_LOCALLY,
	.own = OWN_PREFLIGHT,
};
