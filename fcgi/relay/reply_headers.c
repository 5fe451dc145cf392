#include "build.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "calendar.h"
#include "clock.h"
#include "dialects/dialects.h"
#include "reply_headers.h"

#define DAY_S	86400

/* Of any API; those of one are its dialect's. */
static const struct dialect_header passed[] = {
	{ "content-type", NULL, HEADER_ALWAYS },
	{ "content-encoding", NULL, HEADER_ALWAYS },
	{ "content-language", NULL, HEADER_ALWAYS },
	{ "content-disposition", NULL, HEADER_ALWAYS },
	{ "x-request-id", NULL, HEADER_ALWAYS },
	{ "request-id", NULL, HEADER_ALWAYS },
	{ "x-should-retry", NULL, HEADER_ALWAYS },
	{ "deprecation", NULL, HEADER_ALWAYS },
	{ "sunset", NULL, HEADER_ALWAYS },
	{ "warning", NULL, HEADER_ALWAYS },
	{ "x-ratelimit-", NULL, HEADER_WITH_CREDENTIAL },
	{ "ratelimit-", NULL, HEADER_WITH_CREDENTIAL },
	{ "ratelimit", NULL, HEADER_WITH_CREDENTIAL },
	{ NULL, NULL, HEADER_ALWAYS },
};

static bool
is_listed(const struct dialect_header *list, const char *name,
    bool own_credential)
{
	for (; list != NULL && list->name != NULL; list++) {
		size_t length;

		if (list->name[0] != name[0] || (!own_credential &&
		    list->rule == HEADER_WITH_CREDENTIAL))
			continue;
		length = strlen(list->name);
		if (list->name[length - 1] == '-'
		    ? strncmp(name, list->name, length) == 0
		    : strcmp(name, list->name) == 0)
			return true;
	}
	return false;
}

/* Its name says whose a field is: any dialect's passes, whoever sends it. */
static bool
passes(const char *name, bool own_credential)
{
	bool found = is_listed(passed, name, own_credential);
	int kind;

	for (kind = 0; !found && kind < DIALECT_KINDS; kind++)
		found = is_listed(dialect_of((enum dialect_kind)kind)
		    ->reply_headers, name, own_credential);
	return found;
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

void
reply_headers_disarm(struct headers *headers)
{
	static const char *const	data[] = { "application/json",
	    "text/event-stream", "application/octet-stream" };
	const char			*type = headers_find(headers,
					    "content-type");
	size_t				 i;

	for (i = 0; type != NULL && i < sizeof(data) / sizeof(*data); i++)
		if (strncasecmp(type, data[i], strlen(data[i])) == 0)
			return;
	headers_add(headers, "content-security-policy",
	    "default-src 'none'; sandbox");
	headers_add(headers, "x-content-type-options", "nosniff");
}

/* Seconds from now of an HTTP date (RFC 9110 section 5.6.7), or 0. */
static int64_t
seconds_until(const char *date)
{
	struct tm parts;

	memset(&parts, 0, sizeof(parts));
	if (strptime(date, "%a, %d %b %Y %H:%M:%S GMT", &parts) == NULL)
		return 0;
	return calendar_seconds(&parts) - (int64_t)wall_s();
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
