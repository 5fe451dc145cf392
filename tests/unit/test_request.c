#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../scenarios/show.h"
#include "json_text.h"
#include "neutral/request.h"

static struct arena		arena;
static struct tool_names	names;
static struct request		request;
static struct buf		seen;
static struct problem		problem;

static int
setup(void **state)
{
	(void)state;
	arena_init(&arena, 1 << 20, NULL);
	tool_names_init(&names, &arena);
	request_init(&request, &arena, &names);
	buf_init(&seen, 1 << 20, NULL);
	problem_clear(&problem);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	buf_release(&seen);
	arena_release(&arena);
	return 0;
}

/* "user:a,-b +c" is a user turn with the text a, the call b, the result c. */
static void
build(enum role role, const char *parts)
{
	struct turn	*turn = request_add_turn(&request, role);
	struct part	*part;
	char		*copy = arena_strdup(&arena, parts), *word, *save;

	for (word = strtok_r(copy, ",", &save); word != NULL;
	    word = strtok_r(NULL, ",", &save)) {
		part = turn_add_part(&request, turn, word[0] == '-' ?
		    PART_CALL : word[0] == '+' ? PART_RESULT : PART_TEXT);
		if (part->kind == PART_TEXT) {
			part->text = escaped_of(word);
			continue;
		}
		part->id = text_of(word + 1);
		if (part->kind == PART_CALL)
			part->name = text_of("f");
	}
}

/* The turns in the same short form. */
static void
is(const char *expected)
{
	const struct turn	*turn;
	const struct part	*part;

	buf_clear(&seen);
	for (turn = request.turns; turn != NULL; turn = turn->next) {
		buf_printf(&seen, "%c:", "uas"[turn->role]);
		for (part = turn->parts; part != NULL; part = part->next) {
			if (part->kind == PART_TEXT)
				buf_add(&seen, part->text.at,
				    part->text.length);
			else
				buf_putc(&seen, part->kind == PART_CALL ?
				    '-' : '+');
			buf_add(&seen, part->id.at, part->id.length);
			if (part->next != NULL)
				buf_putc(&seen, ',');
			else
				assert_ptr_equal(turn->last, part);
		}
		if (turn->next != NULL)
			buf_putc(&seen, ' ');
		else
			assert_ptr_equal(request.last, turn);
	}
	assert_string_equal(seen.at, expected);
}

static void
blank_text_goes_with_its_turn(void **state)
{
	(void)state;
	request_add_system(&request, escaped_of(" \\n"));
	request_add_system(&request, escaped_of("s"));
	build(ROLE_USER, "a, ,b,\\t");
	build(ROLE_ASSISTANT, "\\n\\n");
	build(ROLE_USER, "c");
	build(ROLE_USER, " ");
	request_drop_blank(&request);
	is("u:a,b u:c");
	assert_string_equal(request.system->text.at, "s");
	assert_ptr_equal(request.system, request.system_last);
	request_merge_turns(&request);
	is("u:a,b,c");
}

static void
results_stand_first_in_order_of_calls(void **state)
{
	(void)state;
	build(ROLE_USER, "q");
	build(ROLE_ASSISTANT, "t,-1,-2,-3");
	build(ROLE_USER, "x,+3");
	build(ROLE_SYSTEM, "s");
	build(ROLE_USER, "+1");
	build(ROLE_USER, "y,+2");
	build(ROLE_ASSISTANT, "-1");
	build(ROLE_USER, "+1");
	assert_int_equal(request_pair_results(&request, &problem), 0);
	is("u:q a:t,-1,-2,-3 u:+1,+2,+3,x s:s u:y a:-1 u:+1");
	assert_int_equal(request.last->parts->name.length, 1);
}

static void
a_call_without_result_is_refused(void **state)
{
	(void)state;
	build(ROLE_ASSISTANT, "-1,-2");
	build(ROLE_USER, "+1");
	assert_int_equal(request_pair_results(&request, &problem), -1);
	assert_string_equal(problem.message, "the tool call 2 has no result");
	teardown(NULL);
	setup(NULL);
	build(ROLE_USER, "+9");
	build(ROLE_ASSISTANT, "-9");
	build(ROLE_USER, "x");
	assert_int_equal(request_pair_results(&request, &problem), -1);
	assert_int_equal(problem.kind, PROBLEM_INVALID);
}

