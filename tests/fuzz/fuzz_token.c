#include "build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "fuzz.h"
#include "grant.h"
#include "proxies.h"
#include "secret.h"
#include "sources.h"
#include "token.h"
#include "useragent.h"

/*
 * What tokend and the responders read from files and from WorkOS. The first
 * byte chooses the parser.
 */

static char	folder[] = "/dev/shm/fuzz_token-XXXXXX";
static char	path[sizeof(folder) + 16];

static void
remove_folder(void)
{
	unlink(path);
	rmdir(folder);
}

/* What was accepted is the same when it was written and read once more. */
static void
write_back(const struct tokens *tokens)
{
	struct problem	 problem;
	struct tokens	*again;
	struct buf	 text;
	size_t		 i;

	if (path[0] == '\0') {
		FUZZ_ASSERT(mkdtemp(folder) != NULL);
		snprintf(path, sizeof(path), "%s/token.json", folder);
		atexit(remove_folder);
	}
	FUZZ_ASSERT(token_write(path, tokens, &problem) == 0);
	buf_init(&text, TOKEN_FILE_MAX, NULL);
	FUZZ_ASSERT(file_read(path, &text, &problem) == 0);
	again = token_parse(text.at, text.length, &problem);
	FUZZ_ASSERT(again != NULL && again->count == tokens->count &&
	    again->generation == tokens->generation &&
	    again->pending == tokens->pending);
	for (i = 0; i < again->count; i++)
		FUZZ_ASSERT(again->accounts[i].hash ==
		    tokens->accounts[i].hash && strcmp(again->accounts[i].id,
		    tokens->accounts[i].id) == 0);
	FUZZ_ASSERT(again->keys_count == tokens->keys_count);
	for (i = 0; i < again->keys_count; i++)
		FUZZ_ASSERT(tokens_key(again, tokens->keys[i].id) != NULL);
	tokens_release(again);
	buf_release(&text);
}

/* Whatever is accepted can go into a header. */
static void
read_token_file(const char *text, size_t length)
{
	struct problem	 problem;
	struct tokens	*tokens = token_parse(text, length, &problem);
	size_t		 i;

	for (i = 0; tokens != NULL && i < tokens->count; i++) {
		FUZZ_ASSERT(secret_is_token(tokens->accounts[i].access_token));
		FUZZ_ASSERT(tokens->accounts[i].id[0] != '\0');
		FUZZ_ASSERT(tokens->accounts[i].expires_at >= 0);
	}
	if (tokens != NULL)
		write_back(tokens);
	tokens_release(tokens);
}

static void
read_grant(const char *text, size_t length)
{
	struct grant_error	error;
	struct problem		problem;
	struct grant		grant;

	if (grant_read(&grant, text, length, 1760000000, &problem) == 0) {
		FUZZ_ASSERT(secret_is_token(grant.access_token));
		FUZZ_ASSERT(grant.refresh_token == NULL ||
		    secret_is_token(grant.refresh_token));
		FUZZ_ASSERT(grant.lifetime_s > 0);
		grant_release(&grant);
	}
	if (grant_error_read(&error, text, length) == 0) {
		FUZZ_ASSERT(strspn(error.word, "abcdefghijklmnopqrstuvwxyz_") ==
		    strlen(error.word));
		FUZZ_ASSERT(grant_error_answers_poll(&error) ||
		    !grant_error_refuses(&error));
		FUZZ_ASSERT(grant_error_refuses(&error) ||
		    !grant_error_spent(&error));
	}
}

static void
read_jwt(const char *text)
{
	struct grant	grant = { .access_token = NULL };

	grant_read_jwt(&grant, text);
	grant_release(&grant);
}

static void
read_sealed(const char *text)
{
	struct problem	problem;
	struct buf	out;

	buf_init(&out, 65536, NULL);
	sealed_open(&out, text, "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=",
	    &problem);
	sealed_open(&out, "AAAA:AAAA:AAAA", text, &problem);
	buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char	*text;

	if (size == 0)
		return 0;
	text = strndup((const char *)bytes + 1, size - 1);
	if (text == NULL)
		return 0;
	switch (bytes[0] % 5) {
	case 0:
		read_token_file((const char *)bytes + 1, size - 1);
		break;
	case 1:
		read_grant((const char *)bytes + 1, size - 1);
		break;
	case 2:
		read_jwt(text);
		break;
	case 3:
		read_sealed(text);
		break;
	case 4:
		proxy_refusal(text);
		useragent_valid(text, strlen(text));
		break;
	}
	free(text);
	return 0;
}
