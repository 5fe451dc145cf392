#include "build.h"

#include <string.h>

#include "clock.h"
#include "explain.h"
#include "limits.h"
#include "log.h"

/* What Factory's refusals mean, which doesn't say so. */
static const struct {
	int		 status;
	const char	*word;		/* in what it says; NULL: whatever */
	const char	*cause;
} factory_causes[] = {
	{ 401, NULL, "Factory does not know the credential, or it has ended" },
	{ 402, NULL, "what Factory allows within 5 hours, 7 or 30 days is "
	    "used up" },
	{ 403, "system", "Factory refused the request because of its system "
	    "text" },
	{ 403, NULL, "Factory refuses a key that may not run models, another "
	    "organization's, some places, and system prompts that name "
	    "another client" },
	{ 429, NULL, "Factory may count by address, which an outbound proxy "
	    "changes" },
};

/* What of it fits an answer with this status and these words; or NULL. */
static const char *
factory_cause(int status, const char *says)
{
	size_t	i;

	for (i = 0; i < sizeof(factory_causes) / sizeof(factory_causes[0]);
	    i++)
		if (factory_causes[i].status == status &&
		    (factory_causes[i].word == NULL ||
		    strcasestr(says, factory_causes[i].word) != NULL))
			return factory_causes[i].cause;
	return NULL;
}

/* When what Factory allows begins anew, where that is known. */
static void
explain_limit(struct exchange *x)
{
	struct allowance_window	window;
	int64_t			now_s = (int64_t)wall_s();
	char			text[ALLOWANCE_TEXT];

	if (!credentials_used_up(&x->credentials, x->endpoint,
	    x->answer.upstream_status, &window))
		return;
	problem_add(&x->problem, allowance_say(text, &window, now_s));
	if (x->problem.retry_after_s == 0)
		x->problem.retry_after_s = (int)(window.ends_at - now_s);
	limits_tell_wait(x, x->problem.retry_after_s);
}

void
explain_result(struct exchange *x, int result)
{
	int		 status = x->answer.upstream_status;
	const char	*cause;

	if (x->endpoint->profile != PROFILE_FACTORY)
		return;
	cause = factory_cause(status, result == -1 ? x->problem.message : "");
	if (cause != NULL)
		log_info(x->id, "upstream %s answered %d: %s",
		    x->endpoint->name, status, cause);
	if (cause != NULL && result == -1)
		problem_add(&x->problem, cause);
	if (result == -1)
		explain_limit(x);
}
