#ifndef FOLD_ROW_H
#define FOLD_ROW_H

#include <sqlite3.h>

#include "row.h"

/*
 * A row of the journal as what usage.db holds: numbers become words that last,
 * texts become valid UTF-8 without controls.
 */
#define FOLD_ROW_SQL	"INSERT INTO row VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?," \
			"?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
#define FOLD_SUM_SQL	"INSERT INTO sum VALUES (?,?,?,?,1,?,?,?,?,?,?,?,?,?,?)" \
			" ON CONFLICT (hour, key, model, upstream) DO UPDATE" \
			" SET requests = requests + 1," \
			" failed = failed + excluded.failed," \
			" input = input + excluded.input," \
			" cached = cached + excluded.cached," \
			" cache_write = cache_write + excluded.cache_write," \
			" output = output + excluded.output," \
			" reasoning = reasoning + excluded.reasoning," \
			" bytes_in = bytes_in + excluded.bytes_in," \
			" bytes_out = bytes_out + excluded.bytes_out," \
			" total_us = total_us + excluded.total_us," \
			" cost = cost + excluded.cost"

void	fold_row_bind(sqlite3_stmt *, const struct row *);
void	fold_sum_bind(sqlite3_stmt *, const struct row *);

#endif
