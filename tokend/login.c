#include "build.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "json_write.h"
#include "log.h"
#include "secret.h"
#include "store.h"
#include "tokend.h"

#define INTERVAL_S	5	/* RFC 8628 section 3.5 */
#define SLOWER_S	5
#define EXPIRES_S	300
#define INTERVAL_MAX_S	60

/* What the device endpoint told (RFC 8628 section 3.2). */
struct device {
	char	*code, *user_code, *url, *whole_url;
	int64_t	 expires_s, interval_s;
};

static void
device_release(struct device *device)
{
	secret_free(device->code);
	secret_free(device->user_code);
	secret_free(device->url);
	secret_free(device->whole_url);
}

static int64_t
seconds_of(struct json_value object, const char *key, int64_t otherwise)
{
	int64_t	number;

	return json_int64(json_get(object, key), &number) == 0 &&
	    number > 0 && number < 86400 ? number : otherwise;
}

static int
device_read(struct device *device, const struct http_reply *reply,
    struct problem *problem)
{
	struct json_document	document;
	struct json_value	root;
	int			result = 0;

	json_init(&document, NULL);
	if (reply->status != 200)
		result = problem_set(problem, PROBLEM_UPSTREAM,
		    "the login service answered with status %d",
		    reply->status);
	else if (json_scan(&document, reply->body.at, reply->body.length,
	    NULL) != 0)
		result = problem_set(problem, PROBLEM_UPSTREAM,
		    "the login service's answer is not JSON");
	else {
		root = json_root(&document);
		device->code = secret_read_token(root, "device_code");
		device->user_code = secret_read_token(root, "user_code");
		device->url = secret_read_token(root, "verification_uri");
		device->whole_url = secret_read_token(root,
		    "verification_uri_complete");
		device->expires_s = seconds_of(root, "expires_in", EXPIRES_S);
		device->interval_s = seconds_of(root, "interval", INTERVAL_S);
		if (device->code == NULL || device->user_code == NULL ||
		    device->url == NULL)
			result = problem_set(problem, PROBLEM_UPSTREAM,
			    "the login service's answer lacks its code");
	}
	json_release(&document);
	return result;
}

static int
device_start(const struct dialer *dialer, struct device *device,
    struct problem *problem)
{
	struct http_reply	reply;
	struct buf		form;
	int			result;

	buf_init(&form, 4096, NULL);
	http_form_add(&form, "client_id", dialer->config->client_id);
	http_reply_init(&reply, GRANT_MAX);
	result = dialer_send(dialer, dialer->config->device_url, form.at,
	    CALL_TIMEOUT_MS, &reply, problem);
	if (result == 0)
		result = device_read(device, &reply, problem);
	http_reply_release(&reply);
	buf_release(&form);
	return result;
}

/*
 * What one answer means: 1 go on, 0 granted, -1 over with the problem set.
 * Time-outs slow the polling down like slow_down does (RFC 8628 section 3.5).
 */
static int
poll_judge(struct device *device, enum outcome outcome,
    const struct answer *answer, struct problem *problem)
{
	if (outcome == OUTCOME_GRANTED)
		return 0;
	if (outcome == OUTCOME_STOPPED)
		return problem_set(problem, PROBLEM_UPSTREAM, "interrupted");
	if (outcome == OUTCOME_REFUSED) {
		if (strcmp(answer->error.word, "authorization_pending") == 0)
			return 1;
		if (strcmp(answer->error.word, "access_denied") == 0)
			return problem_set(problem, PROBLEM_FORBIDDEN,
			    "the login was denied");
		if (strcmp(answer->error.word, "expired_token") == 0)
			return problem_set(problem, PROBLEM_TIMEOUT,
			    "the code has expired: run it again");
		if (strcmp(answer->error.word, "slow_down") != 0)
			return problem_set(problem, PROBLEM_UNAUTHORIZED,
			    "the login service says: %s",
			    answer->problem.message);
	}
	if (outcome != OUTCOME_REFUSED)
		fprintf(stderr, "tokend: %s; asking again\n",
		    answer->problem.message);
	device->interval_s += SLOWER_S;
	if (device->interval_s > INTERVAL_MAX_S)
		device->interval_s = INTERVAL_MAX_S;
	return 1;
}

/* Polls until a person has decided. 0 with the grant, or -1. */
static int
device_poll(const struct dialer *dialer, struct device *device,
    struct answer *answer, struct problem *problem)
{
	struct pollfd	stop = { .fd = dialer->stop_fd, .events = POLLIN };
	time_t		end = time(NULL) + (time_t)device->expires_s;
	int		result = 1;

