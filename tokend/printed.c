#include "build.h"

#include <stdlib.h>
#include <string.h>

#include "grant.h"
#include "json.h"
#include "json_text.h"
#include "printed.h"
#include "secret.h"

/* A NUL is none, as strchr() would have it. */
static bool
is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* A number, or a string that is one: az prints the one, others the other. */
static int64_t
seconds_of(struct json_value object, const char *key)
{
	struct json_value	 value = json_get(object, key);
	char			*text, *end;
	int64_t			 number = 0;

	if (json_int64(value, &number) != 0) {
		text = secret_read(object, key);
		if (text != NULL) {
			number = strtoll(text, &end, 10);
			if (*end != '\0')
				number = 0;
		}
		secret_free(text);
	}
	return number > 0 ? number : 0;
}

static int
object_read(struct printed *printed, struct json_value object, int64_t now,
    struct problem *problem)
{
	static const char *const	names[] = { "access_token", "token",
					    "accessToken" };
	size_t				i;

	for (i = 0; printed->key == NULL &&
	    i < sizeof(names) / sizeof(names[0]); i++)
		printed->key = secret_read_token(object, names[i]);
	if (printed->key == NULL)
		return problem_set(problem, PROBLEM_UPSTREAM,
		    "printed JSON without a usable access_token or token");
	printed->lifetime_s = seconds_of(object, "expires_in");
	printed->expires_at = seconds_of(object, "expires_at");
	if (printed->expires_at == 0)
		printed->expires_at = seconds_of(object, "expires_on");
	/* Some say it in milliseconds. */
	if (printed->expires_at > 100000000000)
		printed->expires_at /= 1000;
	if (printed->expires_at == 0 && printed->lifetime_s > 0 &&
	    printed->lifetime_s <= INT32_MAX)
		printed->expires_at = now + printed->lifetime_s;
	return 0;
}

static int
json_read(struct printed *printed, const char *text, size_t length,
    int64_t now, struct problem *problem)
{
	struct json_document	document;
	int			result;

	json_init(&document, NULL);
	if (json_scan(&document, text, length, NULL) == 0)
		result = object_read(printed, json_root(&document), now,
		    problem);
	else
		result = problem_set(problem, PROBLEM_UPSTREAM,
		    "printed JSON that is none");
	json_release(&document);
	return result;
}

static int
line_read(struct printed *printed, const char *text, size_t length,
    struct problem *problem)
{
	size_t	end = 0;

	while (end < length && text[end] != '\r' && text[end] != '\n')
		end++;
	while (end > 0 && is_white(text[end - 1]))
		end--;
	printed->key = strndup(text, end);
	if (printed->key == NULL)
		return problem_no_memory(problem);
	if (strlen(printed->key) != end || !secret_is_token(printed->key))
		return problem_set(problem, PROBLEM_UPSTREAM,
		    "printed a line that is no key");
	return 0;
}

/* What the key tells of itself, where nothing else did. */
static void
expiry_read(struct printed *printed, int64_t now)
{
	struct grant	grant = { .access_token = NULL };

	if (printed->expires_at == 0) {
		grant_read_jwt(&grant, printed->key);
		printed->expires_at = grant.expires_at;
		if (grant.lifetime_s > 0)
			printed->lifetime_s = grant.lifetime_s;
		grant_release(&grant);
	}
	if (printed->lifetime_s == 0 && printed->expires_at > now)
		printed->lifetime_s = printed->expires_at - now;
	if (printed->lifetime_s > INT32_MAX)
		printed->lifetime_s = INT32_MAX;
}

int
printed_read(struct printed *printed, const char *text, size_t length,
    int64_t now, struct problem *problem)
{
	int	result;

	memset(printed, 0, sizeof(*printed));
	while (length > 0 && is_white(*text)) {
		text++;
		length--;
	}
	if (length == 0)
		return problem_set(problem, PROBLEM_UPSTREAM,
		    "printed nothing");
	result = *text == '{' ? json_read(printed, text, length, now,
	    problem) : line_read(printed, text, length, problem);
	if (result == 0 && strlen(printed->key) > PRINTED_KEY_MAX)
		result = problem_set(problem, PROBLEM_UPSTREAM,
		    "printed a key of more than %d bytes", PRINTED_KEY_MAX);
	if (result == 0)
		expiry_read(printed, now);
	else
		printed_release(printed);
	return result;
}

void
printed_release(struct printed *printed)
{
	secret_free(printed->key);
	memset(printed, 0, sizeof(*printed));
}
