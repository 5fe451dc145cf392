#ifndef RESPONSES_CASES_H
#define RESPONSES_CASES_H

#include "request_cases.h"
#include "dialects/responses.h"
#include "dialects/responses_convert.h"

#endif
