#include "build.h"

#include "clock.h"
#include "patience.h"

void
patience_start(struct patience *patience, const struct config *config)
{
	patience->limit_s = config->first_byte_timeout_s >
	    config->idle_timeout_s ? config->first_byte_timeout_s :
	    config->idle_timeout_s;
	patience_renew(patience);
}

void
patience_renew(struct patience *patience)
{
	patience->since_ms = now_ms();
}

int
patience_check(const struct patience *patience, struct problem *p)
{
	if (now_ms() - patience->since_ms < (int64_t)patience->limit_s * 1000)
		return 0;
	return problem_set(p, PROBLEM_TIMEOUT, "the upstream sent nothing but "
	    "signs of life for %d seconds", patience->limit_s);
}
