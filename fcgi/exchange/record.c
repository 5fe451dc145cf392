#include "build.h"

#include <string.h>
#include <time.h>

#include "limits.h"
#include "record.h"

/* Cuts to the field; the rest stays 0. */
static void
copy(char *to, size_t size, const char *from)
{
	if (from != NULL)
		memcpy(to, from, strnlen(from, size - 1));
}

/* For the answer: what is written here is there when the client knows. */
static void
settle(void *of, bool failed, size_t more)
{
	struct exchange	*x = of;

	(void)failed;
	(void)more;
	limits_spend(x);
}

static void
show(struct exchange *x)
{
	struct live_exchange	about = { .stream = x->stream };
	struct timespec		now;

	clock_gettime(CLOCK_REALTIME, &now);
	about.began_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	if (x->caller.key != NULL)
		copy(about.key, sizeof(about.key), x->caller.key->name);
	copy(about.model, sizeof(about.model), x->policy.model_id);
	copy(about.upstream, sizeof(about.upstream), x->endpoint->name);
	copy(about.dialect, sizeof(about.dialect), x->dialect->name);
	x->live = scoreboard_show(x->gateway->scoreboard, &about);
	x->answer.progress = live_bytes_of(x->live);
}

void
record_begin(struct exchange *x)
{
	x->answer.ending = settle;
	x->answer.ending_of = x;
	show(x);
}

void
record_end(struct exchange *x)
{
	answer_ending(&x->answer);
	live_end(x->live);
	limits_leave(x);
}
