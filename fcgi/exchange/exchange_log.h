#ifndef EXCHANGE_LOG_H
#define EXCHANGE_LOG_H

#include "exchange_state.h"

/*
 * The one line that an exchange leaves in the log, and its share of the
 * scoreboard's counters.
 */
void	exchange_log(struct exchange *);

/* dev_mode: the client's header fields and the body's beginning, masked. */
void	exchange_log_request(const struct exchange *);

/* Monotonic microseconds. */
uint64_t exchange_now_us(void);

#endif
