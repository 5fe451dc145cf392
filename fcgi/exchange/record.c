#include "build.h"

#include <string.h>

#include "clock.h"
#include "exchange_log.h"
#include "limits.h"
#include "neutral/context.h"
#include "record.h"

/* Cuts to the field; the rest stays 0. */
static void
copy(char *to, size_t size, const char *from)
{
	if (from != NULL)
		memcpy(to, from, strnlen(from, size - 1));
}

/* ---- the ledger's row ---- */

static bool
is_of_a_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	    c == '+';
}

/* "claude-cli" of "claude-cli/2.0 (...)"; "" when it begins with none. */
static void
note_agent(struct row *row, const char *agent)
{
	size_t	length = 0;

	if (agent == NULL)
		return;
	while (length < sizeof(row->agent) && is_of_a_word(agent[length]))
		length++;
	row_text(row->agent, sizeof(row->agent), agent, length);
}

/* Where the request's bytes go; its names are copied, the body will be gone. */
static void
note_context(struct row *row, const struct exchange *x)
{
	struct context	context;
	int		i;

	context_read(&context, json_root(&x->document));
	row->system = context.system;
	row->tools = context.tools;
	row->history = context.history;
	row->media = context.media;
	row->tools_count = context.tools_count;
	for (i = 0; i < ROW_TOOLS && context.largest[i].bytes != 0; i++) {
		row->largest[i].bytes = context.largest[i].bytes;
		row_text(row->largest[i].name, sizeof(row->largest[i].name),
		    context.largest[i].name.at,
		    context.largest[i].name.length);
	}
}

static void
note_request(struct exchange *x)
{
	struct row	*row = &x->row;

	row->began_us = clock_us(CLOCK_REALTIME) -
	    (int64_t)(exchange_now_us() - x->began_us);
	copy(row->id, sizeof(row->id), x->id);
	if (x->caller.key != NULL)
		copy(row->key, sizeof(row->key), x->caller.key->name);
	note_agent(row, client_header(x->client, "user-agent"));
	copy(row->asked, sizeof(row->asked), x->model_asked);
	row->session = x->session.hash;
	row->dialect = (uint8_t)x->dialect->kind;
	row->stream = x->stream;
	row->bytes_in = x->client->bytes_in;
	note_context(row, x);
}

static double
part_cost(int64_t tokens, double price, double instead)
{
	if (tokens <= 0)
		return 0;
	return (double)tokens * (price >= 0 ? price : instead >= 0 ? instead :
	    0) / 1e6;
}

/* What is cached costs as much as other input unless its price is said. */
static double
cost_of(const struct price *price, const struct usage *usage)
{
	if (price->input < 0 && price->output < 0)
		return -1;
	return part_cost(usage->input, price->input, 0) +
	    part_cost(usage->cache_read, price->cached, price->input) +
	    part_cost(usage->cache_write, price->cache_write, price->input) +
	    part_cost(usage->output, price->output, 0);
}

static void
note_answer(struct exchange *x, bool failed, size_t more)
{
	const struct answer	*answer = &x->answer;
	const struct usage	*usage = &answer->watch.usage;
	struct losses		 losses = answer_losses(answer);
	struct row		*row = &x->row;

	/* The upstream that was asked last, or none. */
	copy(row->model, sizeof(row->model), x->policy.model_id != NULL ?
	    x->policy.model_id : candidates_current(&x->candidates)->id);
	if (x->endpoint != NULL)
		copy(row->upstream, sizeof(row->upstream), x->endpoint->name);
	row->tokens[ROW_INPUT] = usage->input;
	row->tokens[ROW_CACHED] = usage->cache_read;
	row->tokens[ROW_CACHE_WRITE] = usage->cache_write;
	row->tokens[ROW_OUTPUT] = usage->output;
	row->tokens[ROW_REASONING] = usage->reasoning;
	row->cost = x->policy.model == NULL ? -1 :
	    cost_of(&x->policy.model->price, usage);
	row->losses = losses.bits[0];
	if (losses.unknown[0][0] != '\0')
		row->losses |= (uint64_t)1 << LOST_UNKNOWN_FIELD;
	row->status = (uint16_t)answer->status;
	row->attempts = (uint16_t)x->attempts;
	row->stop = (uint8_t)answer->watch.stop;
	row->failed = failed || answer_failed(answer) || answer->status >= 400;
	row->gone = x->client->gone;
	row->bytes_out = x->client->bytes_out + more;
	row->first_us = x->first_byte_us;
	row->total_us = exchange_now_us() - x->began_us;
}

/* ---- its course ---- */

/* For the answer: what is written here is there when the client knows. */
static void
settle(void *of, bool failed, size_t more)
{
	struct exchange	*x = of;

	limits_spend(x);
	/* Who was let in by nobody may be anybody, as often as they like. */
	if (!x->records || (!x->caller.admitted && x->answer.status >= 400))
		return;
	note_answer(x, failed, more);
	ledger_add(x->gateway->ledger, &x->row);
}

static void
show(struct exchange *x)
{
	const struct candidate	*first = candidates_current(&x->candidates);
	struct live_exchange	 about = { .stream = x->stream };

	about.began_ms = (int64_t)wall_ms();
	if (x->caller.key != NULL)
		copy(about.key, sizeof(about.key), x->caller.key->name);
	copy(about.model, sizeof(about.model), first->id);
	copy(about.upstream, sizeof(about.upstream),
	    first->model->endpoint->name);
	copy(about.dialect, sizeof(about.dialect), x->dialect->name);
	x->live = scoreboard_show(x->gateway->scoreboard, &about);
	x->answer.progress = live_bytes_of(x->live);
}

void
record_begin(struct exchange *x)
{
	x->answer.ending = settle;
	x->answer.ending_of = x;
	x->records = x->route.operation->count_member == NULL &&
	    x->route.operation->model != MODEL_NONE &&
	    x->gateway->ledger != NULL && x->config->ledger_days != 0;
	if (x->records)
		note_request(x);
	show(x);
}

void
record_end(struct exchange *x)
{
	answer_ending(&x->answer, 0);
	live_end(x->live);
	limits_leave(x);
}
