#include "build.h"

#include <json-c/json.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "json.h"
#include "token.h"

#define FILE_VERSION	1
#define FILE_DEPTH	8

struct tokens *
tokens_new(void)
{
	struct tokens	*tokens = calloc(1, sizeof(*tokens));

	if (tokens != NULL)
		atomic_init(&tokens->references, 1);
	return tokens;
}

struct tokens *
tokens_hold(struct tokens *tokens)
{
	atomic_fetch_add_explicit(&tokens->references, 1,
	    memory_order_relaxed);
	return tokens;
}

static void
release_all(struct account *accounts, size_t count)
{
	struct account	*account;

	for (account = accounts; account < accounts + count; account++) {
		explicit_bzero(account->access_token,
		    strlen(account->access_token));
		free(account->access_token);
		free(account->id);
		free(account->organization_id);
	}
}

void
tokens_release(struct tokens *tokens)
{
	if (tokens == NULL || atomic_fetch_sub(&tokens->references, 1) != 1)
		return;
	release_all(tokens->accounts, tokens->count);
	release_all(tokens->keys, tokens->keys_count);
	free(tokens->lost);
	free(tokens);
}

static int
fill(struct account *account, const char *id, const char *access_token,
    int64_t expires_at, const char *organization_id)
{
	account->id = strdup(id);
	account->access_token = strdup(access_token);
	account->organization_id =
	    organization_id == NULL ? NULL : strdup(organization_id);
	if (account->id == NULL || account->access_token == NULL ||
	    (organization_id != NULL && account->organization_id == NULL)) {
		free(account->id);
		free(account->access_token);
		free(account->organization_id);
		return -1;
	}
	account->expires_at = expires_at;
	account->hash = token_hash(access_token, strlen(access_token));
	return 0;
}

int
tokens_add(struct tokens *tokens, const char *id, const char *access_token,
    int64_t expires_at, const char *organization_id)
{
	if (tokens->count == TOKEN_ACCOUNTS_MAX ||
	    fill(&tokens->accounts[tokens->count], id, access_token,
	    expires_at, organization_id) != 0)
		return -1;
	tokens->count++;
	return 0;
}

int
tokens_add_key(struct tokens *tokens, const char *endpoint,
    const char *access_token, int64_t expires_at)
{
	if (tokens->keys_count == TOKEN_KEYS_MAX ||
	    fill(&tokens->keys[tokens->keys_count], endpoint, access_token,
	    expires_at, NULL) != 0)
		return -1;
	tokens->keys_count++;
	return 0;
}

const struct account *
tokens_key(const struct tokens *tokens, const char *endpoint)
{
	size_t	i;

	for (i = 0; tokens != NULL && i < tokens->keys_count; i++)
		if (strcmp(tokens->keys[i].id, endpoint) == 0)
			return &tokens->keys[i];
	return NULL;
}

uint64_t
token_hash(const char *secret, size_t length)
{
	unsigned char	digest[SHA256_DIGEST_LENGTH];
	uint64_t	hash = 0;
	size_t		i;

	SHA256((const unsigned char *)secret, length, digest);
	for (i = 0; i < sizeof(hash); i++)
		hash = hash << 8 | digest[i];
	return hash == 0 ? 1 : hash;
}

/* ---- writing ---- */

static json_object *
account_write(const struct account *account)
{
	json_object	*object = json_object_new_object();

	json_object_object_add(object, "id",
	    json_object_new_string(account->id));
	json_object_object_add(object, "access_token",
	    json_object_new_string(account->access_token));
	json_object_object_add(object, "expires_at",
	    json_object_new_int64(account->expires_at));
	if (account->organization_id != NULL)
		json_object_object_add(object, "organization_id",
		    json_object_new_string(account->organization_id));
	return object;
}

static json_object *
accounts_write(const struct account *accounts, size_t count)
{
	json_object	*list = json_object_new_array();
	size_t		 i;

	for (i = 0; i < count; i++)
		json_object_array_add(list, account_write(&accounts[i]));
	return list;
}

static json_object *
file_write_tree(const struct tokens *tokens)
{
	json_object	*root = json_object_new_object();

	json_object_object_add(root, "version",
	    json_object_new_int(FILE_VERSION));
	json_object_object_add(root, "generation",
	    json_object_new_int64(tokens->generation));
	json_object_object_add(root, "updated_at",
	    json_object_new_int64(tokens->updated_at));
	if (tokens->pending)
		json_object_object_add(root, "pending",
		    json_object_new_boolean(true));
	if (tokens->keys_pending)
		json_object_object_add(root, "keys_pending",
		    json_object_new_boolean(true));
	if (tokens->lost != NULL)
		json_object_object_add(root, "lost",
		    json_object_new_string(tokens->lost));
	json_object_object_add(root, "accounts",
	    accounts_write(tokens->accounts, tokens->count));
	if (tokens->keys_count > 0)
		json_object_object_add(root, "keys",
		    accounts_write(tokens->keys, tokens->keys_count));
	return root;
}

int
token_write(const char *path, const struct tokens *tokens,
    struct problem *problem)
{
	json_object	*root = file_write_tree(tokens);
	const char	*text;
	size_t		 length;
	int		 result;

	text = json_object_to_json_string_length(root,
	    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length);
	if (text == NULL || length >= TOKEN_FILE_MAX)
		result = problem_set(problem, PROBLEM_SERVER,
		    "the token file would be larger than %d bytes",
		    TOKEN_FILE_MAX);
	else
		result = file_write(path, text, length, 0640, problem);
	json_object_put(root);
	return result;
}

/* ---- reading ---- */

