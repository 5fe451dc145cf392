#!/bin/bash
# Each claim of SECURITY.md names tests, as `FILE`: WORDS, several with a semicolon
# between: the words are to be in that file.
# usage: claims.sh ROOT BUILD
set -euo pipefail
cd "$1"
status=0 rows=0

while IFS='|' read -r _ claim shown _; do
	rows=$((rows + 1))
	[[ $shown == *'`tests/'* ]] || {
		echo "no test for:$claim"
		status=1
	}
	while [[ $shown =~ \`(tests/[^\`]*)\`:\ (.*) ]]; do
		file=${BASH_REMATCH[1]} shown=${BASH_REMATCH[2]}
		words=${shown%%; \`*}
		words=${words%"${words##*[![:space:]]}"}
		grep -qsF -- "$words" "$file" || {
			echo "$file has no: $words"
			status=1
		}
	done
done < <(awk '/^\| claim/ { table = 1; next } !/^\|/ { table = 0 }
    table && !/^\|---/' SECURITY.md)
[ "$rows" -ge 20 ] || {
	echo "only $rows claims are found in SECURITY.md"
	status=1
}
exit $status
