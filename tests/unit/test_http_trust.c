#include "build.h"

#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "http_trust.h"

static char	root[64];

static int
setup(void **state)
{
	(void)state;
	strcpy(root, "/tmp/test_http_trust.XXXXXX");
	return mkdtemp(root) != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	char	command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

static void
put(const char *path)
{
	char	command[512];

	snprintf(command, sizeof(command), "mkdir -p $(dirname %s%s) && "
	    "echo certificate >%s%s", root, path, root, path);
	assert_int_equal(system(command), 0);
}

static void
is_found(const char *folder, const char *file)
{
	struct http_trust	trust = http_trust_find(root);

	if (folder == NULL)
		assert_null(trust.folder);
	else
		assert_string_equal(trust.folder, folder);
	if (file == NULL)
		assert_null(trust.file);
	else
		assert_string_equal(trust.file, file);
}

static void
a_machine_without_has_none(void **state)
{
	(void)state;
	is_found(NULL, NULL);
	assert_null(http_trust_find("/proc/nowhere").file);
}

/* Debian and Alpine. */
static void
hashes_come_before_a_bundle(void **state)
{
	(void)state;
	put("/etc/ssl/certs/ca-certificates.crt");
	is_found(NULL, "/etc/ssl/certs/ca-certificates.crt");
	put("/etc/ssl/certs/0a1b2c3d.0");
	is_found("/etc/ssl/certs", NULL);
}

/* Red Hat's folder of that name holds bundles and no hashes. */
static void
a_folder_of_bundles_is_none(void **state)
{
	char	command[256];

	(void)state;
	put("/etc/pki/tls/certs/ca-bundle.crt");
	put("/etc/pki/tls/certs/ca-bundle.trust.crt");
	put("/etc/pki/tls/certs/0a1b2c3d4.0");
	put("/etc/pki/tls/certs/make-dummy-cert");
	snprintf(command, sizeof(command), "mkdir %s/etc/ssl && "
	    "ln -s ../pki/tls/certs %s/etc/ssl/certs", root, root);
	assert_int_equal(system(command), 0);
	is_found(NULL, "/etc/pki/tls/certs/ca-bundle.crt");
}

static void
each_usual_place_will_do(void **state)
{
	static const char *const places[] = {
		"/etc/ssl/cert.pem", "/etc/pki/tls/cert.pem",
		"/etc/ssl/ca-bundle.pem",
		"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
		"/etc/pki/tls/certs/ca-bundle.crt",
		"/etc/ssl/certs/ca-certificates.crt",
	};
	size_t	i;

	(void)state;
	for (i = 0; i < sizeof(places) / sizeof(*places); i++) {
		put(places[i]);
		is_found(NULL, places[i]);
	}
}

#define CASE(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		CASE(a_machine_without_has_none),
		CASE(hashes_come_before_a_bundle),
		CASE(a_folder_of_bundles_is_none),
		CASE(each_usual_place_will_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
