#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "address.h"

static void
test_addresses(void **state)
{
	static const struct address_block block = {
		{ [10] = 0xff, [11] = 0xff, 10, 20, 0x80 }, 96 + 17,
	};

	(void)state;
	assert_true(address_in("10.20.128.1", &block, 1));
	assert_true(address_in("10.20.255.1", &block, 1));
	assert_false(address_in("10.20.127.1", &block, 1));
	assert_false(address_in("nonsense", &block, 1));
	assert_false(address_is_loopback("128.0.0.1"));
	assert_false(address_is_loopback("::2"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
