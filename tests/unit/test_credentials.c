#include "build.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../scenarios/problem_word.h"
#include "exchange/credentials.h"

static struct secret factory[] = {
	{ "fk-one", 6, 11 }, { "fk-two", 6, 12 }, { "fk-three", 8, 13 },
};
static struct secret own[] = { { "sk-endpoint", 11, 21 } };
static struct endpoint factory_endpoint = {
	.name = "anthropic", .profile = PROFILE_FACTORY, .auth = AUTH_BEARER,
};
static struct endpoint plain_endpoint = {
	.name = "llama", .profile = PROFILE_PLAIN, .auth = AUTH_BEARER,
};
static struct gateway gateway;
static struct arena arena;
static struct credentials all;
static const struct session random_session = { .hinted = false };
static struct caller admitted = { .credential = "sk-client",
    .admitted = true };
static struct caller stranger = { .credential = "sk-client",
    .refusal = { .kind = PROBLEM_FORBIDDEN } };

static int
open_scoreboard(void **state)
{
	struct problem problem;

	(void)state;
	gateway.scoreboard = scoreboard_open(NULL, &problem);
	arena_init(&arena, 1 << 20, NULL);
	credentials_init(&all, &gateway, &arena);
	return gateway.scoreboard == NULL;
}

static int
close_scoreboard(void **state)
{
	(void)state;
	scoreboard_close(gateway.scoreboard);
	arena_release(&arena);
	return 0;
}

static struct tokens *
two_accounts(void)
{
	struct tokens *tokens = tokens_new();

	assert_int_equal(tokens_add(tokens, "ann", "eyAnn", 0, NULL), 0);
	assert_int_equal(tokens_add(tokens, "bob", "eyBob", 0, "org"), 0);
	return tokens;
}

static const char *
chosen(const struct config *config, const struct endpoint *endpoint,
    const struct tokens *tokens, const struct caller *caller)
{
	struct problem problem;

	problem_clear(&problem);
	if (credentials_choose(&all, config, endpoint, tokens, caller,
	    &random_session, &problem) == -1)
		return problem_word(problem.kind);
	return credentials_current(&all)->secret;
}

static void
test_precedence(void **state)
{
	struct config none = { 0 };
	struct config keyed = { .factory_keys = factory,
	    .factory_keys_count = 1 };
	struct endpoint with_key = plain_endpoint, open = plain_endpoint;
	const struct client_key key = { .name = "gate" };
	struct caller gate_key = { .credential = "gate", .key = &key,
	    .admitted = true };
	struct tokens *tokens = two_accounts();

	(void)state;
	assert_string_equal(chosen(&keyed, &factory_endpoint, tokens,
	    &admitted), "fk-one");
	assert_string_equal(chosen(&none, &factory_endpoint, tokens,
	    &admitted), "eyAnn");
	assert_string_equal(chosen(&none, &factory_endpoint, NULL,
	    &admitted), "sk-client");
	assert_false(credentials_server_side(&all));
	assert_string_equal(chosen(&keyed, &plain_endpoint, tokens,
	    &admitted), "sk-client");
	with_key.keys = own;
	with_key.keys_count = 1;
	assert_string_equal(chosen(&keyed, &with_key, tokens,
	    &admitted), "sk-endpoint");
	assert_true(credentials_server_side(&all));
	open.auth = AUTH_NONE;
	assert_string_equal(chosen(&keyed, &open, tokens, &admitted),
	    "");
	assert_string_equal(chosen(&none, &factory_endpoint, NULL,
	    &gate_key), problem_word(PROBLEM_UNAUTHORIZED));
	tokens_release(tokens);
}

