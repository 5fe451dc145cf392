#include "build.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "file.h"
#include "json.h"
#include "json_write.h"
#include "log.h"
#include "secret.h"
#include "store.h"
#include "tokend.h"

#define STATUS_MAX	(128 * 1024)
#define OVERDUE_S	600
#define CRON_S		3600	/* until --once comes by again */
#define CLOCK_S		60	/* a clock that is this wrong is named */

enum { HEALTHY, DEGRADED, NO_TOKEN };

/* ---- for the file ---- */

void
status_mask_user(char *out, size_t room, const char *user)
{
	const char	*at = user == NULL ? NULL : strchr(user, '@');

	if (user == NULL)
		out[0] = '\0';
	else
		snprintf(out, room, "%.1s***%s", user, at != NULL ? at : "");
}

int64_t
tokend_clock_ahead_s(const struct tokend *tokend, struct moment now)
{
	int64_t	ahead = now.wall_s - tokend->service_boot_s -
		    now.boot_ms / 1000;

	return tokend->service_boot_s == 0 ||
	    (ahead > -CLOCK_S && ahead < CLOCK_S) ? 0 : ahead;
}

void
tokend_clock_set(struct tokend *tokend)
{
	tokend->service_boot_s = 0;
}

static int64_t
next_refresh(const struct tokend *tokend, const struct login *login,
    struct moment now)
{
	int64_t	due = schedule_due_ms(&login->schedule, now);

	if (due == SCHEDULE_NEVER || tokend->config->factory_keys_count > 0)
		return 0;
	return now.wall_s + due / 1000;
}

static void
login_write(struct json_write *out, const struct tokend *tokend,
    const struct login *login, struct moment now)
{
	char	user[128], masked[LOG_MASKED];

	status_mask_user(user, sizeof(user), login->user);
	json_put_object(out);
	json_member_string(out, "source", source_name(login->source));
	if (login->id != NULL)
		json_member_string(out, "id", login->id);
	json_member_string(out, "user", user);
	if (login->access_token != NULL)
		json_member_string(out, "access_token", log_mask(masked,
		    login->access_token, strlen(login->access_token)));
	json_member_int(out, "expires_at",
	    login->access_token != NULL ? login->expires_at : 0);
	json_member_int(out, "refreshed_at", login->granted_at);
	json_member_int(out, "next_refresh_at",
	    next_refresh(tokend, login, now));
	json_member_bool(out, "dead", login->dead != NULL);
	if (login->dead != NULL || login->last_error[0] != '\0')
		json_member_string(out, "last_error", login->dead != NULL ?
		    login->dead : login->last_error);
	json_put_end(out);
}

/* As an account: its source is the command. */
static void
key_write(struct json_write *out, const struct key *key, struct moment now)
{
	char	source[160], masked[LOG_MASKED];

	snprintf(source, sizeof(source), "api_key_command of %.60s (%.60s)",
	    key->endpoint, key->program);
	json_put_object(out);
	json_member_string(out, "source", source);
	json_member_string(out, "endpoint", key->endpoint);
	if (key->secret != NULL)
		json_member_string(out, "access_token", log_mask(masked,
		    key->secret, strlen(key->secret)));
	json_member_int(out, "expires_at", key->secret != NULL ?
	    key->expires_at : 0);
	json_member_int(out, "refreshed_at", key->granted_at);
	json_member_int(out, "next_refresh_at", now.wall_s +
	    schedule_due_ms(&key->schedule, now) / 1000);
	json_member_bool(out, "dead", false);
	if (key->last_error[0] != '\0')
		json_member_string(out, "last_error", key->last_error);
	json_put_end(out);
}

