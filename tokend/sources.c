#include "build.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "file.h"
#include "json.h"
#include "json_text.h"
#include "secret.h"
#include "sources.h"

#define SOURCE_MAX	(256 * 1024)	/* bytes of a file */
#define SEPARATORS	", \t\r\n"

void
sources_init(struct sources *sources)
{
	const char	*home = getenv("HOME");
	char		*value = getenv("DROID_REFRESH_KEY");

	memset(sources, 0, sizeof(*sources));
	if (home != NULL && *home == '/' && strlen(home) < 2048) {
		snprintf(sources->file, sizeof(sources->file),
		    "%s/.factory/auth.json", home);
		snprintf(sources->sealed, sizeof(sources->sealed),
		    "%s/.factory/auth.v2.file", home);
		snprintf(sources->key, sizeof(sources->key),
		    "%s/.factory/auth.v2.key", home);
	}
	if (value != NULL) {
		secret_set(&sources->environment, value);
		explicit_bzero(value, strlen(value));
		unsetenv("DROID_REFRESH_KEY");
	}
}

void
sources_release(struct sources *sources)
{
	secret_free(sources->environment);
	sources->environment = NULL;
}

/* ---- seeds ---- */

static int
seed_add(struct seeds *seeds, const char *at, size_t length)
{
	char	*seed;
	size_t	 i;

	seed = strndup(at, length);
	if (seed == NULL)
		return -1;
	for (i = 0; i < seeds->count; i++)
		if (strcmp(seeds->at[i], seed) == 0)
			break;
	if (i < seeds->count) {
		secret_free(seed);
		return 0;
	}
	if (seeds->count == TOKEN_ACCOUNTS_MAX || !secret_is_token(seed)) {
		secret_free(seed);
		return -1;
	}
	seeds->at[seeds->count++] = seed;
	return 0;
}

static int
seeds_split(struct seeds *seeds, const char *text, const char *where,
    struct problem *problem)
{
	size_t	length;

	for (; *text != '\0'; text += length) {
		text += strspn(text, SEPARATORS);
		length = strcspn(text, SEPARATORS);
		if (length > 0 && seed_add(seeds, text, length) != 0)
			return problem_set(problem, PROBLEM_INVALID,
			    "%s holds more than %d tokens, or a byte that no "
			    "token has", where, TOKEN_ACCOUNTS_MAX);
	}
	return 0;
}

static int
seeds_read_file(struct seeds *seeds, const char *path, struct problem *problem)
{
	struct buf	text;
	int		result;

	buf_init(&text, SOURCE_MAX, NULL);
	result = file_read(path, &text, problem);
	if (result == 0)
		result = seeds_split(seeds, text.at, path, problem);
	secret_release(&text);
	return result;
}

int
sources_read_seeds(const struct sources *sources, struct seeds *seeds,
    struct problem *problem)
{
	const char	*file = getenv("DROID_REFRESH_KEY_FILE");
	const char	*folder = getenv("CREDENTIALS_DIRECTORY");
	char		 path[4096];
	int		 result = 0;

	memset(seeds, 0, sizeof(*seeds));
	if (sources->environment != NULL)
		result = seeds_split(seeds, sources->environment,
		    "DROID_REFRESH_KEY", problem);
	if (result == 0 && seeds->count == 0 && file != NULL && *file != '\0')
		result = seeds_read_file(seeds, file, problem);
	if (result == 0 && seeds->count == 0 && folder != NULL) {
		snprintf(path, sizeof(path), "%.4000s/droid_refresh_key",
		    folder);
		result = seeds_read_file(seeds, path, problem);
		if (result != 0 && problem->kind == PROBLEM_MISSING)
			result = 0;
	}
	if (result != 0)
		seeds_release(seeds);
	return result;
}

/* ---- files ---- */

void
pair_release(struct pair *pair)
{
	secret_free(pair->access_token);
	secret_free(pair->refresh_token);
	memset(pair, 0, sizeof(*pair));
}

/* 0, 1 for a text without refresh token, -1 for what is no JSON object. */
static int
pair_read(struct pair *pair, const struct buf *text)
{
	struct json_document	document;
	struct json_value	root;
	int			result = -1;

	memset(pair, 0, sizeof(*pair));
	json_init(&document, NULL);
	if (json_scan(&document, text->at, text->length, NULL) == 0 &&
	    json_is(json_root(&document), JSON_OBJECT)) {
		root = json_root(&document);
		pair->refresh_token = secret_read_token(root, "refresh_token");
		pair->access_token = secret_read_token(root, "access_token");
		result = pair->refresh_token == NULL;
	}
	json_release(&document);
	if (result != 0)
		pair_release(pair);
	return result;
}

