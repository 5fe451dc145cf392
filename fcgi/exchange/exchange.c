#include "build.h"

#include <string.h>
#include <strings.h>

#include "cors.h"
#include "dialects/dialects.h"
#include "exchange.h"
#include "exchange_log.h"
#include "exchange_state.h"
#include "forward.h"
#include "limits.h"
#include "local.h"
#include "log.h"
#include "models.h"
#include "question.h"
#include "record.h"
#include "stored.h"
#include "target.h"
#include "uuid.h"

/* Apart from bodies, of which config says the ceiling. */
#define REQUEST_ARENA_MAX	(256u * 1024 * 1024)
#define REPLY_ARENA_MAX		(64u * 1024 * 1024)

/* "req_" and 32 hexadecimal digits. */
static void
make_id(char id[41])
{
	char	uuid[UUID_SIZE];
	size_t	i, at = 4;

	uuid_random(uuid);
	memcpy(id, "req_", 4);
	for (i = 0; i < 36; i++)
		if (uuid[i] != '-')
			id[at++] = uuid[i];
	id[at] = '\0';
}

/* The fields of every answer: our request id, CORS, never cached. */
static void
begin_answer(struct exchange *x)
{
	struct answer	*answer = &x->answer;

	answer_init(answer, x->client, &x->reply, x->id);
	answer->dialect = dialect_of(DIALECT_CHAT);
	headers_add(&answer->fields, "x-droid2api-request-id", x->id);
	headers_add(&answer->fields, "cache-control", "no-store");
	cors_add(&answer->fields, x->client, x->config);
}

static void
begin(struct exchange *x, struct exchange_tools *tools, struct client *client)
{
	struct budget	*budget = &tools->gateway->budget;

	memset(x, 0, sizeof(*x));
	x->gateway = tools->gateway;
	x->upstream = tools->upstream;
	x->client = client;
	x->began_us = exchange_now_us();
	x->config = config_current(x->gateway->configs);
	make_id(x->id);
	arena_init(&x->request, REQUEST_ARENA_MAX, budget);
	arena_init(&x->reply, REPLY_ARENA_MAX, budget);
	buf_init(&x->body, x->config->body_max, budget);
	buf_init(&x->converted, x->config->body_max * 2, budget);
	json_init(&x->document, budget);
	credentials_init(&x->credentials, x->gateway, &x->reply);
	problem_clear(&x->problem);
	begin_answer(x);
	buf_init(&x->reply_shown, EXCHANGE_SHOWN_MAX, budget);
	buf_init(&x->answer_shown, EXCHANGE_SHOWN_MAX, budget);
	if (log_debugging())
		x->answer.shown = &x->answer_shown;
	scoreboard_enter(x->gateway->scoreboard);
}

static void
end(struct exchange *x)
{
	record_end(x);
	scoreboard_leave(x->gateway->scoreboard);
	forward_release(x);
	answer_drop(&x->answer);
	buf_release(&x->reply_shown);
	buf_release(&x->answer_shown);
	arena_release(&x->reply);
	tokens_release(x->tokens);
	config_release(x->config);
}

/* Path -> operation and dialect; and whether the caller may use what is ours. */
static int
find_route(struct exchange *x)
{
	int	found = route_find(&x->route, x->client, x->config, &x->reply,
		    &x->problem);

	x->dialect = x->answer.dialect = dialect_of(x->route.dialect);
	if (found == 0)
		authorize_caller(&x->caller, x->client, &x->route, x->config,
		    &x->reply);
	return found;
}

/* Whether one who is not admitted has what an endpoint may take instead. */
static bool
brings_credential(struct exchange *x)
{
	struct tokens	*tokens;
	bool		 wanted;

	if (*x->caller.credential == '\0')
		return false;
	tokens = credentials_known_tokens(x->gateway, x->config);
	wanted = credentials_wanted(&x->credentials, x->config, tokens);
	tokens_release(tokens);
	return wanted;
}

