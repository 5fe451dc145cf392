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

#include "exchange/gateway.h"
#include "upstream/upstream_share.h"

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
	strcpy(folder, "/tmp/test_upstream_share.XXXXXX");
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
	snprintf(command, sizeof(command), "rm -r '%s'", folder);
	return system(command);
}

static struct upstream_share *
open_bundle(void)
{
	return upstream_share_open(&(struct http_trust){ NULL, bundle },
	    &problem);
}

static void
a_bundle_is_read_once(void **state)
{
	struct upstream_share	*share = open_bundle();

	(void)state;
	assert_non_null(share);
	assert_int_equal(sk_X509_OBJECT_num(X509_STORE_get0_objects(
	    share->trusted)), 1);
	upstream_share_close(share);
}

static void
no_certificates_are_said(void **state)
{
	(void)state;
	write_text(bundle, "no certificate\n");
	assert_null(open_bundle());
	assert_int_equal(problem.kind, PROBLEM_INVALID);
	assert_non_null(strstr(problem.message, bundle));
	assert_non_null(strstr(problem.message, "no certificates"));
	unlink(bundle);
	assert_null(open_bundle());
	assert_non_null(strstr(problem.message, "No such file"));
}

/* Plain CGI, which may have no state folder, trusts the same. */
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
	assert_int_equal(sk_X509_OBJECT_num(X509_STORE_get0_objects(
	    gateway.upstreams->trusted)), 1);
	gateway_close(&gateway);
	write_text(bundle, "no certificate\n");
	assert_int_equal(gateway_open(&gateway, config, true, &problem), -1);
	assert_non_null(strstr(problem.message, "ca_file"));
}

#define CASE(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		CASE(a_bundle_is_read_once),
		CASE(no_certificates_are_said),
		CASE(a_lone_process_reads_the_bundle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
