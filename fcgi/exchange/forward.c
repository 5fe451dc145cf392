#include "build.h"

#include <string.h>

#include "dialects/convert.h"
#include "dialects/dialects.h"
#include "edit/edit_lane.h"
#include "embed.h"
#include "exchange_log.h"
#include "explain.h"
#include "forward.h"
#include "json_text.h"
#include "links.h"
#include "local.h"
#include "log.h"
#include "neutral/problem_words.h"
#include "relay/relay.h"
#include "relay/reply_headers.h"
#include "send.h"
#include "target.h"

void
forward_release(struct exchange *x)
{
	json_release(&x->document);
	buf_release(&x->body);
	buf_release(&x->converted);
	x->model_field = (struct text){ NULL, 0 };
	memset(&x->edits, 0, sizeof(x->edits));
	x->url = NULL;
	arena_release(&x->request);
}

/* The endpoint has no route that makes a summary: its model is asked for one. */
static void
sum_up(struct exchange *x)
{
	x->summed = true;
	x->lane = LANE_CONVERT;
}

/* The upstream's entry -> its endpoint, the lane, the policy. */
static void
use_candidate(struct exchange *x)
{
	const struct candidate	*one = candidates_current(&x->candidates);
	const struct model	*model = one->model;

	x->endpoint = model->endpoint;
	x->upstream_dialect = dialect_of(model->endpoint->dialect);
	x->policy.model = model;
	x->policy.model_id = one->id;
	x->policy.effort = model->reasoning;
	x->policy.fast = model->fast;
	x->policy.stream = x->stream;
	x->policy.count = x->route.operation->count_member != NULL;
	x->policy.system_prompt = model->endpoint->profile == PROFILE_FACTORY
	    ? x->config->system_prompt : "";
	x->lane = (x->upstream_dialect == x->dialect &&
	    x->written_in == NULL) ||
	    (x->route.operation->serving == SERVED_PASSED && target_passes(x))
	    ? LANE_SAME : LANE_CONVERT;
	x->summed = false;
	if (x->route.operation->summary && !target_passes(x))
		sum_up(x);
	memset(&x->convert, 0, sizeof(x->convert));
	x->answer.own_credential = false;
	if (x->candidates.count > 1)
		headers_set(&x->answer.fields, "x-droid2api-upstream",
		    x->endpoint->name);
}

static int
find_credentials(struct exchange *x)
{
	tokens_release(x->tokens);
	x->tokens = credentials_find_tokens(x->gateway, x->config,
	    x->endpoint, &x->caller);
	return credentials_choose(&x->credentials, x->config, x->endpoint,
	    x->tokens, &x->caller, &x->session, &x->problem);
}

/* What is no JSON: a form's model, where another one stands. */
static int
edit_bytes(struct exchange *x)
{
	struct text	body = { x->body.at, x->body.length };

	edits_plain(&x->edits, body);
	if (x->model_field.at == NULL || text_equals(x->model_field, x->policy.model_id))
		return 0;
	x->lane = LANE_EDIT;
	return edits_plain_but(&x->edits, body, x->model_field,
	    text_of(x->policy.model_id), &x->request) == 0 ? 0 :
	    problem_no_memory(&x->problem);
}

/* Same dialect: policy as edits of the client's bytes. */
static int
edit_request(struct exchange *x)
{
	struct json_value	body = json_root(&x->document);

	if (json_is(body, JSON_MISSING))
		return edit_bytes(x);
	edits_start(&x->edits, &x->document, &x->request);
	if (x->route.operation->edit != NULL)
		x->route.operation->edit(&x->edits, body, &x->policy);
	else if (!operation_is_conversation(x->route.operation))
		edit_model(&x->edits, body, &x->policy);
	else if (x->dialect->edit_request(&x->edits, body, &x->policy,
	    &x->convert.losses, &x->problem) == -1)
		return -1;
	if (x->convert.strict && losses_any(&x->convert.losses))
		return losses_refuse(&x->convert.losses, &x->problem);
	if (edits_finish(&x->edits) == -1)
		return problem_no_memory(&x->problem);
	if (edits_change(&x->edits))
		x->lane = LANE_EDIT;
	return 0;
}

/* Google's stream without alt=sse. */
static bool
wants_array(const struct exchange *x)
{
	return x->route.operation->stream && !x->route.sse;
}

/* What a conversion must know; a reply of the same dialect may need one too. */
static void
init_convert(struct exchange *x)
{
	const char	*strict = client_header(x->client,
			    "x-droid2api-strict");

	x->convert.client = x->dialect->kind;
	x->convert.written_in = x->written_in;
	x->convert.upstream = x->upstream_dialect->kind;
	x->convert.policy = &x->policy;
	x->convert.model = text_of(x->policy.model_id);
	x->convert.stream = x->stream;
	x->convert.usage_wanted = x->usage_wanted;
	x->convert.compact = x->route.operation->summary;
	x->convert.array = wants_array(x);
	x->convert.strict = x->config->strict ||
	    (strict != NULL && strcmp(strict, "1") == 0);
	tool_names_init(&x->convert.names, &x->reply);
	x->answer.losses = &x->convert.losses;
}