/* A web page may send what is not JSON without asking first. */
static int
check_page(struct exchange *x)
{
	const char	*type = client_header(x->client, "content-type");

	if (client_header(x->client, "origin") == NULL || (type != NULL &&
	    strncasecmp(type, "application/json", 16) == 0))
		return 0;
	if (x->route.operation->body == BODY_JSON)
		return problem_set(&x->problem, PROBLEM_MEDIA_TYPE,
		    "the body must be sent as application/json");
	if (cors_allowed(x->client, x->config))
		return 0;
	return problem_set(&x->problem, PROBLEM_FORBIDDEN, "a web page sends "
	    "this only from an origin that cors_origins names");
}

/* Whether the body is worth reading. */
static int
admit(struct exchange *x)
{
	if (!x->caller.admitted && !brings_credential(x)) {
		x->problem = x->caller.refusal;
		return -1;
	}
	return check_page(x);
}

static bool
offers(const void *of, const struct model *upstream)
{
	const struct exchange	*x = of;

	return models_serve(upstream, x->route.operation) &&
	    target_offers(x, upstream->endpoint);
}

/* Model -> its entry, and where that is served. */
static int
find_model(struct exchange *x)
{
	const char		*id;
	const struct model	*model;

	if (x->route.operation->model == MODEL_NONE)
		return stored_find(x);
	x->model_asked = models_unmarked(x->config, x->model_asked, &x->reply);
	if (x->model_asked == NULL)
		return problem_no_memory(&x->problem);
	model = models_find(x->config, x->caller.key, x->model_asked, &id,
	    &x->problem);
	if (model == NULL || models_check_operation(model, x->model_asked,
	    x->route.operation, &x->reply, &x->problem) == -1)
		return -1;
	if (id != x->model_asked)
		log_info(x->id, "Model redirected: %s -> %s", x->model_asked,
		    id);
	if (candidates_find(&x->candidates, &(struct candidates_wanted){
		.config = x->config,
		.model = model,
		.id = id,
		.session = &x->session,
		.key = x->caller.key,
		.offers = offers,
		.of = x,
	}, x->gateway->scoreboard, &x->reply) == -1)
		return problem_no_memory(&x->problem);
	return 0;
}

static int
serve(struct exchange *x)
{
	if (find_route(x) == -1)
		return -1;
	if (x->route.operation->serving == SERVED_LOCALLY)
		return local_answer(x);
	if (admit(x) == -1 ||
	    question_read(x) == -1 ||
	    find_model(x) == -1)
		return -1;
	record_begin(x);
	if (limits_enter(x) == -1) {
		candidates_tried(&x->candidates);
		return -1;
	}
	return forward_request(x);
}

/* Tells why a step returned -1, in words that repeat no secret. */
static void
fail(struct exchange *x)
{
	struct secrets	secrets = exchange_secrets(x);

	secrets_mask_problem(&secrets, &x->problem);
	(void)answer_fail(&x->answer, &x->problem);
}

bool
exchange_run(struct exchange_tools *tools, struct client *client)
{
	struct exchange	x;
	bool		whole;

	begin(&x, tools, client);
	if (serve(&x) == -1)
		fail(&x);
	whole = !client->gone && (x.answer.state == ANSWER_WHOLE ||
	    x.answer.state == ANSWER_TOLD);
	exchange_log(&x);
	end(&x);
	return whole;
}

void
exchange_shed(struct gateway *gateway, struct client *client,
    const char *reason)
{
	struct exchange_tools	tools = { .gateway = gateway };
	struct exchange		x;

	begin(&x, &tools, client);
	(void)find_route(&x);
	client->body_read = true;
	problem_set(&x.problem, PROBLEM_OVERLOADED, "%s, try again", reason);
	x.problem.retry_after_s = 1;
	(void)answer_fail(&x.answer, &x.problem);
	scoreboard_count(gateway->scoreboard, COUNT_SHED, 1);
	end(&x);
}
