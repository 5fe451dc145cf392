#include "build.h"

#include <sys/random.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "dialects/dialect.h"
#include "session.h"
#include "token.h"

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
	static const char digits[] = "0123456789abcdef";
	size_t i;

	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	for (i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*out++ = '-';
		*out++ = digits[b[i] >> 4];
		*out++ = digits[b[i] & 15];
	}
	*out = '\0';
}

void
uuid_random(char out[37])
{
	static __thread unsigned char drawn[16 * 16];
	static __thread size_t left;

	if (left == 0) {
		if (getrandom(drawn, sizeof(drawn), 0) !=
		    (ssize_t)sizeof(drawn))
			memset(drawn, 0, sizeof(drawn));
		left = sizeof(drawn);
	}
	left -= 16;
	format_uuid(out, drawn + left);
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

/* The first of the list that the client sent; *name says which. */
static const char *
find_hint(const struct client *client, const char *const *names,
    const char **name)
{
	for (; names != NULL && *names != NULL; names++) {
		const char *value = client_header(client, *names);

		if (value != NULL && *value != '\0') {
			*name = *names;
			return value;
		}
	}
	return NULL;
}

/* Any dialect's header counts: clients send theirs whatever they speak. */
static const char *
find_header(const struct client *client, const char **name)
{
	static const char *const ours[] = { "x-session-id", NULL };
	const char *value = find_hint(client, ours, name);
	int kind = DIALECT_KINDS;

	while (value == NULL && kind-- > 0)
		value = find_hint(client, dialect_of((enum dialect_kind)kind)
		    ->session_headers, name);
	return value;
}

void
session_find(struct session *session, const struct client *client,
    const char *name, struct text hint, const char *caller)
{
	const char *value = find_header(client, &name);

	if (value != NULL)
		hint = (struct text){ value, strlen(value) };
	session->hinted = hint.length > 0;
	if (!session->hinted) {
		uuid_random(session->id);
	} else if (is_uuid(hint)) {
		memcpy(session->id, hint.at, 36);
		session->id[36] = '\0';
	} else {
		derive_uuid(session->id, name, hint, caller);
	}
	session->hash = session->hinted ? token_hash(session->id, 36) : 0;
}
