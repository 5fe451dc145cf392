#include "build.h"

#include "clock.h"
#include "scoreboard.h"
#include "scoreboard_board.h"

/* Places where a name may stand. */
#define PLACES	8

static struct home *
place(const struct scoreboard *scoreboard, uint64_t name, size_t i)
{
	return &scoreboard->board->homes[(name + i) % SCOREBOARD_HOMES];
}

uint64_t
scoreboard_home(struct scoreboard *scoreboard, uint64_t name)
{
	struct home	*home;
	size_t		 i;

	for (i = 0; i < PLACES; i++) {
		home = place(scoreboard, name, i);
		if (load(&home->name) != name)
			continue;
		atomic_store_explicit(&home->used_s, wall_s(),
		    memory_order_relaxed);
		return load(&home->at);
	}
	return 0;
}

/* Two at once may mix theirs: who finds what it doesn't know moves again. */
void
scoreboard_move(struct scoreboard *scoreboard, uint64_t name, uint64_t at)
{
	struct home	*home, *oldest = place(scoreboard, name, 0);
	size_t		 i;

	for (i = 0; i < PLACES; i++) {
		home = place(scoreboard, name, i);
		if (load(&home->name) == name || load(&home->name) == 0) {
			oldest = home;
			break;
		}
		if (load(&home->used_s) < load(&oldest->used_s))
			oldest = home;
	}
	atomic_store_explicit(&oldest->at, at, memory_order_relaxed);
	atomic_store_explicit(&oldest->used_s, wall_s(), memory_order_relaxed);
	atomic_store_explicit(&oldest->name, name, memory_order_release);
}
