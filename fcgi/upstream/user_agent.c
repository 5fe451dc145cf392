#include "build.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user_agent.h"

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

/* What the file says; "" when that is no version. */
static void
look(const char *file, char text[USER_AGENT_VERSION_MAX])
{
	int	fd = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t	length;

	text[0] = '\0';
	if (fd == -1)
		return;
	length = read(fd, text, USER_AGENT_VERSION_MAX - 1);
	(void)close(fd);
	text[length > 0 ? length : 0] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	if (!is_version(text))
		text[0] = '\0';
}

void
user_agent_init(struct user_agent *agent, const char *file)
{
	memset(agent, 0, sizeof(*agent));
	agent->file = file;
	pthread_mutex_init(&agent->lock, NULL);
}

void
user_agent_version(struct user_agent *agent, const char *otherwise,
    char out[USER_AGENT_VERSION_MAX])
{
	char		text[USER_AGENT_VERSION_MAX] = "";
	struct timespec	now;
	bool		due;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	pthread_mutex_lock(&agent->lock);
	due = now.tv_sec != agent->looked_at;
	agent->looked_at = now.tv_sec;
	pthread_mutex_unlock(&agent->lock);
	if (due)	/* the others do not wait for the disk */
		look(agent->file, text);
	pthread_mutex_lock(&agent->lock);
	if (*text != '\0')
		memcpy(agent->found, text, sizeof(text));
	snprintf(out, USER_AGENT_VERSION_MAX, "%s",
	    *agent->found != '\0' ? agent->found : otherwise);
	pthread_mutex_unlock(&agent->lock);
}
