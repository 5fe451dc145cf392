/* The configuration's file: read whole and in bounds, or refused with a reason. */
#include "build.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config.h"
#include "fuzz.h"

static char	path[64];	/* of the file, in memory */

static void
check_warning(void *context, const char *message)
{
	(void)context;
	FUZZ_ASSERT(strncmp(message, path, strlen(path)) == 0);
}

static void
check_endpoints(const struct config *config)
{
	size_t	i, j;

	for (i = 0; i < config->endpoints_count; i++) {
		const struct endpoint	*endpoint = &config->endpoints[i];

		FUZZ_ASSERT(endpoint->name[0] != '\0');
		FUZZ_ASSERT(strncasecmp(endpoint->base_url, "http", 4) == 0);
		FUZZ_ASSERT(endpoint->dialect < DIALECT_KINDS);
		FUZZ_ASSERT(endpoint->profile <= PROFILE_PLAIN);
		FUZZ_ASSERT(endpoint->auth <= AUTH_NONE);
		for (j = 0; j < endpoint->add_count; j++) {
			FUZZ_ASSERT(endpoint->add[j].name[0] != '\0');
			FUZZ_ASSERT(strpbrk(endpoint->add[j].value, "\r\n") ==
			    NULL);
		}
		for (j = 0; j < endpoint->remove.count; j++)
			FUZZ_ASSERT(strchr(endpoint->remove.at[j], ':') ==
			    NULL);
	}
}

static void
check_models(const struct config *config)
{
	size_t	i;

	for (i = 0; i < config->models_count; i++) {
		const struct model	*model = &config->models[i];

		FUZZ_ASSERT(model->id[0] != '\0' && model->name != NULL);
		FUZZ_ASSERT(model->endpoint >= config->endpoints &&
		    model->endpoint < config->endpoints +
		    config->endpoints_count);
		FUZZ_ASSERT(model->reasoning < EFFORT_KINDS);
		FUZZ_ASSERT(model->thinking <= THINKING_LEVEL);
		FUZZ_ASSERT(config_find_model(config, model->id) != NULL);
	}
	for (i = 0; i < config->redirects_count; i++)
		FUZZ_ASSERT(strcmp(config_redirect(config,
		    config->redirects[i].from), config->redirects[i].to) == 0);
}

static void
check_rest(const struct config *config)
{
	size_t	i;

	FUZZ_ASSERT(config->port >= 1 && config->port <= 65535);
	FUZZ_ASSERT(config->listen.count > 0);
	FUZZ_ASSERT(config->access <= ACCESS_OPEN);
	FUZZ_ASSERT(config->access != ACCESS_KEYS ||
	    config->client_keys_count > 0);
	FUZZ_ASSERT(config->memory_max > 0 && config->workers > 0);
	FUZZ_ASSERT(config->base_path != NULL && config->token_url != NULL &&
	    config->user_agent_version != NULL);
	for (i = 0; i < config->trusted_proxies_count; i++)
		FUZZ_ASSERT(config->trusted_proxies[i].bits <= 128);
	for (i = 0; i < config->proxies_count; i++)
		FUZZ_ASSERT(config->proxies[i].valid ==
		    (config->proxies[i].reason == NULL));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct problem	 problem;
	struct config	*config;

	int		 fd = memfd_create("config", 0);

	FUZZ_ASSERT(write(fd, bytes, length) == (ssize_t)length);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	problem_clear(&problem);
	config = config_read(path, check_warning, NULL, &problem);
	close(fd);
	if (config == NULL) {
		FUZZ_ASSERT(problem.kind == PROBLEM_INVALID);
		FUZZ_ASSERT(strncmp(problem.message, path, strlen(path)) == 0);
		return 0;
	}
	check_endpoints(config);
	check_models(config);
	check_rest(config);
	config_release(config);
	return 0;
}
