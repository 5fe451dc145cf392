#!/bin/bash
# Every script through shellcheck.
# usage: shell.sh ROOT BUILD
set -euo pipefail
cd "$1"
mapfile -t scripts < <(tests/files.sh | grep -E '(\.sh|^\.ci/run)$')
shellcheck -x "${scripts[@]}"
