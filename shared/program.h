#ifndef PROGRAM_H
#define PROGRAM_H

#include <stdbool.h>

/*
 * Whether this program runs from where make install puts it. It then has its places
 * in the system, and looks for nothing in the folder that a person happens to be in.
 */
bool	program_is_installed(void);

#endif
