#ifndef SCHEMA_H
#define SCHEMA_H

#include "json_write.h"

/*
 * What the dialects need to know of a JSON Schema.
 */

/*
 * Whether OpenAI takes it with `strict:true`: every object in it is closed
 * (additionalProperties false) and requires all of its properties, every schema
 * says a type, and nothing is said that strict schemas don't know: most ways to
 * combine schemas, most formats, anything beside a $ref.
 */
bool	schema_is_strict(struct json_value);

/* Whether its `type` is that one, or a list that names it. */
bool	schema_has_type(struct json_value, const char *);

/*
 * What a tool's parameters may be, at their top: an object. Everybody takes
 * properties; some want them said, be there any or not, and no alternatives,
 * whatever is said beside them.
 */
enum schema_top {
	SCHEMA_ANY,		/* OpenAI, of an answer: an object as it is */
	SCHEMA_TYPED,		/* the same: nothing but a type, and any */
	SCHEMA_OBJECT,		/* Google */
	SCHEMA_NO_UNION,	/* Anthropic: no anyOf, oneOf, allOf */
	SCHEMA_NAMED,		/* the same, and properties named as it wants */
	SCHEMA_PLAIN,		/* OpenAI: no enum and not, too; properties */
};

/* Whether the top says more than such an API takes. */
bool	schema_is_more(struct json_value, enum schema_top);

/*
 * As parameters: as it is, where it is such; else without what is refused, with a
 * type, and an empty object schema when it is no object at all. Sets *changed
 * where that says less. What some languages make of nothing (`properties` and
 * `required` that are null, or a list of properties) is nothing, at any depth, and
 * an array has items, as OpenAI wants it; patterns OpenAI refuses (pattern.h) are
 * left out of what goes there. Where a property is left out, others are no longer
 * refused. Of an answer nothing but patterns is left out, the rest stays.
 */
void	schema_put_parameters(struct json_write *, struct json_value,
	    enum schema_top, bool *changed);

#endif
