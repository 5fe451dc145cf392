#!/bin/bash
# package.sh [SUITE [FOLDER]]: builds the Debian package in a fresh Debian (bookworm)
# below FOLDER (a temporary one), looks at it with lintian, and installs, upgrades,
# removes and purges it in another one, where it also follows README.Debian for each
# web server. For a person to run, as root; takes a few minutes. Needs iproute2 and
# mmdebstrap. The package stays in FOLDER/deb.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
suite=${1:-bookworm}
work=$(realpath -m "${2:-$(mktemp -d)}")
roots=${ROOTS:-$work/roots}
# shellcheck source=tests/systems/root.sh
. "$root/tests/systems/root.sh"
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

# In a network of its own, so that port 80 is free.
network=droid2api-$$
pids=()
begin() {
	ip netns exec $network chroot "$system" "$@" >>"$work/servers.log" 2>&1 &
	pids+=($!)
}
serves() {	# WHAT
	local i
	for ((i = 0; i < 50; i++)); do
		[[ $(ip netns exec $network chroot "$system" \
		    curl -s http://localhost/v1/models) != *'"data"'* ]] ||
		    return 0
		sleep 0.1
	done
	tail -n 20 "$work/servers.log" >&2
	die "$1 does not serve"
}
finish() {	# the servers that run
	[ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null || true
	wait
	pids=()
}
cleanup() {
	finish
	umount "$system/proc" 2>/dev/null || true
	ip netns del $network 2>/dev/null || true
}

[ "$(id -u)" = 0 ] || die 'must be root'
for tool in ip mmdebstrap; do
	command -v $tool >/dev/null || die "$tool is missing"
done
mkdir -p "$work"

say "build on $suite"
quietly make_root "$suite" amd64 "$work/builder"
copy_project "$root" "$work/builder/src/droid2api"
# What build.sh says is missing is installed, until it says no more.
# shellcheck disable=SC2016 # for the shell in there
quietly in_root "$work/builder" bash -c 'cd /src/droid2api && apt-get update &&
    apt-get install -y --no-install-recommends lintian &&
    until conf/debian/build.sh /src/deb 2>/src/said; do
	install=$(sed -n "s/.*as root: //p" /src/said)
	[ -n "$install" ] || { cat /src/said; exit 1; }
	cat /src/said >>/src/missing
	$install -y --no-install-recommends || exit 1
    done'
grep 'missing packages' "$work/builder/src/missing" ||
    die 'build.sh does not say what it needs'
rm -rf "$work/deb"
cp -R "$work/builder/src/deb" "$work/deb"
deb=$(ls "$work"/deb/droid2api_*_*.deb)

say 'lintian'
# As a Debian package, on Ubuntu, too, whose lintian takes debug symbols for broken;
# Debian 11's does not know the word for that.
suppressed=
[ "$suite" != jammy ] || suppressed='--suppress-tags elf-error'
found=$(in_root "$work/builder" sh -c "lintian --allow-root --profile debian \
    $suppressed --fail-on=error,warning /src/deb/*.changes" 2>&1) ||
    die "lintian: $found"
echo "$(in_root "$work/builder" lintian --version): ${found:-nothing}"
remove_root "$work/builder"

say "a fresh $suite"
quietly make_root "$suite" amd64 "$system"
mountpoint -q "$system/proc" || mount -t proc proc "$system/proc"
trap cleanup EXIT

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

say 'web servers'
quietly inside apt-get install -y --no-install-recommends curl lighttpd apache2 \
    libapache2-mod-fcgid nginx-light
ip netns add $network
ip -n $network link set lo up
inside install -d -o droid2api /run/droid2api
inside install -d -o www-data /run/lighttpd
conf=/usr/share/droid2api
# What droid2api.socket and droid2api.service do.
responders() {
	local socket=/run/droid2api/droid2api.sock i
	begin setpriv --reuid droid2api --regid droid2api --clear-groups \
	    env DROID2API_STATE=$state /usr/libexec/droid2api.fcgi \
	    --socket $socket
	for ((i = 0; i < 50; i++)); do
		[ ! -S "$system$socket" ] || break
		sleep 0.1
	done
	inside chgrp www-data $socket
}
apache() {
	# shellcheck disable=SC2016 # for the shell in there
	begin sh -c '. /etc/apache2/envvars; mkdir -p "$APACHE_RUN_DIR"
	    exec apache2 -DFOREGROUND'
}
responders
ln -sf $conf/lighttpd/external.conf \
    "$system/etc/lighttpd/conf-enabled/50-droid2api.conf"
begin /usr/sbin/lighttpd -D -f /etc/lighttpd/lighttpd.conf
serves 'lighttpd with external.conf'
finish
responders
ln -sf $conf/apache/droid2api-proxy.conf "$system/etc/apache2/conf-available/"
quietly inside a2enmod proxy_fcgi
quietly inside a2enconf droid2api-proxy
apache
serves 'Apache with mod_proxy_fcgi'
finish
responders
cp "$system$conf/nginx/droid2api.conf" "$system/etc/nginx/sites-enabled/"
rm -f "$system/etc/nginx/sites-enabled/default"
begin nginx -g 'daemon off;'
serves nginx
finish
quietly inside /usr/share/droid2api/server-user www-data
ln -sf $conf/lighttpd/pool.conf \
    "$system/etc/lighttpd/conf-enabled/50-droid2api.conf"
begin /usr/sbin/lighttpd -D -f /etc/lighttpd/lighttpd.conf
serves 'lighttpd with pool.conf'
finish
quietly inside a2disconf droid2api-proxy
ln -sf $conf/apache/droid2api-fcgid.conf "$system/etc/apache2/conf-available/"
quietly inside a2enmod fcgid
quietly inside a2enconf droid2api-fcgid
apache
serves 'Apache with mod_fcgid'
finish
quietly inside /usr/share/droid2api/server-user droid2api

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
cleanup
trap - EXIT
remove_root "$system"
[ $# -gt 1 ] || rm -rf "$work"
