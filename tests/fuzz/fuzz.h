#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* What each fuzzer defines; driver.c or libFuzzer calls it. Returns 0. */
int	LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* A promise; unlike assert() it is never compiled out. */
#define FUZZ_ASSERT(condition) \
	do { \
		if (!(condition)) \
			abort(); \
	} while (0)

#endif