void
status_write(const struct tokend *tokend, struct moment now)
{
	struct json_write	out;
	struct problem		problem;
	struct buf		text;
	size_t			i;

	buf_init(&text, STATUS_MAX, NULL);
	json_write_start(&out, &text);
	json_put_object(&out);
	json_member_int(&out, "version", 1);
	json_member_int(&out, "updated_at", now.wall_s);
	json_member_int(&out, "clock_ahead_s",
	    tokend_clock_ahead_s(tokend, now));
	json_member_bool(&out, "factory_api_key",
	    tokend->config->factory_keys_count > 0);
	json_member_bool(&out, "unsaved", tokend->at_risk);
	json_member_bool(&out, "once", tokend->once);
	json_member_string(&out, "user_agent", tokend->useragent.version);
	json_put_key(&out, "accounts");
	json_put_array(&out);
	for (i = 0; i < tokend->logins.count; i++)
		if (tokend->logins.at[i].active)
			login_write(&out, tokend, &tokend->logins.at[i], now);
	for (i = 0; i < tokend->keys.count; i++)
		key_write(&out, &tokend->keys.at[i], now);
	json_put_end(&out);
	json_put_key(&out, "limits");
	allowances_write_accounts(&out, &tokend->allowed.known);
	json_put_end(&out);
	if (json_write_finish(&out) == 0 &&
	    file_write(tokend->status_file, text.at, text.length, 0640,
	    &problem) != 0)
		log_debug(NULL, "%s", problem.message);
	buf_release(&text);
}

bool
status_said_once(const struct tokend *tokend)
{
	struct json_document	document;
	struct problem		problem;
	struct buf		text;
	bool			once;

	json_init(&document, NULL);
	buf_init(&text, STATUS_MAX, NULL);
	once = file_read(tokend->status_file, &text, &problem) == 0 &&
	    json_scan(&document, text.at, text.length, NULL) == 0 &&
	    json_true(json_get(json_root(&document), "once"));
	json_release(&document);
	buf_release(&text);
	return once;
}

int
status_of(const struct tokend *tokend, struct moment now)
{
	const struct login	*login;
	int64_t			 ahead = tokend_clock_ahead_s(tokend, now);
	const struct key	*key;
	bool			 given = tokend->config->factory_keys_count > 0;
	size_t			 good = given, bad = 0, i;

	for (i = 0; i < tokend->keys.count; i++) {
		key = &tokend->keys.at[i];
		good += key->secret != NULL;
		bad += key->last_error[0] != '\0';
	}
	if (given)
		return bad > 0 ? DEGRADED : HEALTHY;
	for (i = 0; i < tokend->logins.count; i++) {
		login = &tokend->logins.at[i];
		if (!login->active)
			continue;
		good += login->access_token != NULL &&
		    login->expires_at > now.wall_s - ahead;
		bad += login->dead != NULL || login->last_error[0] != '\0';
	}
	if (good == 0)
		return NO_TOKEN;
	return bad > 0 || ahead != 0 || tokend->at_risk ? DEGRADED : HEALTHY;
}

/* ---- for people and programs ---- */

struct report {
	int64_t			 now;
	int64_t			 ahead;	/* of the login service's clock */
	bool			 running;	/* a tokend holds the lock */
	bool			 once;		/* or cron runs one */
	int			 good, bad;
	const struct allowances	*limits;
};

static int64_t
number_of(struct json_value object, const char *key)
{
	int64_t	number = 0;

	return json_int64(json_get(object, key), &number) == 0 ? number : 0;
}

/* "in 5 h 10 min", "12 min ago". */
static const char *
span(char out[48], int64_t at, int64_t now)
{
	int64_t	minutes = (at > now ? at - now : now - at) / 60;

	if (at == 0)
		snprintf(out, 48, "unknown");
	else if (minutes >= 60)
		snprintf(out, 48, "%s%lld h %lld min%s", at > now ? "in " : "",
		    (long long)minutes / 60, (long long)minutes % 60,
		    at > now ? "" : " ago");
	else
		snprintf(out, 48, "%s%lld min%s", at > now ? "in " : "",
		    (long long)minutes, at > now ? "" : " ago");
	return out;
}

static void
line(const char *label, const char *value)
{
	printf("  %-14s %s\n", label, value);
}

static void
line_of(struct json_value account, const char *label, const char *key)
{
	char	*value = secret_read(account, key);

	if (value != NULL)
		line(label, value);
	secret_free(value);
}

