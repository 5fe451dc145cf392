#ifndef FACTORY_H
#define FACTORY_H

/*
 * What a refusal of Factory's means that has this status and says that; NULL:
 * nothing that it does not say itself.
 */
const char	*factory_cause(int status, const char *says);

#endif
