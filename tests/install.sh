#!/bin/bash
# Installs what the tests need and the machine lacks (Debian, Ubuntu).
set -euo pipefail
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# what to look for, the package that has it
needs='cc gcc
make make
autoreconf autoconf
automake automake
pkg-config pkg-config
@libcurl libcurl4-openssl-dev
@json-c libjson-c-dev
@sqlite3 libsqlite3-dev
@zlib zlib1g-dev
@libcrypto libssl-dev
@cmocka libcmocka-dev
/usr/include/fcgiapp.h libfcgi-dev
lighttpd lighttpd
tinyproxy tinyproxy
nginx nginx-light
apache2 apache2
/usr/lib/apache2/modules/mod_fcgid.so libapache2-mod-fcgid
haproxy haproxy
clang clang
clang-tidy clang-tidy
cppcheck cppcheck
ctags universal-ctags
valgrind valgrind
shellcheck shellcheck
strace strace
curl curl
openssl openssl
xz xz-utils
nm binutils'

has_node() {
	command -v node >/dev/null &&
	    [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 18 ]
}

present() {
	case $1 in
	@*) pkg-config --exists "${1#@}" 2>/dev/null ;;
	/*) [ -e "$1" ] ;;
	*) command -v "$1" >/dev/null ;;
	esac
}

packages=()
while read -r need package; do
	present "$need" || packages+=("$package")
done <<<"$needs"
has_node || packages+=(nodejs npm)
[ ${#packages[@]} -gt 0 ] || exit 0

command -v apt-get >/dev/null || {
	echo "missing (by their Debian names): ${packages[*]}" >&2
	exit 1
}
as=''
[ "$(id -u)" = 0 ] || as=sudo

# Servers must not start themselves on port 80 when they are installed.
policy=/usr/sbin/policy-rc.d
restore() {
	$as rm -f $policy
	[ ! -e $policy.droid2api ] || $as mv $policy.droid2api $policy
}
[ ! -e $policy ] || $as mv $policy $policy.droid2api
trap restore EXIT
printf '#!/bin/sh\nexit 101\n' | $as tee $policy >/dev/null
$as chmod 755 $policy

echo "installing ${packages[*]}"
log=$(mktemp)
{ $as apt-get update && $as env DEBIAN_FRONTEND=noninteractive apt-get install \
    -y --no-install-recommends "${packages[@]}"; } >"$log" 2>&1 || {
	tail -n 20 "$log" >&2
	echo "apt-get could not install: ${packages[*]}" >&2
	exit 1
}
rm -f "$log"
