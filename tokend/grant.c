#include "build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "encoding.h"
#include "grant.h"
#include "json.h"
#include "secret.h"

void
grant_release(struct grant *grant)
{
	secret_free(grant->access_token);
	secret_free(grant->refresh_token);
	free(grant->user_id);
	free(grant->email);
	free(grant->name);
	free(grant->organization_id);
	free(grant->factory_organization_id);
	memset(grant, 0, sizeof(*grant));
}

/* ---- JWT ---- */

static void
claims_read(struct grant *grant, struct json_value claims)
{
	int64_t	expires, issued;

	if (json_int64(json_get(claims, "exp"), &expires) == 0 && expires > 0) {
		grant->expires_at = expires;
		if (json_int64(json_get(claims, "iat"), &issued) == 0 &&
		    issued > 0 && issued < expires) {
			grant->lifetime_s = expires - issued;
			grant->issued_at = issued;
		}
	}
	if (grant->user_id == NULL)
		grant->user_id = secret_read(claims, "sub");
	if (grant->email == NULL)
		grant->email = secret_read(claims, "email");
	grant->factory_organization_id = secret_read(claims,
	    "external_org_id");
	if (grant->organization_id == NULL)
		grant->organization_id = secret_read(claims, "org_id");
}

void
grant_read_jwt(struct grant *grant, const char *token)
{
	struct json_document	document;
	const char		*payload = strchr(token, '.'), *end;
	char			*text;
	ssize_t			 length;

	end = payload == NULL ? NULL : strchr(payload + 1, '.');
	if (end == NULL)
		return;
	payload++;
	text = malloc((size_t)(end - payload) + 2);
	if (text == NULL)
		return;
	length = base64url_decode(text, payload, (size_t)(end - payload));
	json_init(&document, NULL);
	if (length > 0 && json_scan(&document, text, (size_t)length, NULL) == 0)
		claims_read(grant, json_root(&document));
	json_release(&document);
	free(text);
}

/* ---- answers ---- */

static void
user_read(struct grant *grant, struct json_value user)
{
	char	*first = secret_read(user, "first_name");
	char	*last = secret_read(user, "last_name");
	size_t	 length;

	grant->user_id = secret_read(user, "id");
	grant->email = secret_read(user, "email");
	length = (first != NULL ? strlen(first) : 0) +
	    (last != NULL ? strlen(last) : 0) + 2;
	if (first != NULL || last != NULL)
		grant->name = malloc(length);
	if (grant->name != NULL)
		snprintf(grant->name, length, "%s%s%s",
		    first != NULL ? first : "",
		    first != NULL && last != NULL ? " " : "",
		    last != NULL ? last : "");
	free(first);
	free(last);
}

/* What the JWT did not tell. */
static void
expiry_read(struct grant *grant, struct json_value answer, int64_t now)
{
	int64_t	number;

	if (json_int64(json_get(answer, "expires_in"), &number) == 0 &&
	    number > 0 && number < INT32_MAX) {
		if (grant->lifetime_s == 0)
			grant->lifetime_s = number;
		if (grant->expires_at == 0)
			grant->expires_at = now + number;
	}
	if (json_int64(json_get(answer, "expires_at"), &number) == 0 &&
	    number > 0 && grant->expires_at == 0)
		/* Some say it in milliseconds. */
		grant->expires_at = number > 100000000000 ? number / 1000 :
		    number;
	if (grant->expires_at == 0)
		grant->expires_at = now + GRANT_LIFETIME_S;
	if (grant->lifetime_s == 0)
		grant->lifetime_s = grant->expires_at > now ?
		    grant->expires_at - now : GRANT_LIFETIME_S;
}

