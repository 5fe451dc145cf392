#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "logins.h"
#include "secret.h"
#include "store.h"

static char		folder[64], path[96];
static struct logins	logins;

static int
setup(void **state)
{
	(void)state;
	memset(&logins, 0, sizeof(logins));
	strcpy(folder, "/tmp/test_logins.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/store.json", folder);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	logins_release(&logins);
	unlink(path);
	return rmdir(folder);
}

static bool	changed;	/* by the last take_seeds() */

static void
take_seeds(const char *first, const char *second, int fresh)
{
	struct seeds	seeds = { .count = 0 };

	if (first != NULL)
		seeds.at[seeds.count++] = strdup(first);
	if (second != NULL)
		seeds.at[seeds.count++] = strdup(second);
	assert_int_equal(logins_take_seeds(&logins, &seeds, &changed),
	    fresh);
	seeds_release(&seeds);
}

static void
grant_to(struct login *login, const char *user, const char *access,
    const char *refresh)
{
	struct grant	grant = { .access_token = NULL };

	secret_set(&grant.user_id, user);
	secret_set(&grant.access_token, access);
	secret_set(&grant.refresh_token, refresh);
	grant.expires_at = 2000;
	login->in_flight_at = 5;
	assert_int_equal(login_take_grant(&logins, login, &grant, 1000), 0);
	assert_int_equal(login->in_flight_at, 0);
	assert_int_equal(login->granted_at, 1000);
	grant_release(&grant);
}

/* The stored successor wins over the same seed, another seed replaces it. */
static void
test_seeds(void **state)
{
	(void)state;
	take_seeds("s1", NULL, 1);
	grant_to(&logins.at[0], "u1", "a1", "r1");
	take_seeds("s1", NULL, 0);
	assert_false(changed);
	assert_int_equal(logins.count, 1);
	assert_string_equal(logins.at[0].refresh_token, "r1");
	take_seeds("s2", NULL, 1);
	assert_int_equal(logins.count, 2);
	assert_false(logins.at[0].active);
	assert_true(logins.at[1].active);
	assert_string_equal(logins.at[1].refresh_token, "s2");
	/* Back to the first: its chain goes on where it was. */
	take_seeds("s1", NULL, 0);
	assert_true(logins.at[0].active);
	assert_false(logins.at[1].active);
	/* No seed at all loses nothing. */
	take_seeds(NULL, NULL, 0);
	assert_true(logins.at[0].active);
	assert_false(changed);
	take_seeds("s1", "s2", 0);
	assert_true(changed);
	assert_true(logins.at[0].active && logins.at[1].active);
	/* The newest link, copied out by hand, is no new login. */
	take_seeds("r1", NULL, 0);
	assert_true(logins.at[0].active);
	assert_int_equal(logins.count, 2);
}

/* One of two is named again: it stays, the other rests; and the other way. */
static void
test_seeds_named_again(void **state)
{
	(void)state;
	take_seeds("s1", "s2", 2);
	take_seeds("s2", NULL, 0);
	assert_true(changed);
	assert_false(logins.at[0].active);
	assert_true(logins.at[1].active);
	take_seeds("s3", "s1", 1);
	assert_true(logins.at[0].active);
	assert_false(logins.at[1].active);
	assert_true(logins.at[2].active);
	/* By its newest link, which from then on is what the source holds. */
	grant_to(&logins.at[0], "u1", "a1", "r1");
	take_seeds("r1", NULL, 0);
	assert_true(logins.at[0].active);
	assert_false(logins.at[2].active);
	grant_to(&logins.at[0], "u1", "a2", "r2");
	take_seeds("r1", NULL, 0);
	assert_int_equal(logins.count, 3);
	assert_true(logins.at[0].active);
	assert_string_equal(logins.at[0].refresh_token, "r2");
}

static void
test_refresh_token_missing(void **state)
{
	(void)state;
	take_seeds("s1", NULL, 1);
	grant_to(&logins.at[0], "u1", "a1", NULL);
	assert_string_equal(logins.at[0].refresh_token, "s1");
	assert_string_equal(logins.at[0].access_token, "a1");
}

