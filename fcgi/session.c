#include "build.h"

#include <sys/random.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "session.h"
#include "token.h"

static const char *const hint_headers[] = {
	"x-session-id", "x-claude-code-session-id", "session-id", "thread-id",
};

static bool
is_uuid(struct text text)
{
	size_t i;

	if (text.length != 36)
		return false;
	for (i = 0; i < 36; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23
		    ? text.at[i] != '-' : !isxdigit((unsigned char)text.at[i]))
			return false;
	return true;
}

/* 16 bytes as a UUID of version 4. */
static void
format_uuid(char out[37], unsigned char b[16])
{
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	snprintf(out, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
	    "%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3], b[4], b[5],
	    b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

void
uuid_random(char out[37])
{
	unsigned char bytes[16];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		memset(bytes, 0, sizeof(bytes));
	format_uuid(out, bytes);
}

static void
derive_uuid(char out[37], const char *name, struct text value,
    const char *caller)
{
	unsigned char digest[EVP_MAX_MD_SIZE] = { 0 };
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	if (context == NULL ||
	    EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1 ||
	    EVP_DigestUpdate(context, name, strlen(name) + 1) != 1 ||
	    EVP_DigestUpdate(context, value.at, value.length) != 1 ||
	    EVP_DigestUpdate(context, "", 1) != 1 ||
	    EVP_DigestUpdate(context, caller, strlen(caller)) != 1 ||
	    EVP_DigestFinal_ex(context, digest, NULL) != 1) {
		EVP_MD_CTX_free(context);
		uuid_random(out);
		return;
	}
	EVP_MD_CTX_free(context);
	format_uuid(out, digest);
}

void
session_find(struct session *session, const struct client *client,
    const char *name, struct text hint, const char *caller)
{
	size_t i;

	for (i = 0; i < sizeof(hint_headers) / sizeof(hint_headers[0]); i++) {
		const char *value = client_header(client, hint_headers[i]);

		if (value != NULL && *value != '\0') {
			name = hint_headers[i];
			hint.at = value;
			hint.length = strlen(value);
			break;
		}
	}
	session->hinted = hint.length > 0;
	if (!session->hinted) {
		uuid_random(session->id);
	} else if (is_uuid(hint)) {
		memcpy(session->id, hint.at, 36);
		session->id[36] = '\0';
	} else {
		derive_uuid(session->id, name, hint, caller);
	}
	session->hash = token_hash(session->id, 36);
}