/* What a command printed is its endpoint's, which takes nothing else. */
static void
test_printed(void **state)
{
	static const char *program[] = { "program" };
	struct config keyed = { .factory_keys = factory,
	    .factory_keys_count = 1 };
	struct endpoint printed = plain_endpoint;
	struct endpoint as_factory = factory_endpoint;
	const char *none = problem_word(PROBLEM_UNAUTHORIZED);
	struct tokens *tokens = two_accounts();

	(void)state;
	printed.key_command = as_factory.key_command =
	    (struct strings){ program, 1 };
	assert_string_equal(chosen(&keyed, &printed, NULL, &admitted), none);
	assert_string_equal(chosen(&keyed, &printed, tokens, &admitted), none);
	assert_string_equal(chosen(&keyed, &as_factory, tokens, &admitted),
	    none);
	assert_int_equal(tokens_add_key(tokens, "other", "ya-other", 0), 0);
	assert_int_equal(tokens_add_key(tokens, "llama", "ya-llama", 0), 0);
	assert_string_equal(chosen(&keyed, &printed, tokens, &admitted),
	    "ya-llama");
	assert_true(credentials_server_side(&all));
	assert_string_equal(credentials_current(&all)->account, "llama");
	assert_string_equal(chosen(&keyed, &as_factory, tokens, &admitted),
	    none);
	assert_string_equal(chosen(&keyed, &printed, tokens, &stranger),
	    problem_word(PROBLEM_FORBIDDEN));
	keyed.factory_keys_count = 0;
	assert_string_equal(chosen(&keyed, &factory_endpoint, tokens,
	    &admitted), "eyAnn");
	tokens_release(tokens);
}

static void
test_stranger(void **state)
{
	struct config none = { 0 };
	struct config keyed = { .factory_keys = factory,
	    .factory_keys_count = 1 };
	struct endpoint open = plain_endpoint;
	const char *forbidden = problem_word(PROBLEM_FORBIDDEN);

	(void)state;
	open.auth = AUTH_NONE;
	assert_string_equal(chosen(&keyed, &factory_endpoint, NULL,
	    &stranger), forbidden);
	assert_string_equal(chosen(&none, &open, NULL, &stranger),
	    forbidden);
	assert_string_equal(chosen(&none, &plain_endpoint, NULL,
	    &stranger), "sk-client");
}

static char token_file[] = "/tmp/test_credentials.XXXXXX";

static void
publish(int64_t generation, const char *token)
{
	struct tokens *tokens = tokens_new();
	struct problem problem;

	tokens->generation = generation;
	tokens->updated_at = time(NULL);
	tokens->pending = token == NULL;
	if (token != NULL)
		(void)tokens_add(tokens, "ann", token, 0, NULL);
	assert_int_equal(token_write(token_file, tokens, &problem), 0);
	tokens_release(tokens);
}

static void *
publish_late(void *unused)
{
	const struct timespec pause = { .tv_nsec = 200 * 1000000L };

	nanosleep(&pause, NULL);
	publish(2, "eyAnn");
	return unused;
}

static size_t
found(const struct config *config, const struct endpoint *endpoint,
    const struct caller *caller)
{
	struct tokens *tokens = credentials_find_tokens(&gateway, config,
	    endpoint, caller);
	size_t count = tokens != NULL ? tokens->count : 0;

	tokens_release(tokens);
	return count;
}

/* A first token that is on its way is waited for, by those who may use it. */
static void
test_pending(void **state)
{
	struct config none = { 0 };
	struct config keyed = { .factory_keys = factory,
	    .factory_keys_count = 1 };
	pthread_t thread;

	(void)state;
	close(mkstemp(token_file));
	publish(1, NULL);
	gateway.tokens = token_reader_new(token_file);
	assert_int_equal(found(&none, &factory_endpoint, &stranger), 0);
	pthread_create(&thread, NULL, publish_late, NULL);
	assert_int_equal(found(&none, &plain_endpoint, &admitted), 0);
	assert_int_equal(found(&keyed, &factory_endpoint, &admitted), 0);
	assert_int_equal(found(&none, &factory_endpoint, &admitted), 1);
	pthread_join(thread, NULL);
	token_reader_free(gateway.tokens);
	gateway.tokens = NULL;
	unlink(token_file);
}

