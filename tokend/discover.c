#include "build.h"

#include <string.h>

#include "discover.h"
#include "found.h"
#include "log.h"
#include "token.h"

#define INTERVAL_MS	(3600 * 1000)
#define RETRY_MS	(60 * 1000)
#define RETRIES		3
#define TIMEOUT_MS	5000
#define ARENA_MAX	(32u * 1024 * 1024)

/* Changes with the list of endpoints that are asked. */
static uint64_t
endpoints_hash(const struct config *config)
{
	uint64_t	hash = 0;
	size_t		i;

	for (i = 0; i < config->endpoints_count; i++) {
		const char	*url = config->endpoints[i].models_url;

		if (url != NULL)
			hash = hash * 31 + (token_hash(url, strlen(url)) | 1);
	}
	return hash;
}

int64_t
discover_due_ms(const struct discover *discover, const struct config *config,
    struct moment now)
{
	uint64_t	hash = endpoints_hash(config);

	if (hash == 0)
		return SCHEDULE_NEVER;
	if (hash != discover->asked || discover->next > 0)
		return 0;
	return discover->due_boot_ms > now.boot_ms ?
	    discover->due_boot_ms - now.boot_ms : 0;
}

/* "x-api-key: KEY"; NULL: it needs none, or has none. */
static char *
credential(const struct endpoint *endpoint, const struct tokens *tokens,
    struct arena *arena)
{
	static const char *const	names[] = {
		[AUTH_BEARER] = "authorization: Bearer ",
		[AUTH_X_API_KEY] = "x-api-key: ",
		[AUTH_X_GOOG_API_KEY] = "x-goog-api-key: ",
	};
	const struct account		*printed = tokens_key(tokens,
					    endpoint->name);

	if (endpoint->auth == AUTH_NONE)
		return NULL;
	if (endpoint->keys_count > 0)
		return arena_printf(arena, "%s%.*s", names[endpoint->auth],
		    (int)endpoint->keys[0].length, endpoint->keys[0].at);
	return printed == NULL ? NULL : arena_printf(arena, "%s%s",
	    names[endpoint->auth], printed->access_token);
}

/* Adds what the endpoint says that it has. 0, or -1 with the reason. */
static int
fetch(const struct endpoint *endpoint, const struct dialer *dialer,
    const struct tokens *tokens, struct found_models *all,
    struct arena *arena, struct problem *problem)
{
	char			*key = credential(endpoint, tokens, arena);
	const char		*version = endpoint->dialect ==
				    DIALECT_MESSAGES ?
				    "anthropic-version: 2023-06-01" : NULL;
	struct http_request	 request = { .url = endpoint->models_url,
				    .timeout_ms = TIMEOUT_MS,
				    .headers = { key != NULL ? key : version,
				    key != NULL ? version : NULL } };
	struct http_reply	 reply;
	int			 result;

	http_reply_init(&reply, FOUND_FILE_MAX);
	result = dialer_send_request(dialer, &request, &reply, problem);
	if (key != NULL)
		explicit_bzero(key, strlen(key));
	if (result == 0 && reply.status != 200)
		result = problem_set(problem, PROBLEM_UPSTREAM, "status %d",
		    reply.status);
	else if (result == 0 && found_parse(all, endpoint->name,
	    reply.body.at, reply.body.length, arena) == -1)
		result = problem_set(problem, PROBLEM_UPSTREAM,
		    "the answer is no list of models");
	http_reply_release(&reply);
	return result;
}

/* What is known of the others that are still asked, in their order. */
static int
keep(const struct found_models *known, const struct endpoint *endpoint,
    struct found_models *all, struct arena *arena)
{
	struct found_model	*at = arena_calloc(arena, all->count +
				    known->count + 1, sizeof(*at));
	size_t			 i;

	if (at == NULL)
		return -1;
	if (all->count > 0)
		memcpy(at, all->at, all->count * sizeof(*at));
	all->at = at;
	for (i = 0; i < known->count; i++)
		if (strcmp(known->at[i].endpoint, endpoint->name) == 0)
			all->at[all->count++] = known->at[i];
	return 0;
}

/* The file anew: what `asked` says now, what the others said before. */
static int
update(const struct endpoint *asked, const struct dialer *dialer,
    const struct tokens *tokens, const char *path, struct arena *arena,
    struct problem *problem)
{
	const struct config	*config = dialer->config;
	struct found_models	 known, all = { NULL, 0 };
	size_t			 i;
	int			 result = 0;

	if (found_read(path, &known, arena) != 0)
		return problem_no_memory(problem);
	for (i = 0; i < config->endpoints_count && result == 0; i++) {
		const struct endpoint	*one = &config->endpoints[i];

		if (one == asked)
			result = fetch(one, dialer, tokens, &all, arena,
			    problem);
		else if (one->models_url != NULL && keep(&known, one, &all,
		    arena) != 0)
			result = problem_no_memory(problem);
	}
	return result != 0 ? -1 : found_write(path, &all, problem);
}

/* The first from `i` on that is asked; endpoints_count: none. */
static size_t
next_asked(const struct config *config, size_t i)
{
	while (i < config->endpoints_count &&
	    config->endpoints[i].models_url == NULL)
		i++;
	return i;
}

static void
end_round(struct discover *discover, struct moment now)
{
	bool	soon = discover->failed && discover->failures < RETRIES;

	discover->next = 0;
	discover->failures = soon ? discover->failures + 1 : 0;
	discover->failed = false;
	discover->due_boot_ms = now.boot_ms + (soon ? RETRY_MS : INTERVAL_MS);
}

void
discover_step(struct discover *discover, const struct dialer *dialer,
    const struct tokens *tokens, const char *path, struct moment now)
{
	const struct config	*config = dialer->config;
	const struct endpoint	*asked;
	struct problem		 problem;
	struct arena		 arena;
	uint64_t		 hash = endpoints_hash(config);
	size_t			 i;

	if (hash != discover->asked)
		*discover = (struct discover){ .asked = hash };
	i = next_asked(config, discover->next);
	if (i < config->endpoints_count) {
		asked = &config->endpoints[i++];
		arena_init(&arena, ARENA_MAX, NULL);
		if (update(asked, dialer, tokens, path, &arena,
		    &problem) != 0) {
			log_line(discover->failures > 0 ? LOG_LEVEL_DEBUG :
			    LOG_LEVEL_INFO, NULL, "the models of endpoint %s "
			    "are not known anew: %s", asked->name,
			    problem.message);
			discover->failed = true;
		}
		arena_release(&arena);
	}
	discover->next = next_asked(config, i);
	if (discover->next == config->endpoints_count)
		end_round(discover, now);
}
