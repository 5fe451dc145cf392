#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dialects/dialects.h"
#include "fake_client.h"
#include "relay/answer.h"

/* What the answer's ending saw. */
static struct {
	int	 calls;
	bool	 failed;
	size_t	 more, sent;	/* bytes that had left by then */
} seen;

static struct fake_client	fake;
static struct arena		arena;

static void
note_ending(void *of, bool failed, size_t more)
{
	assert_ptr_equal(of, &fake);
	seen.calls++;
	seen.failed = failed;
	seen.more = more;
	seen.sent = fake.answer.length;
}

static struct answer
start(void)
{
	static const char	*params[] = { "REQUEST_METHOD=POST",
				    "REQUEST_URI=/v1/messages", NULL };
	struct answer		 answer;

	memset(&seen, 0, sizeof(seen));
	arena_init(&arena, 1 << 20, NULL);
	fake_client_open(&fake, params);
	answer_init(&answer, &fake.client, &arena, "req_1");
	answer.dialect = dialect_of(DIALECT_MESSAGES);
	answer.ending = note_ending;
	answer.ending_of = &fake;
	return answer;
}

static void
finish(void)
{
	fake_client_close(&fake);
	arena_release(&arena);
}

static void
a_whole_answer_ends_before_it_begins(void **state)
{
	struct answer	answer = start();

	(void)state;
	assert_int_equal(answer_body(&answer, 201, "text/plain",
	    (struct text){ "words", 5 }), 0);
	assert_int_equal(seen.calls, 1);
	assert_int_equal(seen.sent, 0);
	assert_int_equal(seen.more, 5);
	assert_false(seen.failed);
	assert_int_equal(answer.status, 201);
	finish();
}

static void
a_problem_is_a_failure(void **state)
{
	struct answer	answer = start();
	struct problem	problem;

	(void)state;
	problem_set(&problem, PROBLEM_RATE, "too many");
	assert_int_equal(answer_fail(&answer, &problem), 0);
	assert_int_equal(seen.calls, 1);
	assert_int_equal(seen.sent, 0);
	assert_true(seen.failed);
	assert_int_equal(answer.status, 429);
	finish();
}

static void
a_stream_ends_before_its_last_bytes(void **state)
{
	struct answer	answer = start();
	size_t		before;

	(void)state;
	assert_int_equal(answer_start(&answer, NULL, false), 0);
	assert_int_equal(answer_write(&answer, (struct text){ "one", 3 }), 0);
	assert_int_equal(seen.calls, 0);
	before = fake.answer.length;
	answer_ending(&answer, 3);
	assert_int_equal(answer_write(&answer, (struct text){ "two", 3 }), 0);
	assert_int_equal(answer_finish(&answer), 0);
	assert_int_equal(seen.calls, 1);
	assert_int_equal(seen.sent, before);
	assert_int_equal(seen.more, 3);
	finish();
}

static void
a_stream_that_fails_ends_before_it_says_so(void **state)
{
	struct answer	answer = start();
	struct problem	problem;
	size_t		before;

	(void)state;
	assert_int_equal(answer_start(&answer, NULL, false), 0);
	before = fake.answer.length;
	problem_set(&problem, PROBLEM_UPSTREAM, "cut");
	assert_int_equal(answer_fail(&answer, &problem), 0);
	assert_int_equal(seen.calls, 1);
	assert_int_equal(seen.sent, before);
	assert_int_equal(seen.more, fake.answer.length - before);
	assert_true(seen.failed);
	finish();
}

static void
progress_is_counted(void **state)
{
	struct answer		answer = start();
	atomic_uint_least64_t	progress = 0;

	(void)state;
	answer.progress = &progress;
	answer_start(&answer, NULL, false);
	answer_write(&answer, (struct text){ "three", 5 });
	answer_write(&answer, (struct text){ "three", 5 });
	assert_int_equal(progress, 10);
	finish();
}

/* As if the upstream that was dropped had said nothing. */
static void
what_was_held_leaves_no_trace(void **state)
{
	struct answer	answer = start();

	(void)state;
	answer_hold(&answer);
	assert_int_equal(answer_start(&answer, NULL, false), 0);
	assert_int_equal(answer_write(&answer, (struct text){ "one", 3 }), 0);
	answer.watch.sequence = 5;
	answer.watch.ended = true;
	assert_int_equal(answer_keep_alive(&answer), 0);
	assert_int_equal(fake.answer.length, 0);
	answer_drop(&answer);
	assert_int_equal(answer.state, ANSWER_NOTHING);
	assert_int_equal(answer.watch.sequence, -1);
	assert_false(answer.watch.ended);
	finish();
}

/* The head leaves and a sign of life, what the upstream said does not. */
static void
a_held_stream_may_begin_early(void **state)
{
	struct answer	answer = start();
	size_t		before;

	(void)state;
	answer.early = true;
	answer_hold(&answer);
	assert_int_equal(answer_start(&answer, NULL, false), 0);
	assert_int_equal(answer_write(&answer, (struct text){ "one", 3 }), 0);
	assert_int_equal(answer_keep_alive(&answer), 0);
	before = fake.answer.length;
	assert_true(before > 0);
	assert_null(memmem(fake.answer.at, before, "one", 3));
	answer_drop(&answer);
	assert_int_equal(answer.state, ANSWER_FLOWING);
	assert_int_equal(fake.answer.length, before);
	answer_hold(&answer);
	assert_int_equal(answer_write(&answer, (struct text){ "two", 3 }), 0);
	assert_int_equal(answer_finish(&answer), 0);
	assert_non_null(memmem(fake.answer.at, fake.answer.length, "two", 3));
	finish();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_answer_ends_before_it_begins),
		cmocka_unit_test(a_problem_is_a_failure),
		cmocka_unit_test(a_stream_ends_before_its_last_bytes),
		cmocka_unit_test(a_stream_that_fails_ends_before_it_says_so),
		cmocka_unit_test(progress_is_counted),
		cmocka_unit_test(what_was_held_leaves_no_trace),
		cmocka_unit_test(a_held_stream_may_begin_early),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
