#include "build.h"

#include <strings.h>

#include "config.h"

static const char *const effort_words[EFFORT_KINDS] = {
	[EFFORT_AUTO] = "auto",
	[EFFORT_OFF] = "off",
	[EFFORT_MINIMAL] = "minimal",
	[EFFORT_LOW] = "low",
	[EFFORT_MEDIUM] = "medium",
	[EFFORT_HIGH] = "high",
	[EFFORT_XHIGH] = "xhigh",
	[EFFORT_MAX] = "max",
};

const char *
effort_word(enum effort effort)
{
	return effort < EFFORT_KINDS ? effort_words[effort] : NULL;
}

int
effort_of(const char *word, enum effort *effort)
{
	size_t	i;

	if (strcasecmp(word, "none") == 0)
		word = effort_words[EFFORT_OFF];
	if (strcasecmp(word, "ultra") == 0)	/* what Codex makes of it, too */
		word = effort_words[EFFORT_MAX];
	for (i = 0; i < EFFORT_KINDS; i++) {
		if (strcasecmp(word, effort_words[i]) == 0) {
			*effort = (enum effort)i;
			return 0;
		}
	}
	return -1;
}
