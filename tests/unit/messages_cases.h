#ifndef MESSAGES_CASES_H
#define MESSAGES_CASES_H

#include "dialects/messages/messages_convert.h"
#include "request_cases.h"

#endif
