/* The fuzzers' own driver, where libFuzzer is missing. */
#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

int	driver_main(int, char **);

#define main	driver_main
#include "../fuzz/driver.c"
#undef main

static size_t	inputs, bytes;

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t length)
{
	(void)at;
	inputs++;
	bytes += length;
	return 0;
}

static void
write_file(const char *path, size_t length)
{
	FILE	*file = fopen(path, "w");

	assert_non_null(file);
	for (; length > 0; length--)
		fputc('x', file);
	fclose(file);
}

static void
test_a_folder_is_its_files(void **state)
{
	char	folder[] = "/tmp/test_fuzz_driver.XXXXXX";
	char	one[64], two[64], inner[64];
	char	*arguments[] = { (char[]){ "fuzz_x" }, folder, one, NULL };

	(void)state;
	alarm(60);
	assert_non_null(mkdtemp(folder));
	snprintf(one, sizeof(one), "%s/one", folder);
	snprintf(two, sizeof(two), "%s/two", folder);
	snprintf(inner, sizeof(inner), "%s/inner", folder);
	write_file(one, 10000);
	write_file(two, 0);
	assert_int_equal(driver_main(3, arguments), 0);
	assert_int_equal(inputs, 3);
	assert_int_equal(bytes, 20000);
	/* A folder in a folder is no input, and no endless one. */
	assert_int_equal(mkdir(inner, 0700), 0);
	(void)driver_main(2, arguments);
	assert_int_equal(bytes, 30000);
	arguments[1] = (char[]){ "/nonexistent/input" };
	assert_int_equal(driver_main(2, arguments), 1);
	rmdir(inner);
	unlink(one);
	unlink(two);
	rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_a_folder_is_its_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
