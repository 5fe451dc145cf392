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

/*
 * Some part of `size`, which follows from the input and `time` alone: how much
 * memory it gets that time, so that each allocation fails for some input.
 */
#define FUZZ_TIMES	3

static inline size_t
fuzz_part(size_t size, const uint8_t *bytes, size_t length, uint32_t time)
{
	uint32_t	hash = 2166136261u + time;
	size_t		i;

	for (i = 0; i < length; i++)
		hash = (hash ^ bytes[i]) * 16777619u;
	return (size_t)((uint64_t)size * (hash >> 16) >> 16);
}

#endif
