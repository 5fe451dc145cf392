#include "build.h"

#include <sys/random.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "buf.h"
#include "config.h"
#include "json_write.h"
#include "new_key.h"

#define EXIT_USAGE	2

#define RANDOM_BYTES	32
#define KEY_PREFIX	"d2a-"
#define KEY_SIZE	(sizeof(KEY_PREFIX) + 2 * RANDOM_BYTES)
#define ENTRY_MAX	(64u * 1024)

static void
write_hex(char *to, const unsigned char *bytes, size_t count)
{
	static const char	digits[] = "0123456789abcdef";
	size_t			i;

	for (i = 0; i < count; i++) {
		*to++ = digits[bytes[i] >> 4];
		*to++ = digits[bytes[i] & 15];
	}
	*to = '\0';
}

static int
draw(char key[KEY_SIZE])
{
	unsigned char	random[RANDOM_BYTES];

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return -1;
	memcpy(key, KEY_PREFIX, sizeof(KEY_PREFIX));
	write_hex(key + sizeof(KEY_PREFIX) - 1, random, sizeof(random));
	return 0;
}

static void
write_models(struct json_write *w, const char *models)
{
	json_put_key(w, "models");
	json_put_array(w);
	while (*(models += strspn(models, ", ")) != '\0') {
		size_t	 length = strcspn(models, ", ");
		char	*one = strndup(models, length);

		if (one != NULL)
			json_put_string(w, one);
		free(one);
		models += length;
	}
	json_put_end(w);
}

static int
write_entry(struct buf *entry, const char *name, const char *key,
    const char *models)
{
	unsigned char		digest[SHA256_DIGEST_LENGTH];
	char			hash[sizeof("sha256:") + 2 * sizeof(digest)];
	struct json_write	w;

	SHA256((const unsigned char *)key, strlen(key), digest);
	memcpy(hash, "sha256:", sizeof("sha256:"));
	write_hex(hash + strlen(hash), digest, sizeof(digest));
	json_write_start(&w, entry);
	json_put_object(&w);
	json_member_string(&w, "name", name);
	json_member_string(&w, "key", hash);
	if (models != NULL)
		write_models(&w, models);
	json_put_end(&w);
	return json_write_finish(&w);
}

int
new_key_print(const char *name, const char *models)
{
	const char	*refusal = config_key_name_refusal(name);
	char		 key[KEY_SIZE];
	struct buf	 entry;
	int		 result = EXIT_FAILURE;

	if (refusal != NULL) {
		fprintf(stderr, "droid2api.fcgi: the name of a key %s\n",
		    refusal);
		return EXIT_USAGE;
	}
	buf_init(&entry, ENTRY_MAX, NULL);
	if (draw(key) == 0 && write_entry(&entry, name, key, models) == 0) {
		printf("The key, shown this once:\n\n\t%s\n\n"
		    "Its entry in client_keys of the configuration:\n\n\t%s\n",
		    key, entry.at);
		result = EXIT_SUCCESS;
	}
	explicit_bzero(key, sizeof(key));
	buf_release(&entry);
	return result;
}
