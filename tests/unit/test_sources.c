#include "build.h"

#include <openssl/evp.h>
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

#include "secret.h"
#include "sources.h"
#include "useragent.h"

static char		folder[64];
static struct sources	sources;

static char *
at(const char *name)
{
	static char	path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void
put(const char *name, const char *text)
{
	FILE	*file = fopen(at(name), "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void
expect_file(const char *text)
{
	char	read[1000] = "";
	FILE	*file = fopen(at(".factory/auth.json"), "r");

	read[fread(read, 1, sizeof(read) - 1, file)] = '\0';
	fclose(file);
	assert_string_equal(read, text);
}

static int
setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/test_sources.XXXXXX");
	if (mkdtemp(folder) == NULL || mkdir(at(".factory"), 0700) != 0)
		return -1;
	setenv("HOME", folder, 1);
	unsetenv("DROID_REFRESH_KEY");
	unsetenv("DROID_REFRESH_KEY_FILE");
	unsetenv("CREDENTIALS_DIRECTORY");
	sources_init(&sources);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	sources_release(&sources);
	unlink(at(".factory/auth.json"));
	unlink(at(".factory/auth.v2.file"));
	unlink(at(".factory/auth.v2.key"));
	unlink(at("droid_refresh_key"));
	rmdir(at(".factory"));
	return rmdir(folder);
}

static void
expect_seeds(const char *first, const char *second)
{
	struct problem	problem;
	struct seeds	seeds;

	assert_int_equal(sources_read_seeds(&sources, &seeds, &problem), 0);
	assert_int_equal(seeds.count, (first != NULL) + (second != NULL));
	if (first != NULL)
		assert_string_equal(seeds.at[0], first);
	if (second != NULL)
		assert_string_equal(seeds.at[1], second);
	seeds_release(&seeds);
}

static void
test_seeds(void **state)
{
	struct problem	 problem;
	struct seeds	 seeds;
	char		*value;

	(void)state;
	expect_seeds(NULL, NULL);
	setenv("CREDENTIALS_DIRECTORY", folder, 1);
	expect_seeds(NULL, NULL);
	put("droid_refresh_key", "c1\n");
	expect_seeds("c1", NULL);
	setenv("DROID_REFRESH_KEY_FILE", at("droid_refresh_key"), 1);
	put("droid_refresh_key", "\n f1,f2 , f1\n");
	unsetenv("CREDENTIALS_DIRECTORY");
	expect_seeds("f1", "f2");
	setenv("DROID_REFRESH_KEY", " e1 ", 1);
	value = getenv("DROID_REFRESH_KEY");
	sources_init(&sources);
	assert_int_equal(strspn(value, "e1 "), 0);	/* wiped */
	assert_null(getenv("DROID_REFRESH_KEY"));
	expect_seeds("e1", NULL);
	secret_set(&sources.environment, "a\001b");
	assert_int_equal(sources_read_seeds(&sources, &seeds, &problem), -1);
	assert_null(strstr(problem.message, "a\001b"));
	secret_set(&sources.environment, ",");
	setenv("DROID_REFRESH_KEY_FILE", "/nowhere/x", 1);
	assert_int_equal(sources_read_seeds(&sources, &seeds, &problem), -1);
}

static void
test_file(void **state)
{
	struct problem	problem;
	struct pair	pair;

	(void)state;
	assert_int_equal(sources_read_file(&sources, &pair, &problem), 1);
	put(".factory/auth.json", "{\"refresh_token\":\"r\"}");
	assert_int_equal(sources_read_file(&sources, &pair, &problem), 0);
	assert_string_equal(pair.refresh_token, "r");
	assert_null(pair.access_token);
	pair_release(&pair);
	put(".factory/auth.json", "{\"refresh_token\":\"\"}");
	assert_int_equal(sources_read_file(&sources, &pair, &problem), 1);
	put(".factory/auth.json", "nonsense");
	assert_int_equal(sources_read_file(&sources, &pair, &problem), -1);
}

/* Only the values change; order, spelling and unknown fields stay. */
static void
test_write_back(void **state)
{
	struct login	login = { .source = SOURCE_FILE };
	struct problem	problem;
	struct stat	status;

	(void)state;
	login.access_token = strdup("A\"2");
	login.refresh_token = strdup("R2");
	origin_of(login.origin, "R1");
	assert_int_equal(sources_write_file(&sources, &login, &problem), -1);
	put(".factory/auth.json", "{ \"z\" : 1e400,\n\t\"access_token\":\"A1\","
	    "\"refresh_token\":\"R1\",\"x\":{\"refresh_token\":\"in\"}, "
	    "\"access_token\" : null }\n");
	chmod(at(".factory/auth.json"), 0640);
	assert_int_equal(sources_write_file(&sources, &login, &problem), 0);
	expect_file("{ \"z\" : 1e400,\n\t\"access_token\":\"A\\\"2\","
	    "\"refresh_token\":\"R2\",\"x\":{\"refresh_token\":\"in\"}, "
	    "\"access_token\" : \"A\\\"2\" }\n");
	stat(at(".factory/auth.json"), &status);
	assert_int_equal(status.st_mode & 0777, 0640);
	/* Somebody else's newer pair is left alone. */
	put(".factory/auth.json", "{\"refresh_token\":\"other\"}");
	assert_int_equal(sources_write_file(&sources, &login, &problem), 0);
	expect_file("{\"refresh_token\":\"other\"}");
	secret_free(login.access_token);
	secret_free(login.refresh_token);
}

/* base64 of `length` bytes. */
static void
encode(char *out, const unsigned char *bytes, int length)
{
	EVP_EncodeBlock((unsigned char *)out, bytes, length);
}

static void
seal(char *out, size_t room, char *key_out, const char *text, int iv_length)
{
	unsigned char	 key[32], iv[16], tag[16], sealed[256];
	char		 fields[3][344];
	EVP_CIPHER_CTX	*context = EVP_CIPHER_CTX_new();
	int		 count, rest;

	memset(key, 7, sizeof(key));
	memset(iv, 9, sizeof(iv));
	EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, NULL, NULL);
	EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_IVLEN, iv_length, NULL);
	EVP_EncryptInit_ex(context, NULL, NULL, key, iv);
	EVP_EncryptUpdate(context, sealed, &count,
	    (const unsigned char *)text, (int)strlen(text));
	EVP_EncryptFinal_ex(context, sealed + count, &rest);
	EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, 16, tag);
	EVP_CIPHER_CTX_free(context);
	encode(fields[0], iv, iv_length);
	encode(fields[1], tag, 16);
	encode(fields[2], sealed, count + rest);
	encode(key_out, key, 32);
	snprintf(out, room, "%s:%s:%s\n", fields[0], fields[1], fields[2]);
}

