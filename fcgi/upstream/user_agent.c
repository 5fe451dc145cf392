#include "build.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "user_agent.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static time_t looked_at;
static char found[USER_AGENT_VERSION_MAX];

/* Three numbers, two points, nothing else but a newline. */
static bool
is_version(const char *text)
{
	int part;

	for (part = 0; part < 3; part++) {
		size_t digits = strspn(text, "0123456789");

		if (digits == 0 || digits > 8)
			return false;
		text += digits;
		if (part < 2 && *text++ != '.')
			return false;
	}
	return *text == '\0';
}

static void
look(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char text[USER_AGENT_VERSION_MAX];
	ssize_t length;

	if (fd == -1)
		return;
	length = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	if (length <= 0)
		return;
	text[length] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	if (is_version(text))
		snprintf(found, sizeof(found), "%s", text);
}

void
user_agent_version(const struct state *state, const struct config *config,
    char out[USER_AGENT_VERSION_MAX])
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	pthread_mutex_lock(&lock);
	if (now.tv_sec != looked_at) {
		looked_at = now.tv_sec;
		look(state->user_agent_file);
	}
	snprintf(out, USER_AGENT_VERSION_MAX, "%s",
	    *found != '\0' ? found : config->user_agent_version);
	pthread_mutex_unlock(&lock);
}