static const char *
string_of(json_object *object, const char *key)
{
	json_object	*value;

	if (!json_object_object_get_ex(object, key, &value) ||
	    !json_object_is_type(value, json_type_string) ||
	    strlen(json_object_get_string(value)) !=
	    (size_t)json_object_get_string_len(value))
		return NULL;
	return json_object_get_string(value);
}

static int64_t
number_of(json_object *object, const char *key)
{
	json_object	*value;

	if (!json_object_object_get_ex(object, key, &value) ||
	    !json_object_is_type(value, json_type_int))
		return -1;
	return json_object_get_int64(value);
}

/* A token goes into a header line: visible ASCII only. */
static bool
token_valid(const char *token)
{
	const char	*at;

	for (at = token; *at > ' ' && *at < 127; at++)
		continue;
	return at > token && *at == '\0';
}

/* An element of `list`, which is "accounts" or "keys". */
static int
account_read(struct tokens *tokens, const char *list, json_object *object,
    struct problem *problem)
{
	bool		 is_key = strcmp(list, "keys") == 0;
	size_t		 index = is_key ? tokens->keys_count : tokens->count;
	const char	*id, *access_token;
	int64_t		 expires_at;

	if (!json_object_is_type(object, json_type_object))
		return problem_set(problem, PROBLEM_SERVER,
		    "%s[%zu] is not an object", list, index);
	id = string_of(object, "id");
	access_token = string_of(object, "access_token");
	expires_at = number_of(object, "expires_at");
	if (id == NULL || *id == '\0' || access_token == NULL ||
	    !token_valid(access_token) || expires_at < 0)
		return problem_set(problem, PROBLEM_SERVER,
		    "%s[%zu] lacks id, access_token or expires_at", list,
		    index);
	if ((is_key ? tokens_add_key(tokens, id, access_token, expires_at) :
	    tokens_add(tokens, id, access_token, expires_at,
	    string_of(object, "organization_id"))) != 0)
		return problem_set(problem, PROBLEM_SERVER,
		    "no memory, or more than %d %s", is_key ? TOKEN_KEYS_MAX :
		    TOKEN_ACCOUNTS_MAX, list);
	return 0;
}

static int
accounts_read(struct tokens *tokens, const char *name, json_object *list,
    struct problem *problem)
{
	size_t	i;

	for (i = 0; i < json_object_array_length(list); i++)
		if (account_read(tokens, name, json_object_array_get_idx(list,
		    i), problem) != 0)
			return -1;
	return 0;
}

static bool
true_of(json_object *object, const char *key)
{
	json_object	*value;

	return json_object_object_get_ex(object, key, &value) &&
	    json_object_get_boolean(value);
}

static int
file_read_tree(struct tokens *tokens, json_object *root,
    struct problem *problem)
{
	json_object	*accounts, *keys;
	const char	*lost;

	if (!json_object_is_type(root, json_type_object))
		return problem_set(problem, PROBLEM_SERVER,
		    "it is not a JSON object");
	if (number_of(root, "version") != FILE_VERSION)
		return problem_set(problem, PROBLEM_SERVER,
		    "its version is not %d", FILE_VERSION);
	tokens->generation = number_of(root, "generation");
	tokens->updated_at = number_of(root, "updated_at");
	if (tokens->generation < 0 || tokens->updated_at < 0 ||
	    !json_object_object_get_ex(root, "accounts", &accounts) ||
	    !json_object_is_type(accounts, json_type_array))
		return problem_set(problem, PROBLEM_SERVER,
		    "it lacks generation, updated_at or accounts");
	tokens->pending = true_of(root, "pending");
	tokens->keys_pending = true_of(root, "keys_pending");
	lost = string_of(root, "lost");
	tokens->lost = lost != NULL ? strdup(lost) : NULL;
	if (accounts_read(tokens, "accounts", accounts, problem) != 0)
		return -1;
	if (!json_object_object_get_ex(root, "keys", &keys))
		return 0;
	if (!json_object_is_type(keys, json_type_array))
		return problem_set(problem, PROBLEM_SERVER,
		    "its keys are no list");
	return accounts_read(tokens, "keys", keys, problem);
}

static bool
is_json(const char *text, size_t length)
{
	static const struct json_limits	limits = {
		.depth_max = FILE_DEPTH,
		.record_depth = 1,
	};
	struct json_document		document;
	bool				valid;

	json_init(&document, NULL);
	valid = json_scan(&document, text, length, &limits) == 0;
	json_release(&document);
	return valid;
}

/*
 * The whole text as one value, or NULL. json-c takes more than JSON, and where
 * it is told to be strict 0.18 refuses whatever isn't ASCII: ours looks first.
 */
static json_object *
text_read(const char *text, size_t length)
{
	struct json_tokener	*tokener;
	json_object		*root;

	if (length > TOKEN_FILE_MAX || !is_json(text, length))
		return NULL;
	tokener = json_tokener_new_ex(FILE_DEPTH + 1);
	if (tokener == NULL)
		return NULL;
	root = json_tokener_parse_ex(tokener, text, (int)length);
	json_tokener_free(tokener);
	return root;
}

struct tokens *
token_parse(const char *text, size_t length, struct problem *problem)
{
	struct tokens	*tokens;
	json_object	*root;

	root = text_read(text, length);
	if (root == NULL) {
		problem_set(problem, PROBLEM_SERVER, "it is not JSON");
		return NULL;
	}
	tokens = tokens_new();
	if (tokens == NULL)
		problem_set(problem, PROBLEM_SERVER, "no memory");
	else if (file_read_tree(tokens, root, problem) != 0) {
		tokens_release(tokens);
		tokens = NULL;
	}
	json_object_put(root);
	return tokens;
}
