#include "build.h"

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "ticket.h"

/* Made with the key's hash, which is all that the gateway has of it. */
int
ticket_write(char ticket[TICKET_SIZE], const struct client_key *key,
    const char *upload)
{
	unsigned char	digest[EVP_MAX_MD_SIZE];
	unsigned int	length = 0, i;

	if (HMAC(EVP_sha256(), key->sha256, sizeof(key->sha256),
	    (const unsigned char *)upload, strlen(upload), digest,
	    &length) == NULL || length * 2 + 1 != TICKET_SIZE)
		return -1;
	for (i = 0; i < length; i++)
		snprintf(ticket + 2 * i, 3, "%02x", digest[i]);
	return 0;
}

/* All are compared, so that time says nothing. */
const struct client_key *
ticket_key(const char *ticket, const char *upload,
    const struct config *config)
{
	const struct client_key	*found = NULL;
	char			 good[TICKET_SIZE];
	size_t			 i;

	if (ticket == NULL || upload == NULL ||
	    strlen(ticket) != TICKET_SIZE - 1)
		return NULL;
	for (i = 0; i < config->client_keys_count; i++)
		if (ticket_write(good, &config->client_keys[i], upload) == 0 &&
		    CRYPTO_memcmp(good, ticket, TICKET_SIZE - 1) == 0)
			found = &config->client_keys[i];
	return found;
}
