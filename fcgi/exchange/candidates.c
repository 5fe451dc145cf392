#include "build.h"

#include <math.h>
#include <string.h>

#include "candidates.h"
#include "json_text.h"

/* What is collected before it is put in order. */
struct search {
	struct candidates	*all;
	const struct candidates_wanted *wanted;
	uint64_t		 seed;		/* of the conversation, or the turn */
	bool			*seen;		/* models, by index */
};

/* Spreads what differs in a few bits over all of them (splitmix64's end). */
static uint64_t
mix(uint64_t value)
{
	value ^= value >> 30;
	value *= 0xbf58476d1ce4e5b9u;
	value ^= value >> 27;
	value *= 0x94d049bb133111ebu;
	return value ^ value >> 31;
}

/*
 * Weighted rendezvous hashing: the lowest comes first. Each is lowest for its
 * weight's share of the conversations, whoever else is there.
 */
static double
rank(const struct model *upstream, uint64_t seed)
{
	double	share = ((double)(mix(seed ^ upstream->hash) >> 11) + 0.5) /
		    9007199254740992.0;

	return upstream->weight == 0 ? HUGE_VAL : -log(share) /
	    upstream->weight;
}

/*
 * In its place among those of the same model, which begin at `first`; unless it
 * can't be asked.
 */
static void
insert(struct search *search, size_t first, const struct model *upstream,
    const char *id)
{
	struct candidates	*all = search->all;
	double			 own = rank(upstream, search->seed);
	size_t			 at = all->count;

	if (!search->wanted->offers(search->wanted->of, upstream))
		return;
	while (at > first && rank(all->list[at - 1].model, search->seed) > own) {
		all->list[at] = all->list[at - 1];
		at--;
	}
	all->list[at] = (struct candidate){ .model = upstream, .id = id };
	all->count++;
}

/* A model's own upstreams, then those of its fallbacks, each model once. */
static void
add_model(struct search *search, const struct model *model, const char *id)
{
	const struct config	*config = search->wanted->config;
	const struct client_key	*key = search->wanted->key;
	const struct model	*next;
	const char		*name;
	size_t			 first = search->all->count, i;
	bool			*seen = &search->seen[model - config->models];

	if (*seen)
		return;
	*seen = true;
	for (i = 0; i < model->upstreams_count; i++)
		insert(search, first, &model->upstreams[i],
		    model->upstreams[i].served_as != NULL ?
		    model->upstreams[i].served_as : id);
	if (model->upstreams_count == 0)
		insert(search, first, model, id);
	for (i = 0; i < model->fallback.count; i++) {
		name = config_redirect(config, model->fallback.at[i]);
		next = config_find_model(config, name);
		if (next != NULL && (key == NULL ||
		    client_key_allows(key, name)))
			add_model(search, next, name);
	}
}

/*
 * The first one untried that is not left alone, else the one that is back
 * soonest. Who is asked for the first time after a pause is asked by us alone.
 */
static bool
choose(struct candidates *all)
{
	size_t	i, best = all->count;
	int64_t	least = 0;

	for (i = 0; i < all->count; i++) {
		int64_t	away;

		if (all->list[i].tried)
			continue;
		away = scoreboard_upstream_away_ms(all->scoreboard,
		    all->list[i].model->hash);
		if (best == all->count || away < least) {
			best = i;
			least = away;
		}
		if (away == 0)
			break;
	}
	if (best == all->count)
		return false;
	all->current = best;
	all->list[best].tried = true;
	all->order[all->tried++] = best;
	return true;
}

static int
make_list(struct candidates *all, struct arena *arena, size_t most)
{
	memset(all, 0, sizeof(*all));
	all->list = arena_calloc(arena, most, sizeof(*all->list));
	all->order = arena_calloc(arena, most, sizeof(*all->order));
	return all->list == NULL || all->order == NULL ? -1 : 0;
}

/* The model itself, or its first upstream, and nothing to choose from. */
static void
take_first(struct candidates *all, const struct candidates_wanted *wanted)
{
	const struct model	*model = wanted->model;

	all->list[0] = (struct candidate){ .id = wanted->id, .tried = true,
	    .model = model->upstreams_count > 0 ? model->upstreams : model };
	all->count = all->tried = 1;
}

int
candidates_find(struct candidates *all, const struct candidates_wanted *wanted,
    struct scoreboard *scoreboard, struct arena *arena)
{
	const struct config	*config = wanted->config;
	const struct model	*model = wanted->model;
	struct search		 search = { .all = all, .wanted = wanted };
	size_t			 most = model->fallback.count == 0 ?
				    model->upstreams_count :
				    config->upstreams_count;

	if (model->upstreams_count == 0 && model->fallback.count == 0) {
		if (make_list(all, arena, 1) == -1)
			return -1;
		take_first(all, wanted);
		return 0;
	}
	search.seen = arena_calloc(arena, config->models_count,
	    sizeof(*search.seen));
	if (make_list(all, arena, most) == -1 || search.seen == NULL)
		return -1;
	search.seed = wanted->session->hinted ? wanted->session->hash :
	    mix(scoreboard_turn(scoreboard, model->hash));
	add_model(&search, model, wanted->id);
	if (all->count == 0) {
		take_first(all, wanted);
		return 0;
	}
	all->scoreboard = scoreboard;
	(void)choose(all);
	return 0;
}

const struct candidate *
candidates_current(const struct candidates *all)
{
	return &all->list[all->current];
}

bool
candidates_left(const struct candidates *all)
{
	return all->tried < all->count;
}

void
candidates_good(struct candidates *all, int status)
{
	struct candidate	*current = &all->list[all->current];

	current->status = status;
	if (all->scoreboard != NULL)
		scoreboard_upstream_good(all->scoreboard, current->model->hash);
}

void
candidates_failed(struct candidates *all, int status,
    const struct problem *why)
{
	struct candidate	*current = &all->list[all->current];
	bool			 says_when = status == 429 || status == 503;

	current->status = status;
	if (all->scoreboard != NULL)
		scoreboard_upstream_failed(all->scoreboard,
		    current->model->hash, says_when ? why->retry_after_s : 0,
		    why->message);
}

void
candidates_tried(struct candidates *all)
{
	if (all->scoreboard != NULL)
		scoreboard_upstream_tried(all->scoreboard,
		    all->list[all->current].model->hash);
}

void
candidates_lacked(struct candidates *all, int status)
{
	all->list[all->current].status = status;
	candidates_tried(all);
}

bool
candidates_next(struct candidates *all)
{
	return candidates_left(all) && choose(all);
}

/* A failure without a status is its name's alone. */
const char *
candidates_list(const struct candidates *all, struct arena *arena)
{
	const char	*list = "";
	size_t		 i;

	for (i = 0; i < all->tried && list != NULL; i++) {
		const struct candidate	*one = &all->list[all->order[i]];

		list = one->status == 0 ? arena_printf(arena, "%s%s%s:failed",
		    list, i == 0 ? "" : ",", one->model->endpoint->name) :
		    arena_printf(arena, "%s%s%s:%d", list, i == 0 ? "" : ",",
		    one->model->endpoint->name, one->status);
	}
	return list != NULL ? list : "-";
}
