#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "buf.h"
#include "file.h"
#include "tokend.h"

static char		folder[64];
static struct config	config;
static struct tokend	tokend;

static int
setup(void **state)
{
	(void)state;
	memset(&tokend, 0, sizeof(tokend));
	tokend.config = &config;
	strcpy(folder, "/tmp/test_keep.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(tokend.state.token_file, sizeof(tokend.state.token_file),
	    "%s/token.json", folder);
	snprintf(tokend.store_file, sizeof(tokend.store_file),
	    "%s/store.json", folder);
	snprintf(tokend.status_file, sizeof(tokend.status_file),
	    "%s/status.json", folder);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	logins_release(&tokend.logins);
	tokens_release(tokend.published);
	unlink(tokend.state.token_file);
	unlink(tokend.store_file);
	unlink(tokend.status_file);
	return rmdir(folder);
}

static struct login *
add_login(const char *access_token)
{
	struct login	*login = logins_add(&tokend.logins, SOURCE_SEED,
			    "refresh", access_token);

	assert_non_null(login);
	login->id = strdup("user");
	assert_non_null(login->id);
	return login;
}

/* The generation that responders read after another token was published. */
static int64_t
publish(struct login *login, const char *access_token, int64_t wall_s)
{
	struct moment	 now = { .boot_ms = 1000, .wall_s = wall_s };
	struct problem	 problem;
	struct tokens	*tokens;
	struct buf	 text;
	int64_t		 generation;

	free(login->access_token);
	login->access_token = strdup(access_token);
	tokend.unpublished = true;
	tokend_publish(&tokend, now);
	assert_false(tokend.unpublished);
	buf_init(&text, TOKEN_FILE_MAX, NULL);
	assert_int_equal(file_read(tokend.state.token_file, &text, &problem),
	    0);
	tokens = token_parse(text.at, text.length, &problem);
	assert_non_null(tokens);
	assert_string_equal(tokens->accounts[0].access_token, access_token);
	generation = tokens->generation;
	tokens_release(tokens);
	buf_release(&text);
	return generation;
}

/* It is the clock's, and rises whatever the clock does. */
static void
test_generation(void **state)
{
	struct login	*login = add_login("a0");

	(void)state;
	assert_int_equal(publish(login, "a1", 5000), 5000);
	/* Twice in a second. */
	assert_int_equal(publish(login, "a2", 5000), 5001);
	assert_int_equal(publish(login, "a3", 5001), 5002);
	/* The clock went back. */
	assert_int_equal(publish(login, "a4", 70), 5003);
	assert_int_equal(publish(login, "a5", 6000), 6000);
	/* Nothing new is no generation. */
	assert_int_equal(publish(login, "a5", 7000), 6000);
}

/* What can't be marked in the store is not sent, and not marked in memory. */
static void
test_store_unwritable(void **state)
{
	struct login	*login = add_login("a0");

	(void)state;
	/* No folder: the store can't be written. */
	snprintf(tokend.store_file, sizeof(tokend.store_file),
	    "%s/none/store.json", folder);
	tokend_refresh(&tokend, login);
	assert_int_equal(login->in_flight_at, 0);
	assert_string_equal(login->last_error, "the store can't be written");
	assert_int_equal(login->schedule.attempt_boot_ms, 0);
	assert_int_equal(login->schedule.first_sent_boot_ms, 0);
	assert_in_range(schedule_due_ms(&login->schedule, moment_now()), 3000,
	    6250);
	assert_string_equal(login->refresh_token, "refresh");
	/* A mark of before stays: that exchange is still to be repeated. */
	login->in_flight_at = 77;
	tokend.unsaved = true;
	tokend_refresh(&tokend, login);
	assert_int_equal(login->in_flight_at, 77);
	assert_int_equal(login->schedule.attempt_boot_ms, 0);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(test_generation),
		TEST(test_store_unwritable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
