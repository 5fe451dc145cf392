#include "build.h"

#include <string.h>

#include "factory.h"

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

const char *
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
