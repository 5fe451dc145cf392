#include "build.h"

#include "config_cases.h"
#include "exchange/candidates.h"

#define ENDPOINTS							\
	"\"endpoint\":["						\
	"{\"name\":\"a\",\"type\":\"anthropic\",\"base_url\":\"http://a/\"},"	\
	"{\"name\":\"b\",\"type\":\"common\",\"base_url\":\"http://b/\"},"	\
	"{\"name\":\"c\",\"type\":\"common\",\"base_url\":\"http://c/\"}]"

#define MODELS								\
	"\"models\":["							\
	"{\"id\":\"m*\",\"upstreams\":["				\
	"{\"endpoint\":\"a\",\"weight\":3},"				\
	"{\"endpoint\":\"b\",\"id\":\"x/m\"},"				\
	"{\"endpoint\":\"c\",\"weight\":0}],"				\
	"\"fallback\":[\"n\",\"gone\"]},"				\
	"{\"id\":\"n\",\"endpoint\":\"c\",\"fallback\":[\"m1\",\"n\"]},"	\
	"{\"id\":\"o\",\"endpoint\":\"b\"}]"

static struct config		*config;
static struct scoreboard	*board;
static struct arena		 arena;
static struct candidates	 all;
static const struct problem	 why = { .kind = PROBLEM_UPSTREAM,
				    .message = "it is down" };
static const char		*lacking;	/* endpoints that can't be asked */

static int
setup(void **state)
{

	(void)state;
	lacking = "";
	config = must_read("{" ENDPOINTS "," MODELS "}");
	board = scoreboard_open(NULL, &problem);
	arena_init(&arena, 1 << 24, NULL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_release(&arena);
	scoreboard_close(board);
	config_release(config);
	return 0;
}

static bool
offers(const void *of, const struct model *upstream)
{
	return strstr(of, upstream->endpoint->name) == NULL;
}

static void
find(const char *id, uint64_t session)
{
	struct session	of = { .hinted = session != 0, .hash = session };

	assert_int_equal(candidates_find(&all, &(struct candidates_wanted){
		.config = config, .model = config_find_model(config, id),
		.id = id, .session = &of, .offers = offers, .of = lacking,
	}, board, &arena), 0);
}

/* It failed, or was not asked: the next. */
static bool
go_on(bool asked, int status, const struct problem *reason)
{
	if (asked)
		candidates_failed(&all, status, reason);
	return candidates_next(&all);
}

static const char *
endpoint(void)
{
	return candidates_current(&all)->model->endpoint->name;
}

static void
one_upstream_is_a_list_of_one(void **state)
{
	(void)state;
	find("o", 1);
	assert_int_equal(all.count, 1);
	assert_string_equal(endpoint(), "b");
	assert_string_equal(candidates_current(&all)->id, "o");
	assert_false(candidates_left(&all));
	assert_false(go_on(true, 529, &why));
	assert_string_equal(candidates_list(&all, &arena), "b:529");
}

static void
each_is_tried_once(void **state)
{
	char	tried[8] = "";
	size_t	i;

	(void)state;
	find("m1", 5);
	assert_int_equal(all.count, 4);		/* a, b, c of m*, c of n */
	for (i = 0; i < 4; i++) {
		strcat(tried, endpoint());
		assert_string_equal(candidates_current(&all)->id,
		    i == 3 ? "n" : *endpoint() == 'b' ? "x/m" : "m1");
		assert_int_equal(candidates_left(&all), i < 3);
		assert_int_equal(go_on(true, 0, &why), i < 3);
	}
	/* Weight 0 comes behind the others, fallbacks come last. */
	assert_true(strcmp(tried, "abcc") == 0 || strcmp(tried, "bacc") == 0);
	assert_non_null(strstr(candidates_list(&all, &arena), "c:failed"));
}

static void
a_session_stays_and_weights_count(void **state)
{
	size_t		heavy = 0;
	uint64_t	session;

	(void)state;
	for (session = 1; session <= 1000; session++) {
		const char	*first;

		find("m1", session * 0x9e3779b97f4a7c15u);
		first = endpoint();
		heavy += *first == 'a';
		find("m1", session * 0x9e3779b97f4a7c15u);
		assert_string_equal(endpoint(), first);
		assert_true(*first != 'c');
	}
	assert_in_range(heavy, 700, 800);
}

static void
others_take_turns(void **state)
{
	size_t	heavy = 0, i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		find("m1", 0);
		heavy += *endpoint() == 'a';
	}
	assert_in_range(heavy, 700, 800);
}

static void
one_that_is_set_aside_comes_last(void **state)
{
	size_t	i;

	(void)state;
	for (i = 0; i < 3; i++) {
		find("m1", 5);
		while (*endpoint() != 'a')
			assert_true(go_on(false, 0, &why));
		candidates_failed(&all, 529, &why);
	}
	for (i = 1; i < 100; i++) {
		find("m1", i);
		assert_string_equal(endpoint(), "b");
	}
}

static void
when_all_are_set_aside_the_soonest_is_tried(void **state)
{
	struct problem	later = { .kind = PROBLEM_RATE };
	int		times;

	(void)state;
	for (times = 0; times < 2; times++) {
		find("m1", 5);
		do {
			later.retry_after_s = *endpoint() == 'b' ? 20 : 40;
		} while (go_on(true, 429, &later));
	}
	find("m1", 5);
	assert_string_equal(endpoint(), "b");
}

/* Nobody asks an upstream twice while one request tries it after a pause. */
static void
what_was_not_asked_did_not_fail(void **state)
{
	size_t	i;

	(void)state;
	for (i = 0; i < 10; i++) {
		find("m1", 5);
		while (go_on(false, 0, &why))
			;
	}
	find("m1", 5);
	assert_int_equal(scoreboard_upstream_away_ms(board,
	    candidates_current(&all)->model->hash), 0);
}

static void
one_that_cannot_be_asked_is_none(void **state)
{
	(void)state;
	lacking = "a c";
	find("m1", 5);
	assert_int_equal(all.count, 1);
	assert_string_equal(endpoint(), "b");
	assert_false(candidates_next(&all));
}

/* Somebody has to be named. */
static void
where_none_can_be_asked_the_first_stands(void **state)
{
	(void)state;
	lacking = "a b c";
	find("m1", 5);
	assert_int_equal(all.count, 1);
	assert_string_equal(endpoint(), "a");
	assert_false(candidates_left(&all));
	assert_string_equal(candidates_list(&all, &arena), "a:failed");
}

static void
what_it_lacks_sets_nobody_aside(void **state)
{
	size_t	i;

	(void)state;
	for (i = 0; i < 10; i++) {
		find("m1", 5);
		do {
			candidates_lacked(&all, 404);
		} while (candidates_next(&all));
		assert_non_null(strstr(candidates_list(&all, &arena), "a:404"));
	}
	find("m1", 5);
	assert_int_equal(scoreboard_upstream_away_ms(board,
	    candidates_current(&all)->model->hash), 0);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test_setup_teardown(one_upstream_is_a_list_of_one,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(each_is_tried_once, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    a_session_stays_and_weights_count, setup, teardown),
		cmocka_unit_test_setup_teardown(others_take_turns, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    one_that_is_set_aside_comes_last, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    when_all_are_set_aside_the_soonest_is_tried, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(what_was_not_asked_did_not_fail,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(
		    one_that_cannot_be_asked_is_none, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    where_none_can_be_asked_the_first_stands, setup, teardown),
		cmocka_unit_test_setup_teardown(what_it_lacks_sets_nobody_aside,
		    setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