/*
 * Another dialect: read, apply policy, write. What is written is about as long
 * as what was read: a buffer that has to grow would copy it again and again.
 */
static int
convert(struct exchange *x)
{
	bool	embeds = x->route.operation->embedder != NULL;

	buf_clear(&x->converted);
	if (buf_room(&x->converted, x->body.length) == NULL)
		return problem_no_memory(&x->problem);
	if ((embeds ? embed_ask(x) : convert_request(&x->convert,
	    &x->request, json_root(&x->document), &x->converted,
	    &x->problem)) == -1)
		return -1;
	edits_plain(&x->edits, (struct text){ x->converted.at,
	    x->converted.length });
	return 0;
}

/* The bytes that go upstream, and where they go. */
static int
prepare_request(struct exchange *x)
{
	init_convert(x);
	if ((x->lane == LANE_CONVERT ? convert(x) : edit_request(x)) == -1)
		return -1;
	return target_find_url(x);
}

static bool
is_count(const struct exchange *x)
{
	return x->route.operation->count_member != NULL;
}

/* What every endpoint has; it may lack the others, and count_tokens. */
static bool
is_common(const struct exchange *x)
{
	return x->route.operation->serving == SERVED_CONVERTED || x->summed;
}

/* What can be done without the route that was tried. */
static bool
is_dispensable(const struct exchange *x)
{
	return is_count(x) || (x->route.operation->summary && !x->summed);
}

/* Whether the upstream has no such route; some say it with 400. */
static bool
lacks_route(const struct exchange *x, int result)
{
	int	status = x->answer.upstream_status;

	if (is_common(x))
		return false;
	return status == 404 || status == 405 || status == 501 ||
	    (result == -1 && status == 400 && problem_is_no_route(&x->problem));
}

/* Whether a refusal for a seal need not be the client's; once per exchange. */
static bool
may_unseal(const struct exchange *x)
{
	return (is_common(x) || is_count(x)) && !x->convert.strict &&
	    !x->policy.no_seals && !send_was_last(x);
}

/* Nothing of the request is needed any more, if it has left. */
static void
settle(void *of)
{
	struct exchange	*x = of;

	if (x->answer.held)
		candidates_tried(&x->candidates);
	if (upstream_body_sent(x->upstream))
		forward_release(x);
}

/* What differs in a whole reply that is passed on. */
static int
alter(void *of, struct buf *reply)
{
	struct exchange	*x = of;

	return x->lane == LANE_CONVERT ? embed_answer(x, reply) :
	    links_in_reply(x, reply);
}

/* The upstream's answer to the client. */
static int
relay(struct exchange *x)
{
	struct allowance_window	window;

	return relay_reply(&(struct relay){
		.answer = &x->answer,
		.upstream = x->upstream,
		.config = x->config,
		.scoreboard = x->gateway->scoreboard,
		.budget = &x->gateway->budget,
		.convert = &x->convert,
		.problem = &x->problem,
		.secrets = { x->config, x->tokens, NULL },
		.shown = log_debugging() ? &x->reply_shown : NULL,
		.from = x->upstream_dialect,
		.converts = x->lane == LANE_CONVERT,
		.conversation = is_common(x),
		.dispensable = is_dispensable(x),
		.unsealable = may_unseal(x),
		.repeats = x->route.operation->model == MODEL_NONE,
		.explained = x->endpoint->profile == PROFILE_FACTORY &&
		    (x->answer.upstream_status == 403 ||
		    credentials_used_up(&x->credentials, x->endpoint,
		    x->answer.upstream_status, &window)),
		.settle = settle,
		.settle_of = x,
		.alter = alter,
	});
}

/* The problem of an endpoint that doesn't have what is asked for. */
static int
say_absent(struct exchange *x)
{
	return problem_set(&x->problem, PROBLEM_NOT_IMPLEMENTED,
	    "not_supported: endpoint %s of model %.200s does not offer %s",
	    x->endpoint->name, x->model_asked, x->route.path);
}

/* Whether there was one to leave out: without it the same would be refused. */
static bool
goes_unsealed(const struct exchange *x)
{
	if (!losses_have(&x->convert.losses, LOST_SEAL))
		return false;
	log_info(x->id, "upstream %s refused a seal, asking it once more "
	    "without any", x->endpoint->name);
	scoreboard_count(x->gateway->scoreboard, COUNT_RETRIES, 1);
	return true;
}

/*
 * To one upstream and back. *absent: it does not have what is asked for, which
 * whoever may not use the gateway is told of only with a credential of its own.
 */
static int
ask_route(struct exchange *x, bool *absent)
{
	int	result;

	*absent = !target_offers(x, x->endpoint);
	if (*absent)
		return !x->caller.admitted && find_credentials(x) == -1 ? -1 :
		    say_absent(x);
	if (find_credentials(x) == -1 ||
	    prepare_request(x) == -1)
		return -1;
	if (x->policy.no_seals && !goes_unsealed(x))
		return -1;
	result = send_request(x);
	if (result == 0) {
		x->first_byte_us = upstream_first_byte_us(x->upstream);
		links_in_head(x);
		*absent = lacks_route(x, 0);
		if (!*absent || !is_dispensable(x)) {
			result = relay(x);
			*absent = lacks_route(x, result);
		}
		if (*absent && is_dispensable(x))
			result = say_absent(x);
	}
	upstream_finish(x->upstream);
	return result;
}

