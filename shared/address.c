#include "build.h"

#include <arpa/inet.h>

#include <string.h>

#include "address.h"

bool
address_read(const char *text, uint8_t out[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (inet_pton(AF_INET6, text, out) == 1)
		return true;
	memcpy(out, mapped, sizeof(mapped));
	return inet_pton(AF_INET, text, out + 12) == 1;
}

static bool
in_block(const uint8_t address[16], const struct address_block *block)
{
	unsigned bits = block->bits, whole = bits / 8, rest = bits % 8;

	if (memcmp(address, block->address, whole) != 0)
		return false;
	return rest == 0 ||
	    ((address[whole] ^ block->address[whole]) >> (8 - rest)) == 0;
}

bool
address_in(const char *text, const struct address_block *blocks, size_t count)
{
	uint8_t address[16];
	size_t i;

	if (!address_read(text, address))
		return false;
	for (i = 0; i < count; i++)
		if (in_block(address, &blocks[i]))
			return true;
	return false;
}

bool
address_is_loopback(const char *text)
{
	static const struct address_block loopback[] = {
		{ { [10] = 0xff, [11] = 0xff, [12] = 127 }, 104 },
		{ { [15] = 1 }, 128 },
	};

	return address_in(text, loopback, 2);
}
