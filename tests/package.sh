#!/bin/bash
# package.sh [FOLDER]: builds the Debian package, looks at it with lintian, and
# installs, upgrades, removes and purges it in a fresh Debian 12 below FOLDER
# (a temporary one). For a person to run, as root; takes a few minutes. Needs
# dpkg-dev, debhelper, lintian and mmdebstrap.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
work=$(realpath -m "${1:-$(mktemp -d)}")
system=$work/system
state=/var/lib/droid2api

say() { printf '== %4ss %s\n' "$SECONDS" "$*"; }
die() {
	printf 'FAIL: %s\n' "$*" >&2
	exit 1
}
quietly() {
	"$@" >"$work/log" 2>&1 || { tail -n 30 "$work/log" >&2; die "$*"; }
}
inside() { chroot "$system" env DEBIAN_FRONTEND=noninteractive LC_ALL=C "$@"; }
is() {	# WHAT EXPECTED ACTUAL
	[ "$2" = "$3" ] || die "$1 is '$3', should be '$2'"
}

[ "$(id -u)" = 0 ] || die 'must be root'
for tool in dpkg-buildpackage dh lintian mmdebstrap; do
	command -v $tool >/dev/null || die "$tool is missing"
done
mkdir -p "$work"

say 'build'
DEBEMAIL=packager@debian.org quietly "$root/conf/debian/build.sh" "$work/deb"
deb=$(ls "$work"/deb/droid2api_*_*.deb)

say 'lintian'
found=$(lintian --allow-root "$work"/deb/*.changes 2>&1) || true
[ -z "$found" ] || die "lintian: $found"

say 'a fresh Debian 12'
[ -e "$system/etc" ] || quietly mmdebstrap --variant=minbase \
    --aptopt='Acquire::Languages "none"' bookworm "$system"
printf '#!/bin/sh\nexit 101\n' >"$system/usr/sbin/policy-rc.d"
chmod 755 "$system/usr/sbin/policy-rc.d"
mountpoint -q "$system/proc" || mount -t proc proc "$system/proc"
trap 'umount "$system/proc"' EXIT

say 'install'
quietly inside apt-get update
cp "$deb" "$system/tmp/first.deb"
quietly inside apt-get install -y /tmp/first.deb
[ -z "$(find "$system/etc/systemd/system" -name '*droid2api*' -o \
    -name 'tokend*')" ] || die 'a service is enabled'
for one in 'login 700 tokend droid2api' 'token 2750 tokend droid2api' \
    'run 700 droid2api droid2api'; do
	is "$state/${one%% *}" "${one#* }" \
	    "$(inside stat -c '%a %U %G' "$state/${one%% *}")"
done
inside /usr/libexec/droid2api.fcgi --check-config >/dev/null ||
    die 'the configuration is not accepted'
answer=$(inside setpriv --reuid droid2api --regid droid2api --clear-groups \
    env GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET REQUEST_URI=/health \
    REMOTE_ADDR=127.0.0.1 HTTP_HOST=localhost SERVER_PROTOCOL=HTTP/1.1 \
    /usr/libexec/droid2api.fcgi </dev/null 2>/dev/null) || true
[[ $answer == *'"status"'* ]] || die "no answer by CGI: $answer"
! inside setpriv --reuid droid2api --regid droid2api --clear-groups \
    ls $state/login >/dev/null 2>&1 || die 'the gateway can read the login'

say 'upgrade'
echo '// mine' >>"$system/etc/droid2api/config.json"
echo secret >"$system$state/login/store"
echo FACTORY_API_KEY=fk-x >"$system/etc/droid2api/gateway.env"
rm -rf "$work/newer"
dpkg-deb -R "$deb" "$work/newer"
sed -i 's/^Version: .*/&+1/' "$work/newer/DEBIAN/control"
quietly dpkg-deb --root-owner-group -b "$work/newer" "$system/tmp/second.deb"
quietly inside apt-get install -y /tmp/second.deb
is 'the edited configuration' '// mine' \
    "$(tail -n 1 "$system/etc/droid2api/config.json")"
is 'the login' secret "$(cat "$system$state/login/store")"
inside dpkg -s droid2api | grep -q '^Version: .*+1$' || die 'not upgraded'

say 'remove, purge'
quietly inside apt-get remove -y droid2api
is 'the login of a removed package' secret "$(cat "$system$state/login/store")"
[ -e "$system/etc/droid2api/config.json" ] || die 'remove took the configuration'
quietly inside apt-get purge -y droid2api
[ ! -e "$system$state" ] || die "purge left $state"
[ ! -e "$system/etc/droid2api" ] || die 'purge left /etc/droid2api'

say "PASS: $deb"
[ $# -gt 0 ] || { umount "$system/proc"; trap - EXIT; rm -rf "$work"; }
