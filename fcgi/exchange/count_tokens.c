#include "build.h"

#include <string.h>

#include "count_tokens.h"

#define BYTES_PER_TOKEN	4	/* of ASCII text */
#define IMAGE_TOKENS	1600	/* Anthropic: the most that an image costs */
#define MEDIA_MIN	256	/* shorter `data` is text */
#define BASE64_PER_PDF_TOKEN	25	/* some 2000 tokens a page of 37 KB */

/* Text and punctuation, summed before they are divided. */
struct sum {
	uint64_t	ascii;		/* bytes */
	uint64_t	others;		/* characters that aren't ASCII */
	uint64_t	tokens;		/* known to be so many */
};

static void
add_text(struct sum *sum, const char *at, size_t length)
{
	size_t	i, ascii = 0, leads = 0;

	for (i = 0; i < length; i++) {
		ascii += (at[i] & 0x80) == 0;
		leads += (at[i] & 0xc0) == 0xc0;
	}
	sum->ascii += ascii;
	sum->others += leads;
}

static void
add_media(struct sum *sum, const char *base64, size_t length)
{
	static const char	pdf[] = "JVBERi0";	/* "%PDF-" */

	sum->tokens += IMAGE_TOKENS;
	if (length > sizeof(pdf) && memcmp(base64, pdf, sizeof(pdf) - 1) == 0)
		sum->tokens += length / BASE64_PER_PDF_TOKEN;
}

enum content {
	CONTENT_TEXT,
	CONTENT_MEDIA,
	CONTENT_OPAQUE,
};

static bool
is(const char *at, size_t length, const char *word)
{
	return strlen(word) == length && memcmp(at, word, length) == 0;
}

/* What the value of a member is, by its key. */
static enum content
content_of(const char *key, size_t length)
{
	static const char *const	opaque[] = { "signature",
	    "encrypted_content", "thoughtSignature", "thought_signature",
	    "encrypted_index", "model", "id" };
	size_t				i;

	if (is(key, length, "data"))
		return CONTENT_MEDIA;
	for (i = 0; i < sizeof(opaque) / sizeof(opaque[0]); i++)
		if (is(key, length, opaque[i]))
			return CONTENT_OPAQUE;
	return CONTENT_TEXT;
}

/* The inside of a string token. `before`: the token in front of it, or NULL. */
static void
add_string(struct sum *sum, const char *text, const struct json_token *token,
    const struct json_token *before)
{
	const char	*at = text + token->offset + 1, *comma;
	size_t		 length = token->length - 2;
	enum content	 content = CONTENT_TEXT;

	if (before != NULL && before->kind == JSON_STRING)
		content = content_of(text + before->offset + 1,
		    before->length - 2);
	comma = length > 5 && memcmp(at, "data:", 5) == 0 ?
	    memchr(at, ',', length < 256 ? length : 256) : NULL;
	if (comma != NULL)
		add_media(sum, comma + 1, length - (size_t)(comma + 1 - at));
	else if (content == CONTENT_MEDIA && length > MEDIA_MIN &&
	    memchr(at, ' ', MEDIA_MIN) == NULL)
		add_media(sum, at, length);
	else if (content != CONTENT_OPAQUE)
		add_text(sum, at, length);
	sum->ascii += 2;	/* punctuation around it */
}

int64_t
count_tokens_estimate(const struct json_document *document,
    const char *system_prompt)
{
	const struct json_token	*token;
	struct sum		 sum = { 0, 0, 0 };
	uint32_t		 i;
	uint64_t		 tokens;

	for (i = 0; i < document->count; i++) {
		token = &document->tokens[i];
		if (token->kind == JSON_STRING)
			add_string(&sum, document->text, token, i > 0 ?
			    token - 1 : NULL);
		else if (token->kind == JSON_NUMBER)
			sum.ascii += token->length;
	}
	if (system_prompt != NULL)
		add_text(&sum, system_prompt, strlen(system_prompt));
	tokens = sum.tokens + sum.others + (sum.ascii + BYTES_PER_TOKEN - 1) /
	    BYTES_PER_TOKEN;
	return tokens > 0 ? (int64_t)tokens : 1;
}
