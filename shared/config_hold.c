#include "build.h"

#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "config_reader.h"

struct config *
config_hold(struct config *config)
{
	atomic_fetch_add_explicit(&config->references, 1,
	    memory_order_relaxed);
	return config;
}

static void
wipe(struct config *config)
{
	size_t	i;

	config_wipe_secrets(config->factory_keys, config->factory_keys_count);
	for (i = 0; i < config->endpoints_count; i++)
		config_wipe_secrets(config->endpoints[i].keys,
		    config->endpoints[i].keys_count);
	for (i = 0; i < config->proxies_count; i++) {
		char	*url = (char *)(uintptr_t)config->proxies[i].url;

		if (url != NULL)
			explicit_bzero(url, strlen(url));
	}
	if (config->client_keys_count > 0)
		explicit_bzero(config->client_keys,
		    config->client_keys_count * sizeof(*config->client_keys));
}

void
config_release(struct config *config)
{
	if (config == NULL || atomic_fetch_sub_explicit(&config->references,
	    1, memory_order_acq_rel) != 1)
		return;
	wipe(config);
	arena_release(&config->arena);
	free(config);
}
