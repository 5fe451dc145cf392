#ifndef SCHEMA_H
#define SCHEMA_H

#include "json_write.h"

/*
 * What the dialects need to know of a JSON Schema.
 */

/*
 * Whether OpenAI takes it with `strict:true`: every object in it is closed
 * (additionalProperties false) and requires all of its properties.
 */
bool	schema_is_strict(struct json_value);

/* Whether it is one of several at its top: anyOf, oneOf, allOf. */
bool	schema_is_union(struct json_value);

/*
 * As a function's parameters, where `type` must be "object": written as it is
 * when it says so, with a type added when it says none, an empty object schema
 * when it is no object at all.
 */
void	schema_put_parameters(struct json_write *, struct json_value);

#endif