/*
 * Another account of its provider's may have sealed what the conversation brings:
 * an upstream that refuses that is asked once more, and gets no seals.
 */
static int
ask_unsealed(struct exchange *x, bool *absent)
{
	int	result = ask_route(x, absent);

	/* Below 400 it is within a reply: the request may be released. */
	if (result != -1 || x->answer.upstream_status < 400 ||
	    !may_unseal(x) || !problem_is_seal(&x->problem))
		return result;
	x->policy.no_seals = true;
	return ask_route(x, absent);
}

static int
ask(struct exchange *x, bool *absent)
{
	int	result = ask_unsealed(x, absent);

	if (result == 0 || !*absent || !is_dispensable(x) || is_count(x))
		return result;
	sum_up(x);
	return ask_unsealed(x, absent);
}

/* Of an answer that was passed on it is only known what its head says. */
static void
read_passed(const struct exchange *x, struct problem *problem)
{
	int	status = x->answer.upstream_status;

	if (status <= 299)
		return;
	problem_set(problem, problem_of_status(status), "it answered %d",
	    status);
	problem->retry_after_s = reply_headers_retry_after(
	    &x->answer.upstream_headers);
}

/* Whether it lacks a name that the client made up, of all that an entry takes. */
static bool
lacks_name(const struct exchange *x, const struct problem *problem)
{
	const char	*id = x->policy.model->id;

	return *id != '\0' && id[strlen(id) - 1] == '*' &&
	    (problem->kind == PROBLEM_MISSING ||
	    problem->kind == PROBLEM_INVALID);
}

/* What the upstream's answer, passed on or told, says of the upstream. */
static void
note_result(struct exchange *x, int result)
{
	int		status = x->answer.upstream_status;
	struct problem	problem = x->problem;

	if (result == CLIENT_GONE || upstream_stopping(x->upstream) ||
	    (result == -1 && problem.ours)) {
		candidates_tried(&x->candidates);
		return;
	}
	/* Of an error within a stream it is not known whose it is. */
	if (result == 0 && x->answer.watch.failed) {
		candidates_lacked(&x->candidates, status);
		return;
	}
	if (result == 0)
		read_passed(x, &problem);
	if ((result == 0 && status <= 299) || !problem_is_upstreams(&problem,
	    x->answer.own_credential))
		candidates_good(&x->candidates, status);
	else if (lacks_name(x, &problem))
		candidates_lacked(&x->candidates, status);
	else
		candidates_failed(&x->candidates, status, &problem);
}

/* Whether another upstream may be asked after this one. */
static bool
may_go_on(const struct exchange *x)
{
	return candidates_left(&x->candidates) &&
	    x->attempts + 1 < x->config->attempts_max &&
	    exchange_now_us() - x->began_us <
	    (uint64_t)x->config->total_timeout_s * 1000000;
}

/*
 * The upstream failed. True: the next one is to be asked, and the client knows
 * nothing of it. The client shall come again when the first of them is back.
 */
static bool
go_on(struct exchange *x)
{
	struct problem	*problem = &x->problem;

	if (!x->answer.held || upstream_stopping(x->upstream) ||
	    !problem_is_upstreams(problem, x->answer.own_credential))
		return false;
	log_info(x->id, "upstream %s failed, trying the next one: %s",
	    x->endpoint->name, problem->message);
	if (problem->retry_after_s > 0 && (x->answer.retry_after_s == 0 ||
	    problem->retry_after_s < x->answer.retry_after_s))
		x->answer.retry_after_s = problem->retry_after_s;
	answer_drop(&x->answer);
	scoreboard_count(x->gateway->scoreboard, COUNT_RETRIES, 1);
	return candidates_next(&x->candidates);
}

int
forward_request(struct exchange *x)
{
	struct secrets	secrets;
	bool		absent;
	int		attempts, result;

	x->answer.events = x->stream && !wants_array(x) && !is_count(x) &&
	    operation_is_conversation(x->route.operation);
	x->answer.early = x->answer.events &&
	    x->config->early_stream_after_s > 0;
	do {
		use_candidate(x);
		if (may_go_on(x))
			answer_hold(&x->answer);
		attempts = x->attempts;
		x->answer.upstream_status = 0;
		result = ask(x, &absent);
		/* What it says may be an echo of what it was sent. */
		secrets = exchange_secrets(x);
		if (result == -1)
			secrets_mask_problem(&secrets, &x->problem);
		explain_result(x, result);
		if (absent)
			candidates_lacked(&x->candidates,
			    x->answer.upstream_status);
		else if (x->attempts > attempts)
			note_result(x, result);
		else
			candidates_tried(&x->candidates);
	} while (result == -1 && go_on(x));
	if (result == -1 && absent && is_count(x) && x->problem.kind ==
	    PROBLEM_NOT_IMPLEMENTED)
		return local_estimate(x);
	return result;
}
