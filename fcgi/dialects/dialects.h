#ifndef DIALECTS_H
#define DIALECTS_H

#include "dialect.h"

/*
 * The table of dialects: the one place that knows them all. None of them sees it.
 */
const struct dialect	*dialect_of(enum dialect_kind);

#endif
