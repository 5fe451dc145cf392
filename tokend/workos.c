#include "build.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "proxies.h"
#include "secret.h"
#include "workos.h"

#define FORM_MAX	(64 * 1024)
#define DEVICE_GRANT	"urn:ietf:params:oauth:grant-type:device_code"

int
dialer_send_request(const struct dialer *dialer, struct http_request *request,
    struct http_reply *reply, struct problem *problem)
{
	const struct config	*config = dialer->config;
	const struct proxy	*proxy = NULL;
	int			 result;

	request->ca_file = config->ca_file;
	request->user_agent = "droid2api-tokend/" PACKAGE_VERSION;
	request->connect_timeout_ms = CALL_CONNECT_MS;
	request->stop_fd = dialer->stop_fd;
	request->stop_grace_ms = CALL_STOP_GRACE_MS;
	if (proxies_next(config, dialer->scoreboard, &proxy, problem) != 0)
		return -1;
	if (proxy != NULL) {
		request->proxy = proxy->url;
		log_info(NULL, "Using proxy %s for request to %.*s",
		    proxy->name, (int)strcspn(request->url, "?"),
		    request->url);
	}
	result = http_send(request, reply, problem);
	if (proxy != NULL && reply->proxy_failed)
		proxy_failed(dialer->scoreboard, proxy);
	return result;
}

int
dialer_get(const struct dialer *dialer, const char *url, const char *bearer,
    int timeout_ms, struct http_reply *reply, struct problem *problem)
{
	return dialer_send_request(dialer, &(struct http_request){ .url = url,
	    .bearer = bearer, .timeout_ms = timeout_ms }, reply, problem);
}

int
dialer_send(const struct dialer *dialer, const char *url, const char *form,
    int timeout_ms, struct http_reply *reply, struct problem *problem)
{
	struct http_request	request = { .url = url, .form = form,
				    .timeout_ms = timeout_ms };

	return dialer_send_request(dialer, &request, reply, problem);
}

/* One call: what is asked with, and which of WorkOS's words end it. */
struct question {
	struct buf	 form;
	const char	*secret;
	bool		(*ends)(const struct grant_error *);
};

/*
 * A 4xx. One that has none of WorkOS's words was said by something on the way,
 * perhaps after the token was spent. Repeats no secret even if the server does.
 */
static enum outcome
judge_refusal(struct answer *answer, const struct http_reply *reply,
    const struct question *question)
{
	struct grant_error	*error = &answer->error;
	bool			 words = grant_error_read(error,
				    reply->body.at, reply->body.length) == 0;
	bool			 ends = words && question->ends(error);

	if (strstr(error->description, question->secret) != NULL)
		error->description[0] = '\0';
	problem_set(&answer->problem, PROBLEM_UNAUTHORIZED,
	    "status %d%s%s%s%s%s", reply->status, words ? " " : "",
	    error->word, words && error->description[0] != '\0' ? ": " : "",
	    words ? error->description : "", ends ? "" :
	    ", which is not of the login service: a proxy or firewall?");
	return ends ? OUTCOME_REFUSED : OUTCOME_LOST;
}

/*
 * 408, 429 and the 5xx of a server are passing. A proxy's 407 says nothing of
 * the token, nor does a redirect.
 */
static enum outcome
outcome_of(struct answer *answer, const struct http_reply *reply,
    const struct question *question)
{
	answer->retry_after_s = reply->retry_after_s;
	answer->date_s = reply->date_s;
	if (reply->status >= 200 && reply->status < 300)
		return grant_read(&answer->grant, reply->body.at,
		    reply->body.length, time(NULL), &answer->problem) == 0 ?
		    OUTCOME_GRANTED : OUTCOME_LOST;
	if (reply->status >= 400 && reply->status < 500 &&
	    reply->status != 407 && reply->status != 408 &&
	    reply->status != 429)
		return judge_refusal(answer, reply, question);
	problem_set(&answer->problem, problem_of_status(reply->status),
	    "status %d", reply->status);
	return reply->status == 429 || reply->status == 407 ||
	    reply->status < 400 ? OUTCOME_UNSENT : OUTCOME_LOST;
}

static enum outcome
ask(const struct dialer *dialer, const struct question *question,
    struct answer *answer)
{
	struct http_reply	reply;
	enum outcome		outcome;

	memset(answer, 0, sizeof(*answer));
	if (question->form.failed) {
		problem_set(&answer->problem, PROBLEM_SERVER,
		    "the token is too long");
		return OUTCOME_UNSENT;
	}
	http_reply_init(&reply, GRANT_MAX);
	if (dialer_send(dialer, dialer->config->token_url, question->form.at,
	    CALL_TIMEOUT_MS, &reply, &answer->problem) == 0)
		outcome = outcome_of(answer, &reply, question);
	else if (reply.stopped)
		outcome = OUTCOME_STOPPED;
	else
		outcome = reply.sent ? OUTCOME_LOST : OUTCOME_UNSENT;
	http_reply_release(&reply);
	return outcome;
}

enum outcome
workos_refresh(const struct dialer *dialer, const char *refresh_token,
    struct answer *answer)
{
	const struct config	*config = dialer->config;
	struct question		 question = { .secret = refresh_token,
				    .ends = grant_error_refuses };
	struct buf		*form = &question.form;
	enum outcome		 outcome;

	buf_init(form, FORM_MAX, NULL);
	buf_room(form, FORM_MAX / 2);
	http_form_add(form, "grant_type", "refresh_token");
	http_form_add(form, "refresh_token", refresh_token);
	http_form_add(form, "client_id", config->client_id);
	if (config->organization_id != NULL)
		http_form_add(form, "organization_id",
		    config->organization_id);
	outcome = ask(dialer, &question, answer);
	secret_release(form);
	return outcome;
}

enum outcome
workos_poll(const struct dialer *dialer, const char *device_code,
    struct answer *answer)
{
	struct question	 question = { .secret = device_code,
			    .ends = grant_error_answers_poll };
	struct buf	*form = &question.form;
	enum outcome	 outcome;

	buf_init(form, FORM_MAX, NULL);
	buf_room(form, FORM_MAX / 2);
	http_form_add(form, "grant_type", DEVICE_GRANT);
	http_form_add(form, "device_code", device_code);
	http_form_add(form, "client_id", dialer->config->client_id);
	outcome = ask(dialer, &question, answer);
	secret_release(form);
	return outcome;
}

void
answer_release(struct answer *answer)
{
	grant_release(&answer->grant);
}