static int
answer_read(struct grant *grant, struct json_value answer, int64_t now,
    struct problem *problem)
{
	if (!json_is(answer, JSON_OBJECT))
		return problem_set(problem, PROBLEM_UPSTREAM,
		    "the answer is not a JSON object");
	grant->access_token = secret_read_token(answer, "access_token");
	if (grant->access_token == NULL)
		return problem_set(problem, PROBLEM_UPSTREAM,
		    "the answer has no usable access_token");
	grant->refresh_token = secret_read_token(answer, "refresh_token");
	if (grant->refresh_token == NULL &&
	    json_escaped(json_get(answer, "refresh_token")).length > 0)
		return problem_set(problem, PROBLEM_UPSTREAM,
		    "the answer's refresh_token is unusable");
	user_read(grant, json_get(answer, "user"));
	grant->organization_id = secret_read(answer, "organization_id");
	grant_read_jwt(grant, grant->access_token);
	expiry_read(grant, answer, now);
	return 0;
}

int
grant_read(struct grant *grant, const char *text, size_t length, int64_t now,
    struct problem *problem)
{
	struct json_document	document;
	int			result;

	memset(grant, 0, sizeof(*grant));
	json_init(&document, NULL);
	if (json_scan(&document, text, length, NULL) != 0)
		result = problem_set(problem, PROBLEM_UPSTREAM,
		    "the answer is not JSON");
	else
		result = answer_read(grant, json_root(&document), now, problem);
	json_release(&document);
	if (result != 0)
		grant_release(grant);
	return result;
}

/* ---- errors ---- */

/* RFC 6749 section 5.2, then WorkOS's own authentication errors. */
static const char *const	refusals[] = {
	"invalid_request", "invalid_client", "invalid_grant",
	"unauthorized_client", "unsupported_grant_type", "invalid_scope",
	"email_verification_required", "mfa_challenge", "mfa_enrollment",
	"organization_authentication_methods_required",
	"organization_selection_required", "sso_required",
};
static const char *const	poll_answers[] = {
	"authorization_pending", "slow_down", "access_denied", "expired_token",
};

static bool
is_one_of(const char *word, const char *const *words, size_t count)
{
	size_t	i;

	for (i = 0; i < count; i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

bool
grant_error_refuses(const struct grant_error *error)
{
	return is_one_of(error->word, refusals,
	    sizeof(refusals) / sizeof(*refusals));
}

bool
grant_error_answers_poll(const struct grant_error *error)
{
	return grant_error_refuses(error) || is_one_of(error->word,
	    poll_answers, sizeof(poll_answers) / sizeof(*poll_answers));
}

bool
grant_error_of_client(const struct grant_error *error)
{
	return strcmp(error->word, "invalid_client") == 0 ||
	    strcmp(error->word, "unauthorized_client") == 0;
}

bool
grant_error_spent(const struct grant_error *error)
{
	return strcmp(error->word, "invalid_grant") == 0 &&
	    strcasestr(error->description, "already exchanged") != NULL;
}

static int
word_copy(char *out, size_t room, const char *word)
{
	size_t	length = strspn(word, "abcdefghijklmnopqrstuvwxyz_");

	if (length == 0 || length >= room || word[length] != '\0')
		return -1;
	memcpy(out, word, length + 1);
	return 0;
}

int
grant_error_read(struct grant_error *error, const char *text, size_t length)
{
	struct json_document	 document;
	char			*word = NULL, *description = NULL;
	int			 result = -1;

	memset(error, 0, sizeof(*error));
	json_init(&document, NULL);
	if (json_scan(&document, text, length, NULL) == 0) {
		word = secret_read(json_root(&document), "error");
		if (word == NULL)
			word = secret_read(json_root(&document), "code");
		description = secret_read(json_root(&document),
		    "error_description");
		if (description == NULL)
			description = secret_read(json_root(&document),
			    "message");
	}
	json_release(&document);
	if (word != NULL)
		result = word_copy(error->word, sizeof(error->word), word);
	if (description != NULL)
		snprintf(error->description, sizeof(error->description), "%s",
		    description);
	free(word);
	free(description);
	return result;
}