int
sources_read_file(const struct sources *sources, struct pair *pair,
    struct problem *problem)
{
	struct buf	text;
	int		result;

	memset(pair, 0, sizeof(*pair));
	if (*sources->file == '\0')
		return 1;
	buf_init(&text, SOURCE_MAX, NULL);
	result = file_read(sources->file, &text, problem);
	if (result != 0)
		result = problem->kind == PROBLEM_MISSING ? 1 : -1;
	else {
		result = pair_read(pair, &text);
		if (result < 0)
			problem_set(problem, PROBLEM_INVALID,
			    "%s is not a JSON object", sources->file);
	}
	secret_release(&text);
	return result;
}

int
sources_read_sealed(const struct sources *sources, struct pair *pair,
    struct problem *problem)
{
	struct buf	sealed, key, text;
	int		result;

	memset(pair, 0, sizeof(*pair));
	if (*sources->sealed == '\0')
		return 1;
	buf_init(&sealed, SOURCE_MAX, NULL);
	buf_init(&key, SOURCE_MAX, NULL);
	buf_init(&text, SOURCE_MAX, NULL);
	result = file_read(sources->sealed, &sealed, problem);
	if (result == 0)
		result = file_read(sources->key, &key, problem);
	if (result != 0)
		result = problem->kind == PROBLEM_MISSING ? 1 : -1;
	else if (sealed_open(&text, sealed.at, key.at, problem) != 0)
		result = -1;
	else {
		result = pair_read(pair, &text);
		if (result < 0)
			problem_set(problem, PROBLEM_INVALID,
			    "%s does not hold a JSON object", sources->sealed);
	}
	secret_release(&sealed);
	secret_release(&key);
	secret_release(&text);
	return result;
}

/* ---- writing auth.json back ---- */

/* What replaces the value of a key; NULL: it stays. */
static const char *
replacement(struct json_value key, const struct login *login, const char *now)
{
	if (json_equals(key, "access_token"))
		return login->access_token;
	if (json_equals(key, "refresh_token"))
		return login->refresh_token;
	if (json_equals(key, "last_updated"))
		return now;
	return NULL;
}

/* The text with its members' values replaced, every duplicate too. */
static int
text_edit(struct buf *out, const struct json_document *document,
    const struct login *login, const char *now)
{
	struct json_walk	 walk = json_walk(json_root(document));
	const char		*at = document->text, *value;
	struct text		 raw;

	while (json_next(&walk)) {
		value = replacement(walk.key, login, now);
		if (value == NULL)
			continue;
		raw = json_raw(walk.value);
		buf_add(out, at, (size_t)(raw.at - at));
		buf_putc(out, '"');
		text_encode(out, text_of(value));
		buf_putc(out, '"');
		at = raw.at + raw.length;
	}
	buf_add(out, at, (size_t)(document->text + document->length - at));
	return out->failed ? -1 : 0;
}

static int
text_write(const char *path, const struct buf *text, const struct login *login,
    struct problem *problem)
{
	struct json_document	document;
	struct stat		status;
	struct buf		out;
	char			now[32];
	time_t			seconds = time(NULL);
	struct tm		parts;
	int			result = -1;

	strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%S.000Z",
	    gmtime_r(&seconds, &parts));
	json_init(&document, NULL);
	buf_init(&out, SOURCE_MAX, NULL);
	buf_room(&out, SOURCE_MAX / 2);
	if (json_scan(&document, text->at, text->length, NULL) != 0 ||
	    text_edit(&out, &document, login, now) != 0)
		problem_set(problem, PROBLEM_INVALID,
		    "%s can't be edited", path);
	else
		result = file_write(path, out.at, out.length,
		    stat(path, &status) == 0 ? status.st_mode & 0777 : 0600,
		    problem);
	json_release(&document);
	secret_release(&out);
	return result;
}

int
sources_write_file(const struct sources *sources, const struct login *login,
    struct problem *problem)
{
	char		origin[ORIGIN_SIZE];
	struct pair	pair;
	struct buf	text;
	char		path[PATH_MAX];
	int		result = 0;

	/* A link is followed: what it leads to is replaced. */
	if (realpath(sources->file, path) == NULL)
		return problem_set(problem, PROBLEM_MISSING,
		    "%s is gone", sources->file);
	buf_init(&text, SOURCE_MAX, NULL);
	result = file_read(path, &text, problem);
	if (result == 0 && pair_read(&pair, &text) == 0) {
		origin_of(origin, pair.refresh_token);
		if (strcmp(origin, login->origin) == 0)
			result = text_write(path, &text, login, problem);
		pair_release(&pair);
	}
	secret_release(&text);
	return result;
}
