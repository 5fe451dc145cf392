#ifndef ACCOUNTS_H
#define ACCOUNTS_H

#include <stddef.h>
#include <stdint.h>

#include "allowance.h"
#include "config.h"
#include "credentials.h"
#include "gateway.h"
#include "token.h"

/*
 * How those of Factory's credentials stand that the gateway has, for who looks on:
 * each key of FACTORY_API_KEY, each of tokend's accounts. No secret is in it.
 */
struct account_state {
	char		id[ALLOWANCE_ID];	/* as the limits have it */
	char		name[ALLOWANCE_ID];	/* for people; may be "" */
	int64_t		expires_at;		/* of its token, Unix time; 0:
						 * unknown */
	int		set_aside_s;		/* 0: it is not */
};

struct accounts {
	size_t			count;
	struct account_state	list[CREDENTIALS_MAX];
};

/* The tokens may be NULL where none is used. */
void	accounts_read(struct accounts *, const struct gateway *,
	    const struct config *, const struct tokens *);

#endif
