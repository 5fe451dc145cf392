#ifndef EXCHANGE_LOG_H
#define EXCHANGE_LOG_H

#include "exchange.h"

/*
 * The one line that an exchange leaves in the log, and its share of the
 * scoreboard's counters. `gone`: the client hung up.
 */
void	exchange_log(const struct exchange *, bool gone);

/* dev_mode: the client's header fields and the body's beginning, masked. */
void	exchange_log_request(const struct exchange *);

/* Monotonic microseconds. */
uint64_t exchange_now_us(void);

#endif
