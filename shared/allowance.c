#include "build.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "allowance.h"
#include "calendar.h"
#include "json.h"
#include "json_text.h"

/* Where numbers of milliseconds begin. */
#define MILLISECONDS	100000000000

void
allowance_key_id(char id[ALLOWANCE_ID], uint64_t hash)
{
	snprintf(id, ALLOWANCE_ID, "%016llx", (unsigned long long)hash);
}

void
allowance_key_name(char name[ALLOWANCE_ID], size_t at, size_t count)
{
	if (count == 1)
		snprintf(name, ALLOWANCE_ID, "FACTORY_API_KEY");
	else
		snprintf(name, ALLOWANCE_ID, "FACTORY_API_KEY %zu", at + 1);
}

/* ---- Factory's answer ---- */

/* A name as it is, without what doesn't belong into one. */
static void
read_name(char out[ALLOWANCE_NAME], struct json_value key)
{
	struct escaped	name = json_escaped(key);
	size_t		i;

	for (i = 0; i < name.length && i < ALLOWANCE_NAME - 1; i++)
		out[i] = isalnum((unsigned char)name.at[i]) ||
		    name.at[i] == '-' ? name.at[i] : '_';
	out[i] = '\0';
}

/* "2026-01-31T12:00:00Z", seconds or milliseconds; 0: none of them. */
static int64_t
read_time(struct json_value value)
{
	struct escaped	text = json_escaped(value);
	struct tm	utc = { .tm_mday = 1 };
	char		copy[32];
	const char	*rest;
	double		number;

	if (json_double(value, &number) == 0 && number > 0 && number < 1e15)
		return (int64_t)(number >= MILLISECONDS ? number / 1000 :
		    number);
	if (text.length == 0 || text.length >= sizeof(copy))
		return 0;
	memcpy(copy, text.at, text.length);
	copy[text.length] = '\0';
	rest = strptime(copy, "%Y-%m-%dT%H:%M:%S", &utc);
	if (rest != NULL && *rest == '.')
		rest += 1 + strspn(rest + 1, "0123456789");
	if (rest == NULL || (strcmp(rest, "Z") != 0 &&
	    strcmp(rest, "+00:00") != 0))
		return 0;
	return calendar_seconds(&utc);
}

static bool
read_used(struct json_value value, double *used)
{
	return json_double(value, used) == 0 && *used >= 0 && *used < 1e6;
}

static void
read_pool(struct allowance *out, struct json_value pool, struct json_value key)
{
	struct json_walk	walk = json_walk(pool);
	struct allowance_window	*window;
	double			used;

	while (json_is(pool, JSON_OBJECT) && json_next(&walk)) {
		if (out->count == ALLOWANCE_WINDOWS || !read_used(json_get(
		    walk.value, "usedPercent"), &used))
			continue;
		window = &out->windows[out->count++];
		read_name(window->pool, key);
		read_name(window->name, walk.key);
		window->used = used;
		window->ends_at = read_time(json_get(walk.value, "windowEnd"));
	}
}

int
allowance_read_answer(struct allowance *allowance, struct text answer)
{
	struct json_document	document;
	struct json_walk	walk;
	struct json_value	limits;
	struct allowance	read = { .count = 0 };

	json_init(&document, NULL);
	if (json_scan(&document, answer.at, answer.length, NULL) == 0) {
		limits = json_get(json_root(&document), "limits");
		walk = json_walk(limits);
		while (json_is(limits, JSON_OBJECT) && json_next(&walk))
			read_pool(&read, walk.value, walk.key);
	}
	json_release(&document);
	if (read.count == 0)
		return -1;
	allowance->count = read.count;
	memcpy(allowance->windows, read.windows, sizeof(read.windows));
	return 0;
}

/* ---- the file ---- */

static void
write_windows(struct json_write *w, const struct allowance *one)
{
	size_t	i;

	json_put_key(w, "windows");
	json_put_array(w);
	for (i = 0; i < one->count; i++) {
		const struct allowance_window	*window = &one->windows[i];
		char				 used[32];

		snprintf(used, sizeof(used), "%.1f", window->used);
		json_put_object(w);
		json_member_string(w, "pool", window->pool);
		json_member_string(w, "name", window->name);
		json_member_raw(w, "used_percent", text_of(used));
		json_member_int(w, "ends_at", window->ends_at);
		json_put_end(w);
	}
	json_put_end(w);
}

void
allowances_write_accounts(struct json_write *w, const struct allowances *all)
{
	size_t	i;

	json_put_array(w);
	for (i = 0; i < all->count; i++) {
		const struct allowance	*one = &all->accounts[i];

		json_put_object(w);
		json_member_string(w, "id", one->id);
		json_member_string(w, "name", one->name);
		json_member_int(w, "asked_at", one->asked_at);
		json_member_string(w, "problem", one->problem);
		write_windows(w, one);
		json_put_end(w);
	}
	json_put_end(w);
}

