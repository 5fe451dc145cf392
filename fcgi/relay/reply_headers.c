#include "build.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "reply_headers.h"

#define DAY_S	86400

/* A name that ends in '-' stands for all that begin so. */
static const struct {
	const char	*name;
	bool		 own_credential_only;
} passed[] = {
	{ "content-type", false },
	{ "content-encoding", false },
	{ "content-language", false },
	{ "x-request-id", false },
	{ "request-id", false },
	{ "x-should-retry", false },
	{ "openai-processing-ms", false },
	{ "openai-version", false },
	{ "openai-model", false },
	{ "x-goog-", false },
	{ "deprecation", false },
	{ "sunset", false },
	{ "warning", false },
	{ "openai-organization", true },
	{ "openai-project", true },
	{ "anthropic-organization-id", true },
	{ "anthropic-ratelimit-", true },
	{ "x-ratelimit-", true },
	{ "ratelimit-", true },
	{ "ratelimit", true },
};

static bool
passes(const char *name, bool own_credential)
{
	size_t i;

	for (i = 0; i < sizeof(passed) / sizeof(passed[0]); i++) {
		size_t length = strlen(passed[i].name);
		bool prefix = passed[i].name[length - 1] == '-';

		if (passed[i].own_credential_only && !own_credential)
			continue;
		if (prefix ? strncmp(name, passed[i].name, length) == 0
		    : strcmp(name, passed[i].name) == 0)
			return true;
	}
	return false;
}

void
reply_headers_pass(struct headers *to, const struct headers *from,
    bool own_credential)
{
	size_t i;

	for (i = 0; i < from->count; i++)
		if (passes(from->at[i].name, own_credential))
			headers_add(to, from->at[i].name, from->at[i].value);
}

/* Seconds from now of an HTTP date (RFC 9110 section 5.6.7), or 0. */
static long
seconds_until(const char *date)
{
	struct tm parts;

	memset(&parts, 0, sizeof(parts));
	if (strptime(date, "%a, %d %b %Y %H:%M:%S GMT", &parts) == NULL)
		return 0;
	return (long)(timegm(&parts) - time(NULL));
}

int
reply_headers_retry_after(const struct headers *headers)
{
	const char *ms = headers_find(headers, "retry-after-ms");
	const char *value = headers_find(headers, "retry-after");
	char *end;
	double seconds = 0;

	if (ms != NULL)
		seconds = strtod(ms, NULL) / 1000;
	if (value != NULL && !(seconds > 0)) {
		seconds = strtod(value, &end);
		if (end == value)
			seconds = (double)seconds_until(value);
	}
	if (!(seconds > 0))
		return 0;
	if (seconds > DAY_S)
		return DAY_S;
	return (int)seconds + ((double)(int)seconds < seconds);
}

bool
reply_headers_are_events(const struct headers *headers)
{
	const char *type = headers_find(headers, "content-type");

	return type != NULL && strncasecmp(type, "text/event-stream", 17) == 0;
}
