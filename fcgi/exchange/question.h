#ifndef QUESTION_H
#define QUESTION_H

#include "exchange_state.h"

/*
 * Body and path -> which model is asked, whether for events, by which session.
 * Reads the body, in whichever of the forms that the operation takes it came.
 * 0, or -1 with the problem set.
 */
int	question_read(struct exchange *);

#endif
