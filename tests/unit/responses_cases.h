#ifndef RESPONSES_CASES_H
#define RESPONSES_CASES_H

#include "dialects/responses/responses.h"
#include "dialects/responses/responses_convert.h"
#include "request_cases.h"

#endif
