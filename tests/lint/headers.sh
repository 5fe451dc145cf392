#!/bin/bash
# Every header compiles alone.
# usage: headers.sh ROOT BUILD
set -euo pipefail
cd "$1"
status=0
for header in $(find fcgi shared tokend -name '*.h' 2>/dev/null | sort); do
	printf '#include "build.h"\n#include "%s"\n' "$header" |
	    cc -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only \
	    -I"$2" -I. -Ishared -Ifcgi -Itokend -x c - || status=1
done
exit $status
