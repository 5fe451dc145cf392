#!/bin/bash
# update.sh: every client of package.json in its newest version, pinned. What the
# tests say of them is then for people to read. SDKs that want a newer Node than
# Debian 12 has, and those whose packages npm ci does not find, stay as they are.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")"
mapfile -t names < <(node -p \
    'Object.keys(require("./package.json").dependencies).join("\n")')
npm install --silent --no-audit --no-fund --save-exact \
    "${names[@]/%/@latest}"
node -p 'Object.entries(require("./package.json").dependencies)
    .map((one) => one.join(" ")).join("\n")'
