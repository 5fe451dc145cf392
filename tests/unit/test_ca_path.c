#include "build.h"

#include <sys/stat.h>

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "exchange/gateway.h"
#include "upstream/ca_path.h"

static const char certificate[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIIBdDCCARugAwIBAgIUE5Gj3+KeryVBgVStkFNaeQ/OC40wCgYIKoZIzj0EAwIw\n"
	"DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjgxMTI3MzBaGA8yMTI2MTEwNDExMjcz\n"
	"MFowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABEmU\n"
	"Vzo4byBH1fHGXHU/B7yR0aaoLqku1rTQL/pmK6dMT4NxAPAnd01K+zN/D3kUudoh\n"
	"HnL2ctFlOjIaiv2H6CWjUzBRMB0GA1UdDgQWBBT8/XcFKUzO/Q2xACGQbhNfcOGC\n"
	"hjAfBgNVHSMEGDAWgBT8/XcFKUzO/Q2xACGQbhNfcOGChjAPBgNVHRMBAf8EBTAD\n"
	"AQH/MAoGCCqGSM49BAMCA0cAMEQCIHOWLANkr7czKpuS+vYTqOZ0L25bLyFK1a4v\n"
	"npfm0la3AiBB7MZp3A3082bpq1Eh4F+cQ1C5xEY9RzBuSsaSJxYJbw==\n"
	"-----END CERTIFICATE-----\n";

static char		folder[64], bundle[96];
static struct problem	problem;

static void
write_text(const char *path, const char *text)
{
	FILE	*file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int
setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/test_ca_path.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(bundle, sizeof(bundle), "%s/bundle.pem", folder);
	write_text(bundle, certificate);
	problem_clear(&problem);
	return 0;
}

static int
teardown(void **state)
{
	char	command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static int
count_of(const char *path)
{
	DIR	*dir = opendir(path);
	int	 count = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count - 2;
}

/* Makes it and gives its name, which goes with the test. */
static const char *
must_make(void)
{
	static char	 name[256];
	char		*made = ca_path_make(bundle, folder, &problem);

	assert_non_null(made);
	snprintf(name, sizeof(name), "%s", made);
	free(made);
	return name;
}

static void
is_refused(const char *name)
{
	assert_null(ca_path_make(bundle, folder, &problem));
	assert_int_equal(problem.kind, PROBLEM_FORBIDDEN);
	assert_non_null(strstr(problem.message, name));
}

static void
it_is_made_once(void **state)
{
	struct stat	first, second;
	const char	*name;

	(void)state;
	name = must_make();
	assert_int_equal(count_of(name), 1);
	assert_int_equal(stat(name, &first), 0);
	assert_int_equal(first.st_mode & 0777, 0700);
	name = must_make();
	assert_int_equal(stat(name, &second), 0);
	assert_int_equal(first.st_ino, second.st_ino);
	assert_int_equal(count_of(folder), 2);	/* the bundle and this */
}

static void
no_certificates_are_said(void **state)
{
	(void)state;
	write_text(bundle, "none\n");
	assert_null(ca_path_make(bundle, folder, &problem));
	assert_non_null(strstr(problem.message, "no certificates"));
	assert_int_equal(count_of(folder), 1);
}

static void
a_folder_others_may_write_is_refused(void **state)
{
	const char	*name;

	(void)state;
	name = must_make();
	assert_int_equal(chmod(name, 0770), 0);
	is_refused(name);
}

static void
a_symlink_is_refused(void **state)
{
	char		 elsewhere[128];
	const char	*name;

	(void)state;
	name = must_make();
	snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", folder);
	assert_int_equal(rename(name, elsewhere), 0);
	assert_int_equal(symlink("elsewhere", name), 0);
	is_refused(name);
}

static void
what_is_no_folder_is_refused(void **state)
{
	char		command[300];
	const char	*name;

	(void)state;
	name = must_make();
	snprintf(command, sizeof(command), "rm -r %s", name);
	assert_int_equal(system(command), 0);
	write_text(name, certificate);
	is_refused(name);
}

static void
a_foreign_certificate_is_refused(void **state)
{
	char		path[300];
	const char	*name;

	(void)state;
	name = must_make();
	snprintf(path, sizeof(path), "%s/0123abcd.0", name);
	assert_int_equal(symlink(bundle, path), 0);
	is_refused(name);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(link(bundle, path), 0);
	is_refused(name);
	if (geteuid() != 0)
		return;
	assert_int_equal(unlink(path), 0);
	write_text(path, certificate);
	assert_int_equal(chown(path, 65534, 65534), 0);
	is_refused(name);
}

static void
a_folder_of_another_is_refused(void **state)
{
	const char	*name;

	(void)state;
	if (geteuid() != 0)
		skip();
	name = must_make();
	assert_int_equal(chown(name, 65534, 65534), 0);
	is_refused(name);
}

/* Plain CGI without a state folder trusts the bundle, and no folder of /tmp. */
static void
a_lone_process_reads_the_bundle(void **state)
{
	struct gateway	gateway;
	char		config[128], text[256];

	(void)state;
	snprintf(config, sizeof(config), "%s/config.json", folder);
	snprintf(text, sizeof(text), "{\"ca_file\":\"%s\",\"guard\":false}",
	    bundle);
	write_text(config, text);
	setenv("DROID2API_STATE", "/proc/nowhere", 1);
	assert_int_equal(gateway_open(&gateway, config, true, &problem), 0);
	assert_string_equal(gateway.ca_path, bundle);
	assert_true(gateway.ca_is_file);
	gateway_close(&gateway);
	setenv("DROID2API_STATE", folder, 1);
	assert_int_equal(gateway_open(&gateway, config, true, &problem), 0);
	assert_non_null(strstr(gateway.ca_path, "/run/ca-"));
	assert_false(gateway.ca_is_file);
	gateway_close(&gateway);
}

#define CASE(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		CASE(it_is_made_once),
		CASE(no_certificates_are_said),
		CASE(a_folder_others_may_write_is_refused),
		CASE(a_symlink_is_refused),
		CASE(what_is_no_folder_is_refused),
		CASE(a_foreign_certificate_is_refused),
		CASE(a_folder_of_another_is_refused),
		CASE(a_lone_process_reads_the_bundle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