static void
test_turns(void **state)
{
	struct config keyed = { .factory_keys = factory,
	    .factory_keys_count = 3 };
	struct session talk = { .hinted = true, .hash = 7 };
	struct problem problem;
	int i, seen[3] = { 0 };

	(void)state;
	for (i = 0; i < 9; i++) {
		chosen(&keyed, &factory_endpoint, NULL, &admitted);
		seen[all.current]++;
	}
	assert_int_equal(seen[0], 3);
	assert_int_equal(seen[1], 3);
	for (i = 0; i < 3; i++) {
		assert_int_equal(credentials_choose(&all, &keyed,
		    &factory_endpoint, NULL, &admitted, &talk, &problem), 0);
		assert_int_equal(all.current, 7 % 3);
	}
}

static void
test_next(void **state)
{
	struct config keyed = { .factory_keys = factory,
	    .factory_keys_count = 3 };
	struct session talk = { .hinted = true, .hash = 0 };
	struct problem problem;

	(void)state;
	credentials_choose(&all, &keyed, &factory_endpoint, NULL, &admitted,
	    &talk, &problem);
	assert_int_equal(all.current, 0);
	assert_false(credentials_next(&all, 400, 0));
	assert_false(credentials_next(&all, 403, 0));
	assert_false(credentials_next(&all, 500, 0));
	assert_true(credentials_next(&all, 429, 100));
	assert_int_equal(all.current, 1);
	assert_true(credentials_next(&all, 402, 0));
	assert_int_equal(all.current, 2);
	assert_false(credentials_next(&all, 401, 0));

	/* The limited one waits the least: 100 s against 300 and 900. */
	credentials_choose(&all, &keyed, &factory_endpoint, NULL, &admitted,
	    &talk, &problem);
	assert_int_equal(all.current, 0);
}

static void
test_lone(void **state)
{
	struct config keyed = { .factory_keys = factory,
	    .factory_keys_count = 1 };

	(void)state;
	chosen(&keyed, &factory_endpoint, NULL, &admitted);
	assert_false(credentials_next(&all, 429, 100));
	assert_int_equal(scoreboard_cooling(gateway.scoreboard, 11), 0);
}

static void
test_no_room(void **state)
{
	struct secret many[CREDENTIALS_MAX + 1] = { { "fk", 2, 1 } };
	struct config keyed = { .factory_keys = many,
	    .factory_keys_count = CREDENTIALS_MAX + 1 };

	(void)state;
	assert_string_equal(chosen(&keyed, &factory_endpoint, NULL, &admitted),
	    "fk");
	assert_int_equal(all.count, CREDENTIALS_MAX);
	arena.max = arena.used;
	assert_string_equal(chosen(&keyed, &factory_endpoint, NULL, &admitted),
	    problem_word(PROBLEM_OVERLOADED));
	assert_int_equal(all.count, 0);
	assert_false(credentials_next(&all, 401, 0));
	assert_true(credentials_server_side(&all));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_precedence,
		    open_scoreboard, close_scoreboard),
		cmocka_unit_test_setup_teardown(test_printed,
		    open_scoreboard, close_scoreboard),
		cmocka_unit_test_setup_teardown(test_stranger,
		    open_scoreboard, close_scoreboard),
		cmocka_unit_test_setup_teardown(test_pending,
		    open_scoreboard, close_scoreboard),
		cmocka_unit_test_setup_teardown(test_turns, open_scoreboard,
		    close_scoreboard),
		cmocka_unit_test_setup_teardown(test_next, open_scoreboard,
		    close_scoreboard),
		cmocka_unit_test_setup_teardown(test_lone, open_scoreboard,
		    close_scoreboard),
		cmocka_unit_test_setup_teardown(test_no_room, open_scoreboard,
		    close_scoreboard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
