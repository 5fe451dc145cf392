#!/bin/bash
# clang-tidy with a short list of checks that find mistakes, not taste. unix.Malloc
# follows neither lists nor counts of references (19); ASan looks after those.
# usage: clang-tidy.sh ROOT BUILD
set -euo pipefail
cd "$1"
checks='-*,
bugprone-*,
-bugprone-easily-swappable-parameters,
-bugprone-narrowing-conversions,
-bugprone-reserved-identifier,
-bugprone-assignment-in-if-condition,
-bugprone-implicit-widening-of-multiplication-result,
-bugprone-branch-clone,
-bugprone-macro-parentheses,
-bugprone-multi-level-implicit-pointer-conversion,
-bugprone-not-null-terminated-result,
-bugprone-sizeof-expression,
clang-analyzer-core.*,
clang-analyzer-deadcode.*,
clang-analyzer-unix.*,
-clang-analyzer-unix.Malloc,
misc-redundant-expression,
misc-misplaced-const,
readability-misleading-indentation'
# Our json.h comes before json-c's.
flags=(-std=gnu11 -D_GNU_SOURCE -I"$2" -Ishared -Ifcgi -Itokend
    '-DSYSCONFDIR=""' '-DLOCALSTATEDIR=""' '-DLIBEXECDIR=""' '-DSBINDIR=""')
read -ra more < <(pkg-config --cflags json-c libcurl)
extra=(--extra-arg=-w)
for flag in "${flags[@]}" "${more[@]}"; do
	extra+=("--extra-arg=$flag")
done
find fcgi shared tokend -name '*.c' 2>/dev/null | sort |
    xargs -P "$(nproc)" -n 4 clang-tidy --quiet --warnings-as-errors='*' \
    --checks="$(tr -d '\n' <<<"$checks")" "${extra[@]}" \
    -p /nonexistent 2>/dev/null
