#include "build.h"

#include <errno.h>
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

#include "token.h"

static char	folder[64], path[96];

static int
setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/test_token.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/token.json", folder);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);	/* fails if a temporary file was left */
}

static struct tokens *
parse(const char *text)
{
	struct problem	problem;

	return token_parse(text, strlen(text), &problem);
}

static void
test_snapshot(void **state)
{
	struct tokens	*tokens = tokens_new();
	char		 id[16];
	int		 i;

	(void)state;
	assert_int_equal(tokens_add(tokens, "a", "secret", 5, NULL), 0);
	assert_int_equal(tokens->accounts[0].hash, token_hash("secret", 6));
	assert_null(tokens->accounts[0].organization_id);
	for (i = 1; i < TOKEN_ACCOUNTS_MAX; i++) {
		snprintf(id, sizeof(id), "a%d", i);
		assert_int_equal(tokens_add(tokens, id, "s", 0, "org"), 0);
	}
	assert_int_equal(tokens_add(tokens, "b", "s", 0, NULL), -1);
	assert_int_equal(tokens->count, TOKEN_ACCOUNTS_MAX);
	assert_ptr_equal(tokens_hold(tokens), tokens);
	tokens_release(tokens);
	assert_string_equal(tokens->accounts[0].id, "a");
	tokens_release(tokens);
	tokens_release(NULL);
}

static void
test_hash(void **state)
{
	(void)state;
	/* The beginning of SHA-256("abc"), FIPS 180-2 B.1. */
	assert_true(token_hash("abc", 3) == 0xba7816bf8f01cfeaull);
	assert_true(token_hash("abc", 3) != token_hash("abd", 3));
}

static void
test_write_and_parse(void **state)
{
	struct problem	 problem;
	struct stat	 status;
	struct tokens	*tokens = tokens_new(), *back;
	char		 text[1000];
	FILE		*file;
	size_t		 length;

	(void)state;
	tokens->generation = 7;
	tokens->updated_at = 1760000000;
	assert_int_equal(tokens_add(tokens, "user \"1\"/x", "eyJ.a-b_c/+=",
	    1760028800, "org_1"), 0);
	assert_int_equal(tokens_add(tokens, "Zo\u00eb", "t", 0, NULL), 0);
	tokens->keys_pending = true;
	tokens->lost = strdup("spent \"here\"");
	assert_int_equal(tokens_add_key(tokens, "vertex", "ya29.x", 5), 0);
	assert_int_equal(token_write(path, tokens, &problem), 0);
	assert_int_equal(token_write(path, tokens, &problem), 0);
	tokens_release(tokens);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0640);
	file = fopen(path, "r");
	length = fread(text, 1, sizeof(text), file);
	fclose(file);
	back = token_parse(text, length, &problem);
	assert_non_null(back);
	assert_int_equal(back->generation, 7);
	assert_int_equal(back->updated_at, 1760000000);
	assert_int_equal(back->count, 2);
	assert_string_equal(back->accounts[0].id, "user \"1\"/x");
	assert_string_equal(back->accounts[0].access_token, "eyJ.a-b_c/+=");
	assert_int_equal(back->accounts[0].expires_at, 1760028800);
	assert_string_equal(back->accounts[0].organization_id, "org_1");
	assert_string_equal(back->accounts[1].id, "Zo\u00eb");
	assert_null(back->accounts[1].organization_id);
	assert_false(back->pending);
	assert_true(back->keys_pending);
	assert_string_equal(back->lost, "spent \"here\"");
	assert_int_equal(back->keys_count, 1);
	assert_ptr_equal(tokens_key(back, "vertex"), &back->keys[0]);
	assert_string_equal(back->keys[0].access_token, "ya29.x");
	assert_int_equal(back->keys[0].expires_at, 5);
	assert_null(tokens_key(back, "Zo\u00eb"));
	assert_null(tokens_key(NULL, "vertex"));
	tokens_release(back);
	/* Whatever is missing at the end, it is refused. */
	while (length-- > 0)
		assert_null(token_parse(text, length, &problem));
}

static void
test_refused(void **state)
{
	static const char *const	bad[] = {
		"", "null", "[]", "{}", "nonsense",
		"{\"version\":2,\"generation\":1,\"updated_at\":1,\"accounts\":[]}",
		"{\"version\":1,\"generation\":-1,\"updated_at\":1,\"accounts\":[]}",
		"{\"version\":1,\"generation\":\"1\",\"updated_at\":1,"
		    "\"accounts\":[]}",
		"{\"version\":1,\"generation\":1,\"updated_at\":1,\"accounts\":{}}",
		"{\"version\":1,\"generation\":1,\"updated_at\":1,\"accounts\":[]}x",
		"{\"version\":1,\"generation\":1,\"updated_at\":1,"
		    "\"accounts\":[1]}",
		"{\"version\":1,\"generation\":1,\"updated_at\":1,\"accounts\":["
		    "{\"id\":\"a\",\"access_token\":\"\",\"expires_at\":1}]}",
		"{\"version\":1,\"generation\":1,\"updated_at\":1,\"accounts\":["
		    "{\"id\":\"a\",\"access_token\":\"a\\r\\nb: c\","
		    "\"expires_at\":1}]}",
		"{\"version\":1,\"generation\":1,\"updated_at\":1,\"accounts\":["
		    "{\"id\":\"a\",\"access_token\":\"a\\u0000b\","
		    "\"expires_at\":1}]}",
		"{\"version\":1,\"generation\":1,\"updated_at\":1,\"accounts\":["
		    "{\"id\":\"\",\"access_token\":\"a\",\"expires_at\":1}]}",
		"{\"version\":1,\"generation\":1,\"updated_at\":1,\"accounts\":["
		    "{\"id\":\"a\",\"access_token\":\"a\"}]}",
		"{\"version\":1,\"generation\":1,\"updated_at\":1,"
		    "\"accounts\":[],\"keys\":{}}",
		"{\"version\":1,\"generation\":1,\"updated_at\":1,"
		    "\"accounts\":[],\"keys\":[{\"id\":\"a\","
		    "\"access_token\":\"a b\",\"expires_at\":0}]}",
		"{'version':1,'generation':1,'updated_at':1,'accounts':[]}",
		"{\"version\":1,\"generation\":1,\"updated_at\":1,\"accounts\":[],"
		    "\"x\":\"\xff\"}",
		"[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]",
	};
	struct tokens			*tokens;
	size_t				 i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (parse(bad[i]) != NULL)
			fail_msg("accepted %s", bad[i]);
	/* Unknown members and white space are fine. */
	tokens = parse(" {\"version\":1,\"x\":[1,{\"y\":2}],\"generation\":1,"
	    "\"updated_at\":1,\"accounts\":[] }\n");
	assert_non_null(tokens);
	assert_int_equal(tokens->count, 0);
	tokens_release(tokens);
}

static void
test_write_fails(void **state)
{
	struct problem	 problem;
	struct tokens	*tokens = tokens_new();

	(void)state;
	assert_int_equal(token_write("/proc/nowhere/token.json", tokens,
	    &problem), -1);
	assert_non_null(strstr(problem.message, strerror(ENOENT)));
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(token_write(path, tokens, &problem), -1);
	assert_int_equal(rmdir(path), 0);
	tokens_release(tokens);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(test_snapshot),
		TEST(test_hash),
		TEST(test_write_and_parse),
		TEST(test_refused),
		TEST(test_write_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