static void
late_results_go_to_their_calls(void **state)
{
	(void)state;
	build(ROLE_ASSISTANT, "-1,-2");
	build(ROLE_USER, "+2");
	build(ROLE_ASSISTANT, "t,-3");
	build(ROLE_USER, "+1");
	build(ROLE_ASSISTANT, "u");
	build(ROLE_USER, "+3,x");
	assert_int_equal(request_pair_results(&request, &problem), 0);
	is("a:-1,-2 u:+1,+2 a:t,-3 u:+3 a:u u:x");
	teardown(NULL);
	setup(NULL);
	build(ROLE_ASSISTANT, "-1");
	build(ROLE_SYSTEM, "s");
	build(ROLE_ASSISTANT, "t");
	build(ROLE_USER, "+1");
	assert_int_equal(request_pair_results(&request, &problem), 0);
	is("a:-1 u:+1 s:s a:t");
}

/* As clients of Chat that know functions by name alone send them. */
static void
results_without_id_go_by_name(void **state)
{
	static const char *const said[] = { "b", "a", "", "c" };
	struct part	*part;
	size_t		 i = 0;

	(void)state;
	build(ROLE_ASSISTANT, "-a,-b,-c,-d");
	build(ROLE_USER, "+,+,+,+");
	build(ROLE_ASSISTANT, "-e");
	build(ROLE_USER, "+");
	for (part = request.turns->parts; part != NULL; part = part->next)
		part->name = part->id;
	for (part = request.turns->next->parts; part != NULL;
	    part = part->next)
		part->name = text_of(said[i++]);
	assert_int_equal(request_pair_results(&request, &problem), 0);
	is("a:-a,-b,-c,-d u:+a,+b,+c,+d a:-e u:+e");
}

static void
results_that_answer_nothing_become_text(void **state)
{
	(void)state;
	build(ROLE_USER, "+9,x");
	build(ROLE_ASSISTANT, "-1");
	build(ROLE_USER, "+1,+1");
	request.turns->parts->name = text_of("f");
	assert_int_equal(request_pair_results(&request, &problem), 0);
	is("u:Result of the tool f:\\n,x a:-1 "
	    "u:+1,Result of the tool 1:\\n");
}

static void
ids_said_again_become_others(void **state)
{
	struct part	*call;

	(void)state;
	build(ROLE_ASSISTANT, "-1,-1");
	build(ROLE_USER, "+1,+1");
	build(ROLE_ASSISTANT, "-1");
	build(ROLE_USER, "+1");
	request_own_ids(&request);
	call = request.turns->parts;
	assert_true(text_equals(call->id, "1"));
	assert_false(text_equals(call->next->id, "1"));
	assert_true(text_same(call->next->id,
	    request.turns->next->parts->next->id));
	assert_false(text_same(call->next->id,
	    request.turns->next->next->parts->id));
	assert_int_equal(request_pair_results(&request, &problem), 0);
	assert_true(tool_names_knows_call(request.names, text_of("1")));
}

static void
system_turns_move_or_become_text(void **state)
{
	(void)state;
	build(ROLE_USER, "a");
	build(ROLE_SYSTEM, "s");
	build(ROLE_USER, "b");
	assert_int_equal(request_fold_system(&request, true, &problem), 0);
	is("u:a,b s:s");
	assert_false(losses_any(&request.losses));
	assert_int_equal(request_fold_system(&request, false, &problem), 0);
	is("u:a,b,<system>\\ns\\n</system>");
	assert_true(losses_have(&request.losses, LOST_SYSTEM_POSITION));
}

static void
a_system_turn_needs_a_user_turn_before(void **state)
{
	(void)state;
	build(ROLE_USER, "a");
	build(ROLE_ASSISTANT, "b");
	build(ROLE_SYSTEM, "s");
	build(ROLE_ASSISTANT, "c");
	build(ROLE_SYSTEM, "t");
	build(ROLE_SYSTEM, "u");
	build(ROLE_USER, "d");
	assert_int_equal(request_fold_system(&request, true, &problem), 0);
	is("u:a a:b u:<system>\\ns\\n</system> a:c u:d s:t,u");
}

static void
prefill_is_ended_where_it_is_refused(void **state)
{
	static const struct model	model = { .prefill = false };
	static const struct policy	policy = { .model = &model,
	    .model_id = "m", .system_prompt = "Say \"hi\"." };

	(void)state;
	build(ROLE_USER, "a");
	build(ROLE_ASSISTANT, "b");
	assert_int_equal(request_end_prefill(&request, &problem), 0);
	is("u:a a:b");
	assert_int_equal(policy_apply(&request, &policy, &problem), 0);
	assert_int_equal(request_end_prefill(&request, &problem), 0);
	is("u:a a:b u:Continue.");
	assert_int_equal(request_end_prefill(&request, &problem), 0);
	is("u:a a:b u:Continue.");
}