static void
test_sealed(void **state)
{
	struct problem	problem;
	struct pair	pair;
	char		text[1100], key[64];
	int		iv_length;

	(void)state;
	assert_int_equal(sources_read_sealed(&sources, &pair, &problem), 1);
	for (iv_length = 12; iv_length <= 16; iv_length += 4) {
		seal(text, sizeof(text), key, "{\"access_token\":\"a\","
		    "\"refresh_token\":\"r\",\"active_organization_id\":\"o\"}",
		    iv_length);
		put(".factory/auth.v2.file", text);
		put(".factory/auth.v2.key", key);
		assert_int_equal(sources_read_sealed(&sources, &pair,
		    &problem), 0);
		assert_string_equal(pair.refresh_token, "r");
		assert_string_equal(pair.access_token, "a");
		pair_release(&pair);
	}
	/* One bit of it changed. */
	text[strlen(text) - 4] ^= 1;
	put(".factory/auth.v2.file", text);
	assert_int_equal(sources_read_sealed(&sources, &pair, &problem), -1);
	assert_non_null(strstr(problem.message, "can't be opened"));
	put(".factory/auth.v2.key", "c2hvcnQ=");
	assert_int_equal(sources_read_sealed(&sources, &pair, &problem), -1);
	assert_non_null(strstr(problem.message, "32 bytes"));
}

static void
test_sealed_nonsense(void **state)
{
	static const char *const	bad[] = {
		"", ":", "::", ":::", "AAAA", "AAAA:AAAA:AAAA",
		"AAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAA==:",
		"AAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAA==:AAA",
		"AAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAA==:====",
		"AAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAA==:AAAA",
	};
	struct problem			problem;
	struct buf			out;
	size_t				i;

	(void)state;
	buf_init(&out, 1000, NULL);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(sealed_open(&out, bad[i],
		    "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=",
		    &problem), -1);
	buf_release(&out);
}

static void
test_versions(void **state)
{
	static const char *const	good[] = { "0.85.0", "1.2.3",
	    "10.200.30000" };
	static const char *const	bad[] = { "", "1", "1.2", "1.2.", ".1.2",
	    "1..2", "1.2.3.4", "1.2.3-beta", "v1.2.3", "1.2.3 ", "-1.2.3",
	    "1.2.100000", "1.2.3\r\nx: y" };
	size_t				i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_true(useragent_valid(good[i], strlen(good[i])));
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(useragent_valid(bad[i], strlen(bad[i])));
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		TEST(test_seeds),
		TEST(test_file),
		TEST(test_write_back),
		TEST(test_sealed),
		TEST(test_sealed_nonsense),
		TEST(test_versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
