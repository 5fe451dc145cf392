#include "build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accounts.h"
#include "clock.h"
#include "metrics.h"
#include "scoreboard_series.h"
#include "utf8.h"

#define PREFIX		"droid2api_"
#define FIRST_BUCKET	13		/* 2^13 us are 8 ms */
#define LAST_BUCKET	30		/* 18 minutes */

struct metrics {
	struct buf			*out;
	bool				 open;		/* OpenMetrics */
	const struct scoreboard		*scoreboard;
	const struct config		*config;
};

/* The name of a counter's family ends with _total in the older format alone. */
static void
family(const struct metrics *m, const char *name, const char *type,
    const char *about)
{
	const char	*end = !m->open && strcmp(type, "counter") == 0 ?
			    "_total" : "";

	buf_printf(m->out, "# HELP " PREFIX "%s%s %s\n", name, end, about);
	buf_printf(m->out, "# TYPE " PREFIX "%s%s %s\n", name, end, type);
}

/* Prometheus takes no sample at all where one byte is not UTF-8. */
static void
put_label(struct buf *out, const char *name, const char *value)
{
	const unsigned char	*at = (const unsigned char *)value;
	const unsigned char	*end = at + strlen(value);
	size_t			 length;

	buf_printf(out, "%s=\"", name);
	for (; at < end; at += length > 0 ? length : 1) {
		length = utf8_sequence(at, end);
		if (*at == '\\' || *at == '"')
			buf_putc(out, '\\');
		if (length == 0 || *at < 0x20)
			buf_putc(out, '?');
		else
			buf_add(out, at, length);
	}
	buf_putc(out, '"');
}

static void
gauge(const struct metrics *m, const char *name, const char *about,
    uint64_t value)
{
	family(m, name, "gauge", about);
	buf_printf(m->out, PREFIX "%s %llu\n", name,
	    (unsigned long long)value);
}

/* ---- by model ---- */

static const char *const statuses[SERIES_STATUSES] = {
	[SERIES_NONE] = "none",
	[SERIES_2XX] = "2xx",
	[SERIES_3XX] = "3xx",
	[SERIES_4XX] = "4xx",
	[SERIES_5XX] = "5xx",
};

static const char *const kinds[SERIES_TOKENS] = {
	[SERIES_INPUT] = "input",
	[SERIES_CACHED] = "cached",
	[SERIES_CACHE_WRITE] = "cache_write",
	[SERIES_OUTPUT] = "output",
	[SERIES_REASONING] = "reasoning",
};

/* One line for each count that is not 0. */
static void
put_series(const struct metrics *m, const char *name,
    const struct series_labels *labels, const char *label,
    const char *const *words, const uint64_t *counts, int length)
{
	int	i;

	for (i = 0; i < length; i++) {
		if (counts[i] == 0)
			continue;
		buf_printf(m->out, PREFIX "%s_total{", name);
		put_label(m->out, "dialect", labels->dialect);
		buf_putc(m->out, ',');
		put_label(m->out, "model", labels->model);
		buf_putc(m->out, ',');
		put_label(m->out, "upstream", labels->upstream);
		buf_putc(m->out, ',');
		put_label(m->out, label, words[i]);
		buf_printf(m->out, "} %llu\n", (unsigned long long)counts[i]);
	}
}

static void
put_by_model(const struct metrics *m)
{
	struct series	series;
	size_t		i;

	family(m, "requests", "counter", "Requests that were not for the "
	    "gateway itself, by what came of them.");
	for (i = 0; i <= SCOREBOARD_SERIES; i++)
		if (scoreboard_series_read(m->scoreboard, i, &series) == 0)
			put_series(m, "requests", &series.labels, "status",
			    statuses, series.requests, SERIES_STATUSES);
	family(m, "tokens", "counter", "Tokens as upstreams told them; "
	    "reasoning is a part of output.");
	for (i = 0; i <= SCOREBOARD_SERIES; i++)
		if (scoreboard_series_read(m->scoreboard, i, &series) == 0)
			put_series(m, "tokens", &series.labels, "kind", kinds,
			    series.tokens, SERIES_TOKENS);
}

/* ---- of all ---- */

