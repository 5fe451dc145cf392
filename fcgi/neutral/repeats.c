#include "build.h"

#include "escape.h"
#include "json_text.h"
#include "repeats.h"
#include "request.h"

#define MATCHED_MIN	16	/* bytes, for one delta to tell */
#define MATCHED_END	4	/* of two or more, at the end */
#define PERIOD_MAX	4

static const struct escaped	nothing = { "", 0 };

/* "----" and "haha" begin as they go on. */
static bool
is_monotonous(const char *at, size_t length)
{
	size_t	period, i;

	for (period = 1; period <= PERIOD_MAX; period++) {
		for (i = period; i < length && at[i] == at[i - period]; i++)
			;
		if (length >= 2 * period && i == length)
			return true;
	}
	return false;
}

/* Of a whole text. One that goes on otherwise is a piece after all. */
static struct escaped
growth(struct repeats *r, struct escaped whole)
{
	struct escaped	rest;

	if (spoken_all(&r->said, whole))
		return nothing;
	rest = spoken_rest(&r->said, whole);
	if (rest.length == 0)
		rest = whole;
	spoken_add(&r->said, rest);
	return rest;
}

static struct escaped
joined(struct arena *arena, struct escaped first, struct escaped second)
{
	const struct escaped	both[2] = { first, second };

	return first.length == 0 ? second : escaped_join(arena, both, 2);
}

static struct escaped
decide(struct repeats *r, struct arena *arena, bool whole,
    struct escaped delta)
{
	struct escaped	all = delta;

	r->kind = whole ? REPEATS_WHOLE : REPEATS_PIECES;
	if (!whole)
		all = joined(arena, r->held, delta);
	r->held = nothing;
	if (whole)
		return growth(r, delta);
	spoken_add(&r->said, all);
	return all;
}

static void
hold(struct repeats *r, struct arena *arena, struct escaped delta)
{
	const struct escaped	both[2] = { r->held, delta };

	r->held = escaped_join(arena, both, 2);
	r->newest = escaped_join(arena, &delta, 1);
	r->last = (struct spoken){ 0, 0 };
	spoken_add(&r->last, delta);
}

struct escaped
repeats_take(struct repeats *r, struct arena *arena, struct escaped delta,
    bool certain)
{
	const struct spoken	*before = r->held.length > 0 ? &r->last :
				    &r->said;
	struct escaped		 rest;
	size_t			 length;

	if (delta.length == 0)
		return nothing;
	if (r->kind == REPEATS_WHOLE)
		return growth(r, delta);
	if (r->kind == REPEATS_PIECES || before->bytes == 0) {
		spoken_add(&r->said, delta);
		return delta;
	}
	rest = spoken_rest(before, delta);
	if (rest.length == 0)
		return decide(r, arena, false, delta);
	length = delta.length - rest.length;
	if (!is_monotonous(delta.at, length)) {
		r->times++;
		r->matched += length;
	}
	if (certain || r->matched >= MATCHED_MIN)
		return decide(r, arena, true, delta);
	hold(r, arena, delta);
	return nothing;
}

struct escaped
repeats_settle(struct repeats *r, struct arena *arena, bool whole)
{
	if (r->held.length == 0)
		return nothing;
	if (whole || (r->times > 1 && r->matched >= MATCHED_END))
		return decide(r, arena, true, r->newest);
	return decide(r, arena, false, nothing);
}

struct escaped
repeats_rest(struct repeats *r, struct arena *arena, struct escaped whole)
{
	struct escaped	held, rest;

	held = repeats_settle(r, arena, spoken_all(&r->last, whole));
	rest = spoken_rest(&r->said, whole);
	spoken_add(&r->said, rest);
	return joined(arena, held, rest);
}

bool
repeats_again(const struct repeats *r, struct escaped delta)
{
	return r->kind == REPEATS_PIECES && delta.length >= MATCHED_MIN &&
	    spoken_all(&r->said, delta);
}

void
repeats_pass(struct repeats *r, struct escaped piece)
{
	r->kind = REPEATS_PIECES;
	spoken_add(&r->said, piece);
}
