#!/bin/bash
# usage: cppcheck.sh ROOT BUILD
set -euo pipefail
cd "$1"
folders=()
for folder in fcgi shared tokend; do
	[ ! -d $folder ] || folders+=($folder)
done
mkdir -p "$2/cppcheck"
cppcheck --quiet --std=c11 --enable=warning,performance,portability \
    --inline-suppr --error-exitcode=1 --library=posix \
    --suppress=missingIncludeSystem --cppcheck-build-dir="$2/cppcheck" \
    -D__GNUC__ -j "$(nproc)" -I"$2" -Ishared -Ifcgi -Itokend \
    "${folders[@]}"