static const struct {
	enum counter	 counter;
	const char	*name, *about;
} counters[] = {
	{ COUNT_STREAMS, "streams", "Answers that were streams." },
	{ COUNT_CUT, "streams_cut", "Streams that ended early." },
	{ COUNT_GONE, "clients_gone", "Clients that hung up." },
	{ COUNT_SHED, "requests_shed", "Requests refused by overload." },
	{ COUNT_RETRIES, "retries", "Requests sent upstream once more." },
	{ COUNT_REFRESHES, "token_refreshes", "New tokens that were asked for "
	    "after a 401." },
	{ COUNT_UPSTREAM_ERRORS, "upstream_errors", "Failures of upstreams "
	    "that were passed on." },
	{ COUNT_CONNECTIONS, "upstream_connections", "Connections that were "
	    "opened upstream." },
	{ COUNT_BYTES_IN, "received_bytes", "Bytes of requests' bodies." },
	{ COUNT_BYTES_OUT, "sent_bytes", "Bytes of answers." },
};

static void
put_counters(const struct metrics *m)
{
	size_t	i;

	for (i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
		family(m, counters[i].name, "counter", counters[i].about);
		buf_printf(m->out, PREFIX "%s_total %llu\n", counters[i].name,
		    (unsigned long long)scoreboard_counter(m->scoreboard,
		    counters[i].counter));
	}
}

static void
put_histogram(const struct metrics *m, enum latency latency, const char *name,
    const char *about)
{
	uint64_t	buckets[SCOREBOARD_BUCKETS], count = 0;
	uint64_t	sum = scoreboard_histogram(m->scoreboard, latency,
			    buckets);
	size_t		i;

	family(m, name, "histogram", about);
	for (i = 0; i < SCOREBOARD_BUCKETS; i++) {
		count += buckets[i];
		if (i >= FIRST_BUCKET && i <= LAST_BUCKET)
			buf_printf(m->out, PREFIX "%s_bucket{le=\"%.6f\"} "
			    "%llu\n", name, (double)(UINT64_C(1) << i) / 1e6,
			    (unsigned long long)count);
	}
	buf_printf(m->out, PREFIX "%s_bucket{le=\"+Inf\"} %llu\n", name,
	    (unsigned long long)count);
	buf_printf(m->out, PREFIX "%s_sum %.6f\n" PREFIX "%s_count %llu\n",
	    name, (double)sum / 1e6, name, (unsigned long long)count);
}

/* ---- upstreams and accounts ---- */

enum upstream_fact { UPSTREAM_UP, UPSTREAM_AWAY, UPSTREAM_FAILURES };

static void
put_upstream(const struct metrics *m, const char *name,
    enum upstream_fact fact, const struct model *model,
    const struct model *upstream, size_t rank)
{
	struct upstream_health	health;
	double			value = 0;

	scoreboard_upstream_read(m->scoreboard, upstream->hash, &health);
	switch (fact) {
	case UPSTREAM_UP:
		value = health.away_ms <= 0;
		break;
	case UPSTREAM_AWAY:
		value = (double)health.away_ms / 1000;
		break;
	case UPSTREAM_FAILURES:
		value = health.failures;
		break;
	}
	buf_printf(m->out, PREFIX "%s{", name);
	put_label(m->out, "model", model->id);
	buf_putc(m->out, ',');
	put_label(m->out, "upstream", upstream->endpoint->name);
	buf_printf(m->out, ",rank=\"%zu\"} %g\n", rank, value);
}

/* Of each model that is found at all; several may have the same id. */
static void
put_upstreams(const struct metrics *m, const char *name, const char *about,
    enum upstream_fact fact)
{
	const struct model	*model = m->config->models;
	const struct model	*end = model + m->config->models_count;
	size_t			 i;

	family(m, name, "gauge", about);
	for (; model < end; model++) {
		if (config_find_model(m->config, model->id) != model)
			continue;
		for (i = 0; i < model->upstreams_count; i++)
			put_upstream(m, name, fact, model,
			    &model->upstreams[i], i + 1);
		if (i == 0)
			put_upstream(m, name, fact, model, model, 1);
	}
}