/* One that doesn't tell when it expires is good as long as it is there. */
static bool
is_good(const struct report *report, struct json_value account)
{
	int64_t	expires = number_of(account, "expires_at");

	return expires > report->now - report->ahead || (expires == 0 &&
	    json_is(json_get(account, "endpoint"), JSON_STRING) &&
	    json_is(json_get(account, "access_token"), JSON_STRING));
}

static void
account_judge(struct report *report, struct json_value account)
{
	int64_t	next = number_of(account, "next_refresh_at");
	int64_t	late_s = OVERDUE_S + (report->once ? CRON_S : 0);

	report->good += is_good(report, account);
	report->bad += json_true(json_get(account, "dead")) ||
	    json_is(json_get(account, "last_error"), JSON_STRING) ||
	    (next > 0 && next + late_s < report->now);
}

/* "standard fiveHour [#####           ]  35 %, 2 h 3 min left": 80 columns. */
static void
window_print(const struct allowance_window *window, int64_t now, bool first)
{
	static const char	full[] = "################";
	char			text[128], span[ALLOWANCE_SPAN];
	int			used = window->used < 100 ? (int)window->used :
				    100;

	snprintf(text, sizeof(text), "%-8.8s %-8.8s [%-16.*s] %3d %%%s%s%s",
	    window->pool, window->name, used * 16 / 100, full, used,
	    window->ends_at > now ? ", " : "", window->ends_at > now ?
	    allowance_span(span, window->ends_at - now) : "",
	    window->ends_at > now ? " left" : "");
	line(first ? "limits" : "", text);
}

static void
limits_print(const struct allowance *one, int64_t now)
{
	size_t	i;

	for (i = 0; i < one->count; i++)
		window_print(&one->windows[i], now, i == 0);
	if (one->count == 0)
		line("limits", *one->problem != '\0' ? one->problem :
		    "unknown");
	else if (*one->problem != '\0')
		line("", one->problem);
}

static void
account_print(const struct report *report, struct json_value account)
{
	int64_t	expires = number_of(account, "expires_at");
	int64_t	there = report->now - report->ahead;
	int64_t	next = number_of(account, "next_refresh_at");
	char	text[48];
	size_t	i;

	line_of(account, "source", "source");
	line_of(account, "account", "id");
	line_of(account, "user", "user");
	line_of(account, "token", "access_token");
	line(expires > there || expires == 0 ? "expires" : "expired",
	    span(text, expires, there));
	line("last refresh", span(text, number_of(account, "refreshed_at"),
	    report->now));
	line("next refresh", json_true(json_get(account, "dead")) ?
	    "never: log in again" : span(text, next, report->now));
	line_of(account, "last error", "last_error");
	for (i = 0; i < report->limits->count; i++)
		if (json_equals(json_get(account, "id"),
		    report->limits->accounts[i].id))
			limits_print(&report->limits->accounts[i], report->now);
}

/* Of keys, which are no accounts. */
static void
keys_print(const struct report *report)
{
	size_t	i;

	for (i = 0; i < report->limits->count; i++) {
		printf("\n");
		line("key", report->limits->accounts[i].name);
		limits_print(&report->limits->accounts[i], report->now);
	}
}

static const char *
clock_wrong(char out[96], int64_t ahead)
{
	int64_t	minutes = (ahead > 0 ? ahead : -ahead) / 60;

	snprintf(out, 96, "wrong, %lld h %lld min %s the login service's: "
	    "set it", (long long)minutes / 60, (long long)minutes % 60,
	    ahead > 0 ? "ahead of" : "behind");
	return out;
}

static int
verdict(const struct report *report, struct json_value root)
{
	if (json_true(json_get(root, "factory_api_key")))
		return report->bad > 0 ? DEGRADED : HEALTHY;
	if (report->good == 0)
		return NO_TOKEN;
	if (report->bad > 0 || report->ahead != 0 ||
	    json_true(json_get(root, "unsaved")) ||
	    (!report->running && !report->once))
		return DEGRADED;
	return HEALTHY;
}

