#ifndef MESSAGES_CASES_H
#define MESSAGES_CASES_H

#include "request_cases.h"
#include "dialects/messages_convert.h"

#endif