static void
put_accounts(const struct metrics *m, const struct accounts *all)
{
	size_t	i;

	family(m, "account_set_aside_seconds", "gauge", "For how long an "
	    "account or key of Factory's is set aside; 0: it is not.");
	for (i = 0; i < all->count; i++) {
		buf_puts(m->out, PREFIX "account_set_aside_seconds{");
		put_label(m->out, "account", all->list[i].id);
		buf_printf(m->out, "} %d\n", all->list[i].set_aside_s);
	}
	family(m, "account_token_expiry_timestamp_seconds", "gauge",
	    "When an account's access token expires, Unix time; 0: unknown.");
	for (i = 0; i < all->count; i++) {
		buf_puts(m->out, PREFIX
		    "account_token_expiry_timestamp_seconds{");
		put_label(m->out, "account", all->list[i].id);
		buf_printf(m->out, "} %lld\n",
		    (long long)all->list[i].expires_at);
	}
}

enum limit_fact { LIMIT_USED, LIMIT_RESET };

static void
put_window(const struct metrics *m, const char *name, enum limit_fact fact,
    const struct allowance *of, const struct allowance_window *window)
{
	buf_printf(m->out, PREFIX "%s{", name);
	put_label(m->out, "account", of->id);
	buf_putc(m->out, ',');
	put_label(m->out, "pool", window->pool);
	buf_putc(m->out, ',');
	put_label(m->out, "window", window->name);
	if (fact == LIMIT_USED)
		buf_printf(m->out, "} %g\n", window->used / 100);
	else
		buf_printf(m->out, "} %lld\n", (long long)window->ends_at);
}

/* Without traffic nobody asks what came after a window that has ended. */
static void
put_limits(const struct metrics *m, const char *name, const char *about,
    enum limit_fact fact, const struct allowances *all)
{
	int64_t	now_s = (int64_t)wall_s();
	size_t	i, j;

	family(m, name, "gauge", about);
	for (i = 0; all != NULL && i < all->count; i++) {
		const struct allowance	*one = &all->accounts[i];

		for (j = 0; j < one->count; j++)
			if (!allowance_has_ended(&one->windows[j], now_s))
				put_window(m, name, fact, one,
				    &one->windows[j]);
	}
}

void
metrics_write(struct buf *out, bool open, struct gateway *gateway,
    const struct config *config, const struct tokens *tokens)
{
	const struct metrics	 m = { out, open, gateway->scoreboard, config };
	struct allowances	*all = allowances_copy(&gateway->allowances);
	struct accounts		 accounts;

	family(&m, "build_info", "gauge", "Always 1; which version runs.");
	buf_puts(out, PREFIX "build_info{version=\"" PACKAGE_VERSION "\"} 1\n");
	gauge(&m, "processes", "Processes that serve.",
	    scoreboard_processes(m.scoreboard));
	gauge(&m, "exchanges_in_flight", "Exchanges that are under way.",
	    scoreboard_in_flight(m.scoreboard));
	gauge(&m, "queue_waiting", "Requests that wait for a worker.",
	    scoreboard_waiting(m.scoreboard));
	put_by_model(&m);
	put_counters(&m);
	put_histogram(&m, LATENCY_FIRST_BYTE, "first_event_seconds",
	    "Time to the first event or byte of an answer of an upstream.");
	put_histogram(&m, LATENCY_TOTAL, "exchange_seconds",
	    "Time from a request's arrival to the end of its answer.");
	put_upstreams(&m, "upstream_up", "Whether it is not set aside.",
	    UPSTREAM_UP);
	put_upstreams(&m, "upstream_set_aside_seconds",
	    "For how long it is set aside; 0: it is not.", UPSTREAM_AWAY);
	put_upstreams(&m, "upstream_failures", "Its failures in a row.",
	    UPSTREAM_FAILURES);
	accounts_read(&accounts, gateway, config, tokens);
	put_accounts(&m, &accounts);
	put_limits(&m, "account_limit_used_ratio", "The part of a window of "
	    "Factory's that is used up, as tokend was told.", LIMIT_USED, all);
	put_limits(&m, "account_limit_reset_timestamp_seconds",
	    "When that window ends, Unix time; 0: unknown.", LIMIT_RESET, all);
	free(all);
	if (open)
		buf_puts(out, "# EOF\n");
}
