#include "build.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "config.h"
#include "config_reader.h"
#include "log.h"
#include "program.h"

#define LOOK_INTERVAL_MS	1000
#define FILES			3	/* that a source watches */

/* By which a changed file is told from the one that was read. */
struct identity {
	dev_t		device;
	ino_t		inode;
	off_t		size;
	struct timespec	modified, changed;
};

struct config_source {
	char			*path;
	atomic_llong		 look_at_ms;	/* next look at the files */
	pthread_mutex_t		 lock;		/* of `current` */
	struct config		*current;

	/* Of the one thread that looks. */
	atomic_flag		 looking;
	struct identity		 seen[FILES];
};

const char *
config_find(const char *option)
{
	if (option != NULL)
		return option;
	option = config_variable("DROID2API_CONFIG");
	if (option != NULL)
		return option;
	if (!program_is_installed() && access("config.json", F_OK) == 0)
		return "config.json";
	return CONFIG_OF_SYSTEM;
}

static void
warn(void *context, const char *message)
{
	(void)context;
	log_warning(NULL, "%s", message);
}

static void
identify(const char *path, struct identity *identity)
{
	struct stat	status;

	memset(identity, 0, sizeof(*identity));
	if (path == NULL || stat(path, &status) != 0)
		return;
	identity->device = status.st_dev;
	identity->inode = status.st_ino;
	identity->size = status.st_size;
	identity->modified = status.st_mtim;
	identity->changed = status.st_ctim;
}

static void
identify_all(const struct config_source *source, struct identity *identities)
{
	char	credential[PATH_MAX];

	identify(source->path, &identities[0]);
	identify(config_variable("FACTORY_API_KEY_FILE"), &identities[1]);
	identify(config_credential_file(credential, sizeof(credential)) == 0 ?
	    credential : NULL, &identities[2]);
}

static void
replace(struct config_source *source, struct config *config)
{
	struct config	*old;

	pthread_mutex_lock(&source->lock);
	old = source->current;
	source->current = config;
	pthread_mutex_unlock(&source->lock);
	config_release(old);
}

/*
 * The identity is taken before the file is read: what changes in between is
 * seen by the next look.
 */
static void
look(struct config_source *source)
{
	struct identity	 identities[FILES];
	struct problem	 problem;
	struct config	*config;

	identify_all(source, identities);
	if (memcmp(identities, source->seen, sizeof(identities)) == 0)
		return;
	memcpy(source->seen, identities, sizeof(identities));
	config = config_read(source->path, warn, NULL, &problem);
	if (config == NULL) {
		log_error(NULL, "%s; the configuration from before stays",
		    problem.message);
		return;
	}
	replace(source, config);
	log_info(NULL, "configuration read again from %s", source->path);
}

struct config_source *
config_source_new(const char *path, struct problem *problem)
{
	struct config_source	*source;

	source = calloc(1, sizeof(*source));
	if (source == NULL || (source->path = strdup(path)) == NULL) {
		free(source);
		problem_set(problem, PROBLEM_OVERLOADED, "out of memory");
		return NULL;
	}
	pthread_mutex_init(&source->lock, NULL);
	atomic_flag_clear(&source->looking);
	atomic_init(&source->look_at_ms, now_ms() + LOOK_INTERVAL_MS);
	identify_all(source, source->seen);
	source->current = config_read(path, warn, NULL, problem);
	if (source->current == NULL) {
		config_source_free(source);
		return NULL;
	}
	return source;
}

/* Others go on with the current snapshot while one looks. */
struct config *
config_current(struct config_source *source)
{
	struct config	*config;
	long long	 now = now_ms();

	if (now >= atomic_load(&source->look_at_ms) &&
	    !atomic_flag_test_and_set(&source->looking)) {
		if (now >= atomic_load(&source->look_at_ms)) {
			look(source);
			atomic_store(&source->look_at_ms,
			    now_ms() + LOOK_INTERVAL_MS);
		}
		atomic_flag_clear(&source->looking);
	}
	pthread_mutex_lock(&source->lock);
	config = config_hold(source->current);
	pthread_mutex_unlock(&source->lock);
	return config;
}

void
config_source_free(struct config_source *source)
{
	if (source == NULL)
		return;
	config_release(source->current);
	pthread_mutex_destroy(&source->lock);
	free(source->path);
	free(source);
}
