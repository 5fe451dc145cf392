#include "build.h"

#include <stdio.h>

#include "accounts.h"

/* NULL: no room for one more. */
static struct account_state *
add(struct accounts *all, const struct gateway *gateway, uint64_t hash)
{
	struct account_state	*one;

	if (all->count == CREDENTIALS_MAX)
		return NULL;
	one = &all->list[all->count++];
	one->name[0] = '\0';
	one->expires_at = 0;
	one->set_aside_s = scoreboard_cooling(gateway->scoreboard, hash);
	return one;
}

void
accounts_read(struct accounts *all, const struct gateway *gateway,
    const struct config *config, const struct tokens *tokens)
{
	struct account_state	*one;
	size_t			 i;

	all->count = 0;
	for (i = 0; i < config->factory_keys_count; i++) {
		uint64_t	hash = config->factory_keys[i].hash;

		if ((one = add(all, gateway, hash)) == NULL)
			return;
		allowance_key_id(one->id, hash);
		allowance_key_name(one->name, i, config->factory_keys_count);
	}
	for (i = 0; tokens != NULL && i < tokens->count; i++) {
		const struct account	*account = &tokens->accounts[i];

		if ((one = add(all, gateway, account->hash)) == NULL)
			return;
		snprintf(one->id, sizeof(one->id), "%s", account->id);
		one->expires_at = account->expires_at;
	}
}
