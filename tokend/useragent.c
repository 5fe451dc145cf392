#include "build.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "file.h"
#include "log.h"
#include "useragent.h"

#define INTERVAL_MS	(3600 * 1000)
#define RETRY_MS	(60 * 1000)
#define RETRIES		3
#define TIMEOUT_MS	10000
#define ANSWER_MAX	1024

bool
useragent_valid(const char *text, size_t length)
{
	size_t	digits = 0, dots = 0, i;

	for (i = 0; i < length; i++) {
		if (isdigit((unsigned char)text[i]) && digits < 5)
			digits++;
		else if (text[i] == '.' && digits > 0 && dots < 2) {
			dots++;
			digits = 0;
		} else
			return false;
	}
	return dots == 2 && digits > 0;
}

/* The text without white space around it. */
static const char *
trim(const char *text, size_t *length)
{
	while (*length > 0 && isspace((unsigned char)text[*length - 1]))
		(*length)--;
	while (*length > 0 && isspace((unsigned char)*text)) {
		text++;
		(*length)--;
	}
	return text;
}

void
useragent_init(struct useragent *useragent, const char *path)
{
	struct problem	 problem;
	struct buf	 text;
	const char	*version;
	size_t		 length;

	memset(useragent, 0, sizeof(*useragent));
	buf_init(&text, ANSWER_MAX, NULL);
	if (file_read(path, &text, &problem) == 0) {
		length = text.length;
		version = trim(text.at, &length);
		if (useragent_valid(version, length))
			snprintf(useragent->version, USERAGENT_SIZE, "%.*s",
			    (int)length, version);
	}
	buf_release(&text);
}

int64_t
useragent_due_ms(const struct useragent *useragent,
    const struct config *config, struct moment now)
{
	if (config->user_agent_url == NULL || *config->user_agent_url == '\0')
		return SCHEDULE_NEVER;
	return useragent->due_boot_ms > now.boot_ms ?
	    useragent->due_boot_ms - now.boot_ms : 0;
}

/* Fetches the version into `out`. 0 or -1 with the reason. */
static int
fetch(const struct dialer *dialer, char out[USERAGENT_SIZE],
    struct problem *problem)
{
	struct http_reply	 reply;
	const char		*version;
	size_t			 length;
	int			 result;

	http_reply_init(&reply, ANSWER_MAX);
	result = dialer_send(dialer, dialer->config->user_agent_url, NULL,
	    TIMEOUT_MS, &reply, problem);
	length = reply.body.length;
	version = trim(reply.body.at, &length);
	if (result == 0 && reply.status != 200)
		result = problem_set(problem, PROBLEM_UPSTREAM, "status %d",
		    reply.status);
	else if (result == 0 && !useragent_valid(version, length))
		result = problem_set(problem, PROBLEM_UPSTREAM,
		    "the answer is not a version");
	if (result == 0)
		snprintf(out, USERAGENT_SIZE, "%.*s", (int)length, version);
	http_reply_release(&reply);
	return result;
}

static int
take(struct useragent *useragent, const char *version, const char *path,
    struct problem *problem)
{
	char	line[USERAGENT_SIZE + 1];

	if (strcmp(version, useragent->version) == 0) {
		log_info(NULL, "User-Agent version is up to date: %s", version);
		return 0;
	}
	snprintf(line, sizeof(line), "%s\n", version);
	if (file_write(path, line, strlen(line), 0640, problem) != 0)
		return -1;
	log_info(NULL, "User-Agent version updated: %s -> %s",
	    *useragent->version != '\0' ? useragent->version : "(none)",
	    version);
	snprintf(useragent->version, USERAGENT_SIZE, "%s", version);
	return 0;
}

void
useragent_update(struct useragent *useragent, const struct dialer *dialer,
    const char *path, struct moment now)
{
	struct problem	problem;
	char		version[USERAGENT_SIZE];

	if (fetch(dialer, version, &problem) == 0 &&
	    take(useragent, version, path, &problem) == 0) {
		useragent->failures = 0;
		useragent->said = false;
		useragent->due_boot_ms = now.boot_ms + INTERVAL_MS;
		return;
	}
	/* Said once until it works again: nobody needs the newest to go on. */
	if (!useragent->said || log_debugging())
		log_line(useragent->said ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO,
		    NULL, "Failed to fetch latest version (attempt %d/%d): %s",
		    useragent->failures + 1, RETRIES + 1, problem.message);
	useragent->said = true;
	if (useragent->failures++ < RETRIES) {
		useragent->due_boot_ms = now.boot_ms + RETRY_MS;
		return;
	}
	useragent->failures = 0;
	useragent->due_boot_ms = now.boot_ms + INTERVAL_MS;
}
