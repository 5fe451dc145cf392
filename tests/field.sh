#!/bin/bash
# field.sh: what real servers and agents do beside the documents, through the
# gateway of build/ (or DROID2API_BUILD); then a table of the classes of such
# inputs and the pairs of APIs that they ran in.
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
export DROID2API_BUILD=${DROID2API_BUILD:-$root/build}
FIELD_TABLE=$(mktemp)
export FIELD_TABLE
trap 'rm -f "$FIELD_TABLE"' EXIT

node --test --test-reporter="$root/tests/reporter.mjs" \
    --test-reporter-destination=stdout \
    "$root"/tests/integration/field_*.test.mjs
status=$?
node "$root/tests/integration/field_table.mjs" "$FIELD_TABLE"
exit $status