void
allowances_write(struct json_write *w, const struct allowances *all)
{
	json_put_object(w);
	json_member_int(w, "version", 1);
	json_put_key(w, "accounts");
	allowances_write_accounts(w, all);
	json_put_end(w);
}

/* What tokend wrote has no escapes but in names of people's own. */
static void
read_text(char *out, size_t size, struct json_value value)
{
	struct escaped	text = json_escaped(value);
	size_t		length = text.length < size ? text.length : size - 1;

	memcpy(out, text.at != NULL ? text.at : "", length);
	out[length] = '\0';
}

static void
read_windows(struct allowance *one, struct json_value windows)
{
	struct json_walk	walk = json_walk(windows);
	struct allowance_window	*window;
	double			used;

	while (one->count < ALLOWANCE_WINDOWS && json_next(&walk)) {
		if (!read_used(json_get(walk.value, "used_percent"), &used))
			continue;
		window = &one->windows[one->count++];
		read_text(window->pool, sizeof(window->pool),
		    json_get(walk.value, "pool"));
		read_text(window->name, sizeof(window->name),
		    json_get(walk.value, "name"));
		window->used = used;
		window->ends_at = read_time(json_get(walk.value, "ends_at"));
	}
}

int
allowances_read(struct allowances *all, struct text text)
{
	struct json_document	document;
	struct json_walk	walk;
	int64_t			version = 0;
	int			result;

	all->count = 0;
	json_init(&document, NULL);
	result = json_scan(&document, text.at, text.length, NULL);
	if (result == 0 && (json_int64(json_get(json_root(&document),
	    "version"), &version) == -1 || version != 1))
		result = -1;
	walk = json_walk(json_get(json_root(&document), "accounts"));
	while (result == 0 && all->count < TOKEN_ACCOUNTS_MAX &&
	    json_next(&walk)) {
		struct allowance	*one = &all->accounts[all->count++];

		memset(one, 0, sizeof(*one));
		read_text(one->id, sizeof(one->id), json_get(walk.value, "id"));
		read_text(one->name, sizeof(one->name),
		    json_get(walk.value, "name"));
		read_text(one->problem, sizeof(one->problem),
		    json_get(walk.value, "problem"));
		(void)json_int64(json_get(walk.value, "asked_at"),
		    &one->asked_at);
		read_windows(one, json_get(walk.value, "windows"));
	}
	json_release(&document);
	return result;
}

/* ---- what it means ---- */

bool
allowance_has_ended(const struct allowance_window *window, int64_t now_s)
{
	return window->ends_at != 0 && window->ends_at <= now_s;
}

static const struct allowance_window *
fullest(const struct allowance *allowance, const char *pool, int64_t now_s)
{
	const struct allowance_window	*found = NULL, *one;
	size_t				 i;

	for (i = 0; i < allowance->count; i++) {
		one = &allowance->windows[i];
		if ((pool != NULL && strcmp(one->pool, pool) != 0) ||
		    allowance_has_ended(one, now_s))
			continue;
		/* Of two that are used up, the one that lasts. */
		if (found == NULL || (one->used >= 100 && found->used >= 100 ?
		    one->ends_at > found->ends_at : one->used > found->used))
			found = one;
	}
	return found;
}

static bool
has_pool(const struct allowance *allowance, const char *pool)
{
	size_t	i;

	for (i = 0; i < allowance->count; i++)
		if (strcmp(allowance->windows[i].pool, pool) == 0)
			return true;
	return false;
}

const struct allowance_window *
allowance_fullest(const struct allowance *allowance, const char *pool,
    int64_t now_s)
{
	return fullest(allowance, has_pool(allowance, pool) ? pool : NULL,
	    now_s);
}

int
allowance_left(const struct allowance_window *window)
{
	if (window == NULL)
		return -1;
	return window->used >= 100 ? 0 : (int)(100 - window->used + 0.999);
}

char *
allowance_span(char text[ALLOWANCE_SPAN], int64_t seconds)
{
	long long	minutes = (seconds > 0 ? seconds + 59 : 0) / 60;

	if (minutes >= 48 * 60)
		snprintf(text, ALLOWANCE_SPAN, "%lld d %lld h",
		    minutes / 1440, minutes / 60 % 24);
	else if (minutes >= 60)
		snprintf(text, ALLOWANCE_SPAN, "%lld h %lld min",
		    minutes / 60, minutes % 60);
	else
		snprintf(text, ALLOWANCE_SPAN, "%lld min", minutes);
	return text;
}

char *
allowance_say(char text[ALLOWANCE_TEXT], const struct allowance_window *window,
    int64_t now_s)
{
	char	span[ALLOWANCE_SPAN];
	int	used = (int)window->used;

	if (window->ends_at > now_s)
		snprintf(text, ALLOWANCE_TEXT, "%s (%s): %d %% used, ends in "
		    "%s", window->name, window->pool, used,
		    allowance_span(span, window->ends_at - now_s));
	else
		snprintf(text, ALLOWANCE_TEXT, "%s (%s): %d %% used",
		    window->name, window->pool, used);
	return text;
}
