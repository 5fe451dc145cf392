#ifndef PAGE_H
#define PAGE_H

#include "exchange_state.h"

/*
 * GET / for a person: page.html, which is in the program. It asks this gateway
 * for what it shows, by JSON, and nobody else. Who may see it anyhow finds the
 * figures of now in it, for a browser without scripts.
 */
int	page_answer(struct exchange *);

/* page.html as a string, by the Makefile. */
extern const char	page_html[];

#endif