static void
test_file(void **state)
{
	struct login	*login;
	bool		 fresh;

	(void)state;
	login = logins_take_pair(&logins, SOURCE_FILE, "f0", NULL, &fresh);
	assert_true(fresh);
	grant_to(login, "u1", "a1", "f1");
	/* The file is behind: ours is newer. */
	login = logins_take_pair(&logins, SOURCE_FILE, "f0", NULL, &fresh);
	assert_false(fresh);
	assert_string_equal(login->refresh_token, "f1");
	/* It was written back, and goes on from there. */
	login = logins_take_pair(&logins, SOURCE_FILE, "f1", "a1", &fresh);
	assert_false(fresh);
	grant_to(login, "u1", "a2", "f2");
	login = logins_take_pair(&logins, SOURCE_FILE, "f1", "a1", &fresh);
	assert_false(fresh);
	assert_string_equal(login->refresh_token, "f2");
	/* Somebody logged in anew. */
	login = logins_take_pair(&logins, SOURCE_FILE, "g0", "b0", &fresh);
	assert_true(fresh);
	assert_string_equal(login->refresh_token, "g0");
	assert_string_equal(login->access_token, "b0");
	assert_non_null(login->id);
	assert_int_equal(logins.count, 1);
}

static void
test_ids(void **state)
{
	struct tokens	*tokens;

	(void)state;
	take_seeds("s1", "s2", 2);
	tokens = logins_publish(&logins);
	assert_int_equal(tokens->count, 0);
	assert_true(tokens->pending);
	tokens_release(tokens);
	grant_to(&logins.at[0], "u1", "a1", "r1");
	grant_to(&logins.at[1], "u1", "b1", "q1");
	assert_string_equal(logins.at[0].id, "u1");
	assert_string_not_equal(logins.at[1].id, "u1");
	/* An id once given stays. */
	grant_to(&logins.at[0], "u7", "a2", "r2");
	assert_string_equal(logins.at[0].id, "u1");
	logins.at[1].active = false;
	tokens = logins_publish(&logins);
	assert_int_equal(tokens->count, 1);
	assert_string_equal(tokens->accounts[0].access_token, "a2");
	assert_false(tokens->pending);
	assert_null(tokens->lost);
	tokens_release(tokens);
	/* A dead login's token does not come. */
	secret_free(logins.at[0].access_token);
	logins.at[0].access_token = NULL;
	logins.at[0].dead = strdup("over");
	tokens = logins_publish(&logins);
	assert_false(tokens->pending);
	assert_string_equal(tokens->lost, "over");
	tokens_release(tokens);
}

static void
log_in(const char *user, const char *access, const char *refresh)
{
	struct grant	 grant = { .access_token = NULL };
	struct login	*login;

	secret_set(&grant.user_id, user);
	secret_set(&grant.access_token, access);
	secret_set(&grant.refresh_token, refresh);
	login = logins_take_user(&logins, &grant);
	assert_non_null(login);
	assert_int_equal(login_take_grant(&logins, login, &grant, 1000), 0);
	logins_rest_dead(&logins, user);
	grant_release(&grant);
}

static void
end(struct login *login)
{
	secret_free(login->access_token);
	login->access_token = NULL;
	login->dead = strdup("over");
	strcpy(login->last_error, "over");
}

/* Whoever logs in anew has nothing left of what was over. */
static void
test_logged_in_anew(void **state)
{
	(void)state;
	take_seeds("s1", "s2", 2);
	grant_to(&logins.at[0], "u1", "a1", "r1");
	end(&logins.at[0]);
	end(&logins.at[1]);	/* nobody knows whose it was */
	log_in("u1", "b1", "d1");
	assert_int_equal(logins.count, 3);
	assert_string_equal(logins.at[2].id, "u1");
	assert_string_not_equal(logins.at[0].id, "u1");
	assert_false(logins.at[0].active || logins.at[1].active);
	/* The seeds are still set, and wake nobody. */
	take_seeds("s1", "s2", 0);
	assert_false(changed);
	assert_false(logins.at[0].active || logins.at[1].active);
	/* Again and again it is one login. */
	end(&logins.at[2]);
	log_in("u1", "b2", "d2");
	assert_int_equal(logins.count, 3);
	assert_true(login_usable(&logins.at[2]));
	assert_string_equal(logins.at[2].last_error, "");
	/* When it is over, too, there is only what was set. */
	end(&logins.at[2]);
	take_seeds("s1", "s2", 0);
	assert_true(changed);
	assert_true(logins.at[0].active && logins.at[1].active);
}

/* Another user's login, or one that lives, stays; and so does its id. */
static void
test_logged_in_beside(void **state)
{
	(void)state;
	take_seeds("s1", "s2", 2);
	grant_to(&logins.at[0], "u1", "a1", "r1");
	grant_to(&logins.at[1], "u2", "a2", "r2");
	end(&logins.at[1]);
	log_in("u1", "b1", "d1");
	log_in("u1", "b2", "d2");
	assert_int_equal(logins.count, 3);
	assert_true(logins.at[0].active && logins.at[1].active);
	assert_string_equal(logins.at[0].id, "u1");
	assert_string_not_equal(logins.at[2].id, "u1");
	/* No seed is set any more: what is over is no matter any more. */
	take_seeds(NULL, NULL, 0);
	assert_true(changed);
	assert_true(logins.at[0].active);
	assert_false(logins.at[1].active);
	/* But the last one is, that people read why. */
	end(&logins.at[0]);
	end(&logins.at[2]);
	take_seeds(NULL, NULL, 0);
	assert_false(changed);
	assert_true(logins.at[0].active);
}

