#!/bin/bash
# static.sh [ARCHIVE]: the static programs of conf/static/build.sh, or of ARCHIVE, in a
# root that has nothing but /etc/resolv.conf, /etc/passwd and certificates, and on
# shared hosting. For a person to run, as root; takes a minute. Needs node, lighttpd,
# openssl, iproute2, and Apache with apache2-suexec-custom.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
archive=${1:-$(find "$root/build-static" -maxdepth 1 \
    -name "droid2api-*-$(uname -m).tar.gz" | sort -V | tail -n 1)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { printf '== %4ss %s\n' "$SECONDS" "$*"; }
die() {
	printf 'FAIL: %s\n' "$*" >&2
	exit 1
}

[ "$(id -u)" = 0 ] || die 'must be root'
[ -f "$archive" ] || die 'no archive: run conf/static/build.sh'
say "$archive"
chmod 755 "$work"
tar -C "$work" --no-same-owner -xzf "$archive"
(cd "$work/droid2api" && sha256sum -c --quiet SHA256SUMS) ||
    die 'its checksums are wrong'
for package in musl-dev curl openssl; do
	grep -qE "^  [0-9a-f]{64}  ${package}_" "$work/droid2api/PARTS" ||
	    die "it does not say from which $package it was made"
done
for program in droid2api.fcgi tokend; do
	! readelf -l "$work/droid2api/$program" | grep -q INTERP ||
	    die "$program is not static"
	! grep -qaF "$(dirname "$(realpath "$archive")")" "$work/droid2api/$program" ||
	    die "$program differs by where it was made"
	say "$program: $(stat -c %s "$work/droid2api/$program") bytes"
done

say 'an empty root'
unshare --net sh -c 'ip link set lo up && exec "$@"' sh \
    node "$root/tests/static.mjs" "$work/droid2api" "$work/root" ||
    die 'in the empty root'

say 'shared hosting'
DROID2API_ARCHIVE=$(realpath "$archive") node --test \
    "$root/tests/integration/hosting.test.mjs" >"$work/log" || {
	cat "$work/log"
	die 'on shared hosting'
}
grep -E '^# (pass|skipped)' "$work/log"
! grep -q '^# skipped [1-9]' "$work/log" || die 'not all was tried'
say PASS