	while (result > 0) {
		if (poll(&stop, 1, (int)device->interval_s * 1000) > 0)
			return problem_set(problem, PROBLEM_UPSTREAM,
			    "interrupted");
		if (time(NULL) > end)
			return problem_set(problem, PROBLEM_TIMEOUT,
			    "the code has expired: run it again");
		result = poll_judge(device,
		    workos_poll(dialer, device->code, answer), answer,
		    problem);
		if (result != 0)
			answer_release(answer);
	}
	return result;
}

/* device.json looks like the token endpoint's answer; tokend_take_device(). */
static int
grant_write(const char *path, const struct grant *grant,
    struct problem *problem)
{
	struct json_write	out;
	struct buf		text;
	int			result;

	buf_init(&text, GRANT_MAX, NULL);
	buf_room(&text, GRANT_MAX - 1);
	json_write_start(&out, &text);
	json_put_object(&out);
	json_member_string(&out, "access_token", grant->access_token);
	json_member_string(&out, "refresh_token", grant->refresh_token);
	json_member_int(&out, "expires_at", grant->expires_at);
	if (grant->organization_id != NULL)
		json_member_string(&out, "organization_id",
		    grant->organization_id);
	json_put_key(&out, "user");
	json_put_object(&out);
	if (grant->user_id != NULL)
		json_member_string(&out, "id", grant->user_id);
	if (grant->email != NULL)
		json_member_string(&out, "email", grant->email);
	json_put_end(&out);
	json_put_end(&out);
	result = json_write_finish(&out) != 0 ?
	    problem_set(problem, PROBLEM_SERVER, "the answer is too long") :
	    file_write(path, text.at, text.length, 0600, problem);
	secret_release(&text);
	return result;
}

/* A running tokend takes it at once; else it is taken here. */
static int
grant_hand_over(struct tokend *tokend, int holder, const struct grant *grant,
    struct problem *problem)
{
	if (grant->refresh_token == NULL)
		return problem_set(problem, PROBLEM_UPSTREAM,
		    "the login service gave no refresh token");
	if (grant_write(tokend->device_file, grant, problem) != 0)
		return -1;
	if (tokend->lock_fd >= 0) {
		/* The keys that commands printed stay published. */
		tokend_follow_config(tokend);
		tokend_take_device(tokend, moment_now());
		tokend_publish(tokend, moment_now());
		return 0;
	}
	if (holder <= 0 || kill(holder, SIGHUP) != 0)
		printf("The running tokend takes it up when it looks next.\n");
	return 0;
}

static void
device_show(const struct device *device)
{
	printf("Open this address in a browser and confirm the code %s:\n\n"
	    "    %s\n\n", device->user_code, device->whole_url != NULL ?
	    device->whole_url : device->url);
	printf("Waiting for the confirmation ...\n");
	fflush(stdout);
}

static int
login_do(struct tokend *tokend, int holder, struct problem *problem)
{
	struct dialer	dialer = { tokend->config, tokend->scoreboard,
			    tokend->stop_fd };
	struct device	device = { .code = NULL };
	struct answer	answer = { .retry_after_s = 0 };
	int		result;

	result = device_start(&dialer, &device, problem);
	if (result == 0) {
		device_show(&device);
		result = device_poll(&dialer, &device, &answer, problem);
	}
	if (result == 0) {
		result = grant_hand_over(tokend, holder, &answer.grant,
		    problem);
		if (result == 0)
			printf("Logged in%s%s.\n",
			    answer.grant.email != NULL ? " as " : "",
			    answer.grant.email != NULL ?
			    answer.grant.email : "");
		answer_release(&answer);
	}
	device_release(&device);
	return result;
}

int
login_run(const char *config_path)
{
	static struct tokend	tokend;
	struct problem		problem;
	int			holder, result;

	tokend.once = true;
	result = tokend_init(&tokend, config_path, &holder, &problem);
	/* That another tokend runs is no obstacle: it gets the login. */
	if (result != 0 && holder != 0) {
		tokend.scoreboard = scoreboard_open(NULL, &problem);
		result = 0;
	}
	if (result == 0)
		result = tokend_open(&tokend, &problem);
	/* Who logs in says nothing of what runs afterwards. */
	tokend.once = status_said_once(&tokend);
	if (result == 0)
		result = login_do(&tokend, holder, &problem);
	if (result != 0)
		fprintf(stderr, "tokend: %s\n", problem.message);
	tokend_release(&tokend);
	return result == 0 ? 0 : 1;
}