static void
test_full(void **state)
{
	char	seed[16];
	int	i;

	(void)state;
	for (i = 0; i < TOKEN_ACCOUNTS_MAX; i++) {
		snprintf(seed, sizeof(seed), "s%d", i);
		assert_non_null(logins_add(&logins, SOURCE_SEED, seed, NULL));
	}
	assert_null(logins_add(&logins, SOURCE_SEED, "more", NULL));
	logins.at[7].active = logins.at[9].active = false;
	logins.at[7].granted_at = 10;
	logins.at[9].granted_at = 9;
	assert_non_null(logins_add(&logins, SOURCE_SEED, "more", NULL));
	assert_string_equal(logins.at[9].refresh_token, "s10");
	assert_string_equal(logins.at[7].refresh_token, "s7");
	assert_string_equal(logins.at[63].refresh_token, "more");
}

static void
test_store(void **state)
{
	struct logins	back = { .count = 0 };
	struct problem	problem;
	struct stat	status;

	(void)state;
	assert_int_equal(store_read(path, &back, &problem), 0);
	assert_int_equal(back.count, 0);
	take_seeds("s\"1\\", "s2", 2);
	grant_to(&logins.at[0], "u1", "a1", NULL);
	logins.at[0].in_flight_at = 77;
	logins.at[1].active = false;
	logins.at[1].dead = strdup("because");
	assert_int_equal(store_write(path, &logins, &problem), 0);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(store_read(path, &back, &problem), 0);
	assert_int_equal(back.count, 2);
	assert_string_equal(back.at[0].refresh_token, "s\"1\\");
	assert_string_equal(back.at[0].origin, logins.at[0].origin);
	assert_string_equal(back.at[0].access_token, "a1");
	assert_string_equal(back.at[0].id, "u1");
	assert_int_equal(back.at[0].expires_at, 2000);
	assert_int_equal(back.at[0].in_flight_at, 77);
	assert_true(back.at[0].active);
	assert_false(back.at[1].active);
	assert_string_equal(back.at[1].dead, "because");
	logins_release(&back);
}

/* Readable for others, damaged, a link: refused, and left as it is. */
static void
test_store_refused(void **state)
{
	struct logins	back = { .count = 0 };
	struct problem	problem;
	FILE		*file;

	(void)state;
	take_seeds("s1", NULL, 1);
	assert_int_equal(store_write(path, &logins, &problem), 0);
	chmod(path, 0640);
	assert_int_equal(store_read(path, &back, &problem), -1);
	assert_non_null(strstr(problem.message, "0640"));
	file = fopen(path, "w");
	fputs("{\"version\":1,\"logins\":[{", file);
	fclose(file);
	chmod(path, 0600);
	assert_int_equal(store_read(path, &back, &problem), -1);
	assert_non_null(strstr(problem.message, "damaged"));
	file = fopen(path, "w");
	fputs("{\"version\":1,\"logins\":[{\"source\":\"seed\"}]}", file);
	fclose(file);
	assert_int_equal(store_read(path, &back, &problem), -1);
	unlink(path);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(store_read(path, &back, &problem), -1);
	assert_int_equal(back.count, 0);
	if (geteuid() != 0)
		return;
	unlink(path);
	assert_int_equal(store_write(path, &logins, &problem), 0);
	assert_int_equal(chown(path, 12345, 12345), 0);
	assert_int_equal(store_read(path, &back, &problem), -1);
	assert_non_null(strstr(problem.message, "belongs to user 12345"));
}

static void
test_lock(void **state)
{
	struct problem	problem;
	int		first, holder;

	(void)state;
	assert_false(store_locked(path));
	first = store_lock(path, &holder, &problem);
	assert_true(first >= 0);
	assert_true(store_locked(path));
	assert_int_equal(store_lock(path, &holder, &problem), -1);
	assert_int_equal(holder, (int)getpid());
	assert_non_null(strstr(problem.message, "another tokend"));
	close(first);
	assert_false(store_locked(path));
	first = store_lock(path, &holder, &problem);
	assert_true(first >= 0);
	close(first);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(test_seeds),
		TEST(test_seeds_named_again),
		TEST(test_refresh_token_missing),
		TEST(test_file),
		TEST(test_ids),
		TEST(test_logged_in_anew),
		TEST(test_logged_in_beside),
		TEST(test_full),
		TEST(test_store),
		TEST(test_store_refused),
		TEST(test_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
