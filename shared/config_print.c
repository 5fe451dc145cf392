#include "build.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "config_keys.h"
#include "config_reader.h"
#include "state.h"

static void
print_blocks(const struct address_block *blocks, size_t count)
{
	static const uint8_t	mapped[12] = { [10] = 0xff, [11] = 0xff };
	char			text[INET6_ADDRSTRLEN];
	size_t			i;

	for (i = 0; i < count; i++) {
		const uint8_t	*address = blocks[i].address;
		unsigned	 bits = blocks[i].bits;
		int		 family = AF_INET6;

		if (bits >= 96 && memcmp(address, mapped, 12) == 0) {
			address += 12;
			bits -= 96;
			family = AF_INET;
		}
		inet_ntop(family, address, text, sizeof(text));
		printf("%s/%u\n", text, bits);
	}
}

static void
print_local_peers(const struct config *config)
{
	print_blocks(config->local_peers, config->local_peers_count);
}

static void
print_trusted_proxies(const struct config *config)
{
	print_blocks(config->trusted_proxies, config->trusted_proxies_count);
}

static void
print_fastcgi_peers(const struct config *config)
{
	print_blocks(config->fastcgi_peers, config->fastcgi_peers_count);
}

static void
print_user_agent(const struct config *config)
{
	printf("factory-cli/%s\n", config->user_agent_version);
}

static void
print_proxies(const struct config *config)
{
	size_t	i;

	for (i = 0; i < config->proxies_count; i++)
		printf("%s\n", config->proxies[i].name);
}

static void
print_endpoints(const struct config *config)
{
	size_t	i;

	for (i = 0; i < config->endpoints_count; i++)
		printf("%s\n", config->endpoints[i].name);
}

static void
print_models(const struct config *config)
{
	size_t	i;

	for (i = 0; i < config->models_count; i++)
		printf("%s\n", config->models[i].id);
}

static void
print_redirects(const struct config *config)
{
	size_t	i;

	for (i = 0; i < config->redirects_count; i++)
		printf("%s -> %s\n", config->redirects[i].from,
		    config->redirects[i].to);
}

/* Keys whose value has a form of its own. */
static const struct {
	const char	*name;
	void		(*print)(const struct config *);
} printers[] = {
	{ "endpoint", print_endpoints },
	{ "fastcgi_peers", print_fastcgi_peers },
	{ "local_peers", print_local_peers },
	{ "model_redirects", print_redirects },
	{ "models", print_models },
	{ "proxies", print_proxies },
	{ "trusted_proxies", print_trusted_proxies },
	{ "user_agent", print_user_agent },
};

static void
print_texts(const struct strings *texts)
{
	size_t	i;

	for (i = 0; i < texts->count; i++)
		printf("%s\n", texts->at[i]);
}

static int64_t
stored(const struct config_key *key, const void *at)
{
	switch (key->size) {
	case sizeof(bool):
		return *(const bool *)at;
	case sizeof(int32_t):
		return *(const int32_t *)at;
	default:
		return *(const int64_t *)at;
	}
}

static void
print_value(const struct config_key *key, const struct config *config)
{
	const void	*at = (const char *)config + key->at;
	const char	*text;

	switch (key->type) {
	case KEY_BOOLEAN:
		puts(stored(key, at) ? "true" : "false");
		break;
	case KEY_INTEGER:
		printf("%lld\n", (long long)stored(key, at));
		break;
	case KEY_MEBIBYTES:
		printf("%zu\n", *(const size_t *)at / MEBIBYTE);
		break;
	case KEY_TEXT:
		text = *(const char *const *)at;
		puts(text != NULL ? text : "");
		break;
	case KEY_WORD:
		puts(key_word_of(key->words, (int)stored(key, at)));
		break;
	case KEY_LIST:
		print_texts(at);
		break;
	case KEY_NUMBER:
	case KEY_OBJECT:
	case KEY_TYPES:
		break;
	}
}

/* The folder that is used, wherever it was said. */
static int
print_state_dir(const struct config *config, struct problem *problem)
{
	struct state	state;

	if (state_find(&state, config, problem) != 0)
		return -1;
	puts(state.root);
	return 0;
}

/* "port", or "auth.token_url". */
static const struct config_key *
find_key(const char *name)
{
	const char	*prefix = config_scope_prefix(SCOPE_AUTH);

	if (strncmp(name, prefix, strlen(prefix)) == 0)
		return config_key_find(SCOPE_AUTH, name + strlen(prefix));
	if (strcmp(name, "auth") == 0)
		return NULL;
	return config_key_find(SCOPE_TOP, name);
}

int
config_print(const struct config *config, const char *name,
    struct problem *problem)
{
	const struct config_key	*key = find_key(name);
	size_t			 i;

	if (key == NULL)
		return problem_set(problem, PROBLEM_MISSING,
		    "there is no configuration key \"%.64s\"", name);
	if (key->secret)
		return problem_set(problem, PROBLEM_FORBIDDEN,
		    "%s is secret and is not printed", name);
	if (strcmp(name, "state_dir") == 0)
		return print_state_dir(config, problem);
	for (i = 0; i < sizeof(printers) / sizeof(printers[0]); i++) {
		if (strcmp(printers[i].name, name) == 0) {
			printers[i].print(config);
			return 0;
		}
	}
	print_value(key, config);
	return 0;
}