static const char *const	verdicts[] = {
	[HEALTHY] = "healthy",
	[DEGRADED] = "degraded",
	[NO_TOKEN] = "no token",
};

static void
print_people(const struct report *report, struct json_value root)
{
	struct json_walk	 walk = json_walk(json_get(root, "accounts"));
	char			*version = secret_read(root, "user_agent");
	char			 text[96];

	printf("tokend: %s, %s\n", verdicts[verdict(report, root)],
	    report->running ? "running" : "not running");
	if (json_true(json_get(root, "factory_api_key")))
		line("source", "FACTORY_API_KEY, nothing to refresh");
	else if (json_count(json_get(root, "accounts")) == 0)
		line("source", "none: set DROID_REFRESH_KEY or run "
		    "tokend --login");
	if (report->ahead != 0)
		line("clock", clock_wrong(text, report->ahead));
	if (version != NULL)
		line("user agent", version);
	secret_free(version);
	if (json_true(json_get(root, "factory_api_key")))
		keys_print(report);
	while (json_next(&walk)) {
		printf("\n");
		account_print(report, walk.value);
	}
}

static void
print_program(const struct report *report, struct json_value root)
{
	struct json_write	out;
	struct buf		text;

	buf_init(&text, 2 * STATUS_MAX, NULL);
	json_write_start(&out, &text);
	json_put_object(&out);
	json_member_string(&out, "status", verdicts[verdict(report, root)]);
	json_member_bool(&out, "running", report->running);
	json_member_int(&out, "now", report->now);
	json_member_value(&out, "tokend", root);
	json_put_end(&out);
	if (json_write_finish(&out) == 0)
		printf("%s\n", text.at);
	buf_release(&text);
}

static int
report_print(struct report *report, struct json_value root, bool json)
{
	struct json_walk	walk = json_walk(json_get(root, "accounts"));

	report->ahead = number_of(root, "clock_ahead_s");
	report->once = json_true(json_get(root, "once"));
	while (json_next(&walk))
		account_judge(report, walk.value);
	if (json)
		print_program(report, root);
	else
		print_people(report, root);
	return verdict(report, root);
}

static void
limits_read(struct allowances *limits, const char *path)
{
	struct problem	problem;
	struct buf	text;

	buf_init(&text, ALLOWANCE_FILE_MAX, NULL);
	if (file_read(path, &text, &problem) != 0 || allowances_read(limits,
	    (struct text){ text.at, text.length }) != 0)
		limits->count = 0;
	buf_release(&text);
}

int
status_print(const char *config_path, bool json)
{
	struct json_document	document;
	struct config		*config;
	struct problem		problem;
	struct report		report = { .now = time(NULL) };
	static struct allowances	limits;
	struct state		state;
	struct buf		text;
	char			path[704];
	int			result = NO_TOKEN;

	config = config_read(config_find(config_path), NULL, NULL, &problem);
	if (config == NULL || state_find(&state, config, &problem) != 0) {
		fprintf(stderr, "tokend: %s\n", problem.message);
		config_release(config);
		return NO_TOKEN;
	}
	snprintf(path, sizeof(path), "%s/tokend.lock", state.login);
	report.running = store_locked(path);
	snprintf(path, sizeof(path), "%s/status.json", state.token);
	report.limits = &limits;
	limits_read(&limits, state.limits_file);
	json_init(&document, NULL);
	buf_init(&text, STATUS_MAX, NULL);
	if (file_read(path, &text, &problem) != 0)
		fprintf(stderr, "tokend: %s%s\n", problem.message,
		    problem.kind == PROBLEM_MISSING ?
		    ": no tokend ran here yet" : "");
	else if (json_scan(&document, text.at, text.length, NULL) != 0)
		fprintf(stderr, "tokend: %s is damaged\n", path);
	else
		result = report_print(&report, json_root(&document), json);
	json_release(&document);
	buf_release(&text);
	config_release(config);
	return result;
}
