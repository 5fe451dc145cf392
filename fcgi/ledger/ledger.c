#include "build.h"

#include <sys/stat.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "fold.h"
#include "journal.h"
#include "ledger.h"
#include "log.h"
#include "usage.h"

/* How often is looked for rows to fold. */
#define FOLD_S		2

/* Processes of one exchange each fold that often. */
#define LONE_S		10

#define COMPLAIN_S	60

/* How long a request waits for another process that folds. */
#define PATIENCE_MS	1000

struct ledger {
	char			 folder[704];
	struct config_source	*configs;
	struct journal		*journal;
	atomic_llong		 complained_s;
	bool			 has_thread;
	pthread_t		 thread;
	pthread_mutex_t		 lock;		/* of the condition */
	pthread_cond_t		 ending;
	atomic_bool		 stop;
};

static void
complain(struct ledger *ledger, const struct problem *problem)
{
	long long	before = atomic_load(&ledger->complained_s);
	long long	now = now_s() + 1;

	if ((before != 0 && now - before < COMPLAIN_S) ||
	    !atomic_compare_exchange_strong(&ledger->complained_s, &before,
	    now))
		return;
	log_warning(NULL, "ledger: %s", problem->message);
}

static void
fold_now(struct ledger *ledger, struct fold *fold, int wait_ms)
{
	struct config	*config = config_current(ledger->configs);
	struct problem	 problem;

	problem_clear(&problem);
	if (fold_all(fold, config->ledger_days, wait_ms, &problem) == -1)
		complain(ledger, &problem);
	config_release(config);
}

void
ledger_fold(struct ledger *ledger, int wait_ms)
{
	struct fold	fold;

	fold_init(&fold, ledger->folder, NULL);
	fold_now(ledger, &fold, wait_ms);
	fold_close(&fold);
}

/* When the lock's file was last made or touched tells when it was due. */
void
ledger_fold_lone(struct ledger *ledger)
{
	char		path[800];
	struct stat	status;

	snprintf(path, sizeof(path), "%s/fold.lock", ledger->folder);
	if (stat(path, &status) == 0 &&
	    (int64_t)wall_s() - status.st_mtime < LONE_S)
		return;
	ledger_fold(ledger, 0);
}

/* ---- the thread ---- */

/* True when it is time to look again, false at the end. */
static bool
rest(struct ledger *ledger)
{
	struct timespec	until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += FOLD_S;
	pthread_mutex_lock(&ledger->lock);
	if (!atomic_load(&ledger->stop))
		(void)pthread_cond_timedwait(&ledger->ending, &ledger->lock,
		    &until);
	pthread_mutex_unlock(&ledger->lock);
	return !atomic_load(&ledger->stop);
}

/* At first whatever a process before this one left. */
static void *
run(void *of)
{
	struct ledger	*ledger = of;
	struct stat	 status;
	struct fold	 fold;
	bool		 due = stat(ledger->folder, &status) == 0;

	fold_init(&fold, ledger->folder, &ledger->stop);
	do {
		if (journal_news(ledger->journal) || due)
			fold_now(ledger, &fold, 0);
		due = false;
	} while (rest(ledger));
	fold_close(&fold);
	return NULL;
}

/* Signals are for the pool. */
static void
start_thread(struct ledger *ledger)
{
	sigset_t	all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ledger->has_thread = pthread_create(&ledger->thread, NULL, run,
	    ledger) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct ledger *
ledger_open(const char *folder, struct config_source *configs, bool folds)
{
	struct ledger		*ledger = calloc(1, sizeof(*ledger));
	pthread_condattr_t	 monotonic;

	if (ledger == NULL)
		return NULL;
	snprintf(ledger->folder, sizeof(ledger->folder), "%s", folder);
	ledger->configs = configs;
	ledger->journal = journal_new(folder);
	pthread_mutex_init(&ledger->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&ledger->ending, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (ledger->journal == NULL) {
		ledger_close(ledger);
		return NULL;
	}
	if (folds)
		start_thread(ledger);
	return ledger;
}

void
ledger_close(struct ledger *ledger)
{
	if (ledger == NULL)
		return;
	pthread_mutex_lock(&ledger->lock);
	atomic_store(&ledger->stop, true);
	pthread_cond_signal(&ledger->ending);
	pthread_mutex_unlock(&ledger->lock);
	if (ledger->has_thread)
		pthread_join(ledger->thread, NULL);
	journal_free(ledger->journal);
	pthread_cond_destroy(&ledger->ending);
	pthread_mutex_destroy(&ledger->lock);
	free(ledger);
}

/* ---- rows ---- */

void
ledger_add(struct ledger *ledger, struct row *row)
{
	struct problem	problem;

	problem_clear(&problem);
	if (journal_add(ledger->journal, row, &problem) == -1)
		complain(ledger, &problem);
}

void
ledger_key_tokens(struct ledger *ledger, const char *key, int64_t since_a,
    int64_t since_b, uint64_t tokens[2])
{
	struct problem	problem;
	struct usage_db	usage;

	tokens[0] = tokens[1] = 0;
	ledger_fold(ledger, PATIENCE_MS);
	problem_clear(&problem);
	if (usage_open(&usage, ledger->folder, &problem) == -1)
		return;
	if (usage_key_tokens(&usage, key, since_a, &tokens[0], &problem) ==
	    -1 || usage_key_tokens(&usage, key, since_b, &tokens[1],
	    &problem) == -1)
		complain(ledger, &problem);
	usage_close(&usage);
}
