#include "build.h"

#include <stdlib.h>
#include <time.h>

#include "accounts.h"
#include "clock.h"
#include "dialects/dialects.h"
#include "own_operations.h"
#include "scoreboard_live.h"
#include "status.h"

#define LIVE_MAX	64		/* of those under way */

/* "POST /v1/messages", for each method. */
static void
write_operation(struct json_write *w, const struct operation *row)
{
	const struct operation_method *method = operation_methods;

	for (; method->word != NULL; method++)
		if ((row->methods & method->bit) != 0)
			json_put(w, "'%s /v1/%s'", method->word, row->path);
}

/* What is offered. */
static void
write_operations(struct json_write *w, const struct operation *row)
{
	for (; row != NULL && row->path != NULL; row++)
		if (row->serving != SERVED_NOT)
			write_operation(w, row);
}

void
status_write_about(struct json_write *w)
{
	const struct operation *family = NULL;
	int kind;

	json_put_object(w);
	json_member_string(w, "name", PACKAGE_NAME);
	json_member_string(w, "version", PACKAGE_VERSION);
	json_member_string(w, "description",
	    "One gateway for OpenAI, Anthropic and Google APIs");
	json_put_key(w, "endpoints");
	json_put_array(w);
	for (kind = 0; kind < DIALECT_KINDS; kind++) {
		const struct dialect *dialect =
		    dialect_of((enum dialect_kind)kind);

		write_operations(w, dialect->operations);
		if (dialect->family != family)
			write_operations(w, dialect->family);
		family = dialect->family;
	}
	write_operations(w, own_operations);
	json_put_end(w);
	json_put_end(w);
}

void
status_write_health(struct json_write *w, const char *lost)
{
	json_put_object(w);
	json_member_string(w, "status", lost == NULL ? "ok" : "login lost");
	if (lost != NULL)
		json_member_string(w, "reason", lost);
	json_put_end(w);
}

static void
write_latency(struct json_write *w, const struct gateway *gateway,
    const char *key, enum latency latency)
{
	json_put_key(w, key);
	json_put_object(w);
	json_member_int(w, "p50_us", (int64_t)scoreboard_quantile(
	    gateway->scoreboard, latency, 50));
	json_member_int(w, "p99_us", (int64_t)scoreboard_quantile(
	    gateway->scoreboard, latency, 99));
	json_put_end(w);
}

static void
write_accounts(struct json_write *w, const struct accounts *all)
{
	size_t i;

	json_put_key(w, "accounts");
	json_put_array(w);
	for (i = 0; i < all->count; i++) {
		const struct account_state *one = &all->list[i];

		json_put_object(w);
		json_member_string(w, "id", one->id);
		json_member_string(w, "name", one->name);
		json_member_int(w, "expires_in_s", one->expires_at == 0 ? 0
		    : one->expires_at - (int64_t)time(NULL));
		json_member_int(w, "set_aside_s", one->set_aside_s);
		json_put_end(w);
	}
	json_put_end(w);
}

/* What tokend found out about what Factory allows. */
static void
write_limits(struct json_write *w, struct allowance_reader *reader)
{
	struct allowances *all = allowances_copy(reader);

	json_put_key(w, "limits");
	if (all != NULL)
		allowances_write_accounts(w, all);
	else
		json_put(w, "[]");
	free(all);
}

static void
write_upstream(struct json_write *w, const struct gateway *gateway,
    const struct model *model, const struct model *upstream)
{
	struct upstream_health health;

	scoreboard_upstream_read(gateway->scoreboard, upstream->hash, &health);
	json_put_object(w);
	json_member_string(w, "model", model->id);
	json_member_string(w, "endpoint", upstream->endpoint->name);
	json_member_string(w, "state", health.away_ms > 0 ? "set_aside" : "up");
	json_member_int(w, "set_aside_s", (health.away_ms + 999) / 1000);
	json_member_int(w, "failures", health.failures);
	if (*health.reason != '\0')
		json_member_string(w, "last_error", health.reason);
	json_put_end(w);
}

/* Of each model; one that is asked alone is never set aside. */
static void
write_upstreams(struct json_write *w, const struct gateway *gateway,
    const struct config *config)
{
	size_t i, j;

	json_put_key(w, "upstreams");
	json_put_array(w);
	for (i = 0; i < config->models_count; i++) {
		const struct model *model = &config->models[i];

		for (j = 0; j < model->upstreams_count; j++)
			write_upstream(w, gateway, model, &model->upstreams[j]);
		if (j == 0)
			write_upstream(w, gateway, model, model);
	}
	json_put_end(w);
}

/* The oldest are not first: they come in no order. */
static void
write_live(struct json_write *w, const struct gateway *gateway)
{
	struct live_exchange	live[LIVE_MAX];
	size_t			count = scoreboard_live(gateway->scoreboard,
				    live, LIVE_MAX);
	int64_t			now_ms = (int64_t)wall_ms();
	size_t			i;

	json_put_key(w, "live");
	json_put_array(w);
	for (i = 0; i < count; i++) {
		json_put_object(w);
		json_member_string(w, "key", live[i].key);
		json_member_string(w, "model", live[i].model);
		json_member_string(w, "upstream", live[i].upstream);
		json_member_string(w, "dialect", live[i].dialect);
		json_member_int(w, "age_ms", now_ms - live[i].began_ms);
		json_member_int(w, "bytes", (int64_t)live[i].bytes);
		json_member_bool(w, "stream", live[i].stream);
		json_put_end(w);
	}
	json_put_end(w);
}

void
status_write_counters(struct json_write *w, struct gateway *gateway,
    const struct config *config, const struct tokens *tokens)
{
	struct scoreboard *scoreboard = gateway->scoreboard;
	struct accounts accounts;
	int counter;

	json_put_object(w);
	json_member_string(w, "version", PACKAGE_VERSION);
	json_member_bool(w, "shared", scoreboard_shared(scoreboard));
	json_member_bool(w, "ledger", gateway->ledger != NULL &&
	    config->ledger_days != 0);
	json_member_int(w, "processes", scoreboard_processes(scoreboard));
	json_member_int(w, "in_flight",
	    (int64_t)scoreboard_in_flight(scoreboard));
	json_member_int(w, "waiting",
	    (int64_t)scoreboard_waiting(scoreboard));
	json_put_key(w, "counters");
	json_put_object(w);
	for (counter = 0; counter < COUNTERS; counter++)
		json_member_int(w,
		    scoreboard_counter_name((enum counter)counter),
		    (int64_t)scoreboard_counter(scoreboard,
		    (enum counter)counter));
	json_put_end(w);
	write_latency(w, gateway, "first_byte", LATENCY_FIRST_BYTE);
	write_latency(w, gateway, "total", LATENCY_TOTAL);
	json_member_int(w, "factory_keys", (int64_t)config->factory_keys_count);
	accounts_read(&accounts, gateway, config, tokens);
	write_accounts(w, &accounts);
	write_limits(w, &gateway->allowances);
	write_upstreams(w, gateway, config);
	write_live(w, gateway);
	json_put_end(w);
}
