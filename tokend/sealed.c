#include "build.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "secret.h"
#include "sources.h"

#define KEY_BYTES	32
#define IV_MAX		16
#define TAG_BYTES	16

/* Up to `room` bytes from base64 with padding; the count, or -1. */
static int
base64_decode(unsigned char *out, size_t room, const char *text, size_t length)
{
	size_t	padding = 0;
	int	count;

	while (padding < 2 && padding < length &&
	    text[length - padding - 1] == '=')
		padding++;
	if (length == 0 || length % 4 != 0 || length / 4 * 3 > room)
		return -1;
	count = EVP_DecodeBlock(out, (const unsigned char *)text, (int)length);
	return count < (int)padding ? -1 : count - (int)padding;
}

/* The next of three fields; NULL when there is none. */
static const char *
field_next(const char **at, size_t *length)
{
	const char	*field = *at;

	*length = strcspn(field, ": \t\r\n");
	*at += *length;
	if (**at == ':')
		(*at)++;
	return *length == 0 ? NULL : field;
}

static int
decrypt(struct buf *out, const unsigned char *key, const unsigned char *iv,
    int iv_length, unsigned char *tag, const unsigned char *sealed, int length)
{
	EVP_CIPHER_CTX	*context = EVP_CIPHER_CTX_new();
	unsigned char	*text = (unsigned char *)buf_room(out,
			    (size_t)length + 1);
	int		 count = 0, rest = 0, good = 0;

	if (context != NULL && text != NULL &&
	    EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, NULL, NULL) &&
	    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_IVLEN, iv_length,
	    NULL) &&
	    EVP_DecryptInit_ex(context, NULL, NULL, key, iv) &&
	    EVP_DecryptUpdate(context, text, &count, sealed, length) &&
	    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag))
		good = EVP_DecryptFinal_ex(context, text + count, &rest) == 1;
	EVP_CIPHER_CTX_free(context);
	if (!good)
		return -1;
	buf_filled(out, (size_t)count + (size_t)rest);
	return 0;
}

int
sealed_open(struct buf *out, const char *text, const char *key_text,
    struct problem *problem)
{
	unsigned char	 key[48], iv[24], tag[24], *sealed;
	size_t		 length = strcspn(key_text, " \t\r\n");
	const char	*field;
	int		 iv_length, count, result = -1;

	if (base64_decode(key, sizeof(key), key_text, length) != KEY_BYTES)
		return problem_set(problem, PROBLEM_INVALID,
		    "the key of auth.v2.file is not 32 bytes in base64");
	field = field_next(&text, &length);
	iv_length = field == NULL ? -1 :
	    base64_decode(iv, sizeof(iv), field, length);
	field = field_next(&text, &length);
	if (iv_length < 8 || iv_length > IV_MAX || field == NULL ||
	    base64_decode(tag, sizeof(tag), field, length) != TAG_BYTES)
		return problem_set(problem, PROBLEM_INVALID,
		    "auth.v2.file is not iv:tag:text in base64");
	field = field_next(&text, &length);
	sealed = malloc(length + 4);
	count = field == NULL || sealed == NULL ? -1 :
	    base64_decode(sealed, length + 4, field, length);
	if (count >= 0)
		result = decrypt(out, key, iv, iv_length, tag, sealed, count);
	free(sealed);
	explicit_bzero(key, sizeof(key));
	return result == 0 ? 0 : problem_set(problem, PROBLEM_INVALID,
	    "auth.v2.file can't be opened by the key in auth.v2.key");
}