static void
the_system_prompt_comes_once(void **state)
{
	static const struct policy	policy = { .model_id = "m",
	    .system_prompt = "Say \"hi\".\n\n", .effort = EFFORT_HIGH };
	struct part			*first;

	(void)state;
	request_add_system(&request, escaped_of("s"));
	assert_int_equal(policy_apply(&request, &policy, &problem), 0);
	first = request.system;
	assert_memory_equal(first->text.at, "Say \\\"hi\\\".\\n\\n", 16);
	assert_memory_equal(request.system_last->text.at, "s", 1);
	assert_ptr_equal(first->next, request.system_last);
	assert_int_equal(request.show_thinking, 1);
	assert_int_equal(policy_apply(&request, &policy, &problem), 0);
	assert_ptr_equal(request.system, first);
	first->text = escaped_of("Say \\u0022hi\\\". Now");
	assert_int_equal(policy_apply(&request, &policy, &problem), 0);
	assert_ptr_equal(request.system, first);
}

static void
a_loss_is_named_or_refused(void **state)
{
	char	list[64];

	(void)state;
	assert_int_equal(request_lost(&request, LOST_TOP_K, &problem), 0);
	assert_int_equal(request_lost(&request, LOST_CACHE_MARKS, &problem),
	    0);
	assert_string_equal(losses_list(&request.losses, list, sizeof(list)),
	    "cache_control, top_k");
	assert_string_equal(losses_list(&request.losses, list, 17),
	    "cache_control");
	request.strict = true;
	assert_int_equal(request_lost(&request, LOST_SEED, &problem), -1);
	assert_string_equal(problem.parameter, "seed");
	for (unsigned i = 0; i < LOST_KINDS; i++)
		assert_non_null(lost_name((enum lost)i));
}

static void
unknown_fields_are_told_by_name_when_a_header_bears_it(void **state)
{
	static const char *const	odd[] = { "a b", "a\r\nx-b: c", "\\u000a",
	    "", "a1234567890123456789012345678901234567890"
	    "1234567890123456" };
	struct losses			losses;
	char				list[256];
	size_t				i;

	(void)state;
	memset(&losses, 0, sizeof(losses));
	losses_add_unknown(&losses, NULL, escaped_of("mode"));
	losses_add_unknown(&losses, "reasoning", escaped_of("mode"));
	losses_add_unknown(&losses, NULL, escaped_of("mode"));
	assert_true(losses_any(&losses));
	assert_string_equal(losses_list(&losses, list, sizeof(list)),
	    "unknown:mode, unknown:reasoning.mode");
	losses_add(&losses, LOST_SEED);
	assert_string_equal(losses_list(&losses, list, sizeof(list)),
	    "seed, unknown:mode, unknown:reasoning.mode");
	losses_add_unknown(&losses, NULL, escaped_of("a"));
	losses_add_unknown(&losses, NULL, escaped_of("b"));
	assert_false(losses_have(&losses, LOST_UNKNOWN_FIELD));
	losses_add_unknown(&losses, NULL, escaped_of("c"));
	assert_true(losses_have(&losses, LOST_UNKNOWN_FIELD));
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		memset(&losses, 0, sizeof(losses));
		losses_add_unknown(&losses, NULL, escaped_of(odd[i]));
		assert_string_equal(losses_list(&losses, list, sizeof(list)),
		    "unknown_field");
	}
	memset(&losses, 0, sizeof(losses));
	losses_add_unknown(&losses, "of_thirty_bytes_or_a_few_more_x",
	    escaped_of("and_ten_and_sixteen_more_x"));
	assert_string_equal(losses_list(&losses, list, sizeof(list)),
	    "unknown_field");
}

int
main(void)
{
#define TEST(t)	cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest	tests[] = {
		TEST(blank_text_goes_with_its_turn),
		TEST(results_stand_first_in_order_of_calls),
		TEST(a_call_without_result_is_refused),
		TEST(late_results_go_to_their_calls),
		TEST(results_without_id_go_by_name),
		TEST(results_that_answer_nothing_become_text),
		TEST(ids_said_again_become_others),
		TEST(system_turns_move_or_become_text),
		TEST(a_system_turn_needs_a_user_turn_before),
		TEST(prefill_is_ended_where_it_is_refused),
		TEST(the_system_prompt_comes_once),
		TEST(a_loss_is_named_or_refused),
		TEST(unknown_fields_are_told_by_name_when_a_header_bears_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
