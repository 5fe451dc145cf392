#ifndef ADDRESS_H
#define ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Addresses of peers, and blocks of them. */
struct address_block {
	uint8_t		address[16];	/* IPv4 mapped into IPv6 */
	unsigned	bits;		/* of 128 */
};

/* An address as 16 bytes, IPv4 mapped into IPv6; false when it is none. */
bool	address_read(const char *text, uint8_t out[16]);

/* Whether an address is in one of the blocks; false when it is none. */
bool	address_in(const char *text, const struct address_block *, size_t count);

/* Whether it is in 127/8, or ::1. */
bool	address_is_loopback(const char *text);

#endif
