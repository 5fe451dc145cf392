#include "build.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "allowance.h"
#include "file.h"

void
allowance_reader_init(struct allowance_reader *reader, const char *file)
{
	memset(reader, 0, sizeof(*reader));
	reader->file = file;
	pthread_mutex_init(&reader->lock, NULL);
}

void
allowance_reader_release(struct allowance_reader *reader)
{
	if (reader->file == NULL)
		return;
	free(reader->found);
	pthread_mutex_destroy(&reader->lock);
}

/* What can't be read leaves what was found before. */
static void
look(struct allowance_reader *reader)
{
	struct allowances	*read;
	struct problem		 problem;
	struct stat		 status;
	struct buf		 text;

	if (stat(reader->file, &status) == -1 ||
	    memcmp(&status.st_mtim, &reader->written_at,
	    sizeof(reader->written_at)) == 0)
		return;
	reader->written_at = status.st_mtim;
	read = malloc(sizeof(*read));
	buf_init(&text, ALLOWANCE_FILE_MAX, NULL);
	if (read != NULL && file_read(reader->file, &text, &problem) == 0 &&
	    allowances_read(read, (struct text){ text.at, text.length }) == 0) {
		free(reader->found);
		reader->found = read;
		read = NULL;
	}
	free(read);
	buf_release(&text);
}

/* With the lock. */
static void
renew(struct allowance_reader *reader)
{
	struct timespec	now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (now.tv_sec + 1 != reader->looked_at)
		look(reader);
	reader->looked_at = now.tv_sec + 1;
}

bool
allowance_find(struct allowance_reader *reader, const char *id,
    struct allowance *out)
{
	bool	found = false;
	size_t	i;

	if (reader->file == NULL)
		return false;
	pthread_mutex_lock(&reader->lock);
	renew(reader);
	for (i = 0; reader->found != NULL && i < reader->found->count &&
	    !found; i++) {
		found = strcmp(reader->found->accounts[i].id, id) == 0;
		if (found)
			*out = reader->found->accounts[i];
	}
	pthread_mutex_unlock(&reader->lock);
	return found;
}

struct allowances *
allowances_copy(struct allowance_reader *reader)
{
	struct allowances	*copy = NULL;

	if (reader->file == NULL)
		return NULL;
	pthread_mutex_lock(&reader->lock);
	renew(reader);
	if (reader->found != NULL && (copy = malloc(sizeof(*copy))) != NULL)
		*copy = *reader->found;
	pthread_mutex_unlock(&reader->lock);
	return copy;
}
