#!/bin/bash
# build.sh [FOLDER]: builds droid2api_*.deb in FOLDER (./deb) from the files that git
# knows, or from an unpacked source archive; says which packages it needs and lacks.
# DEBFULLNAME and DEBEMAIL are the maintainer's, else git's user.name and user.email.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
out=$(realpath -m "${1:-deb}")

lacking() {	# PACKAGE...
	echo "build.sh: missing packages; as root: apt-get install $*" >&2
	exit 1
}
command -v dpkg-checkbuilddeps >/dev/null || lacking dpkg-dev
# "dpkg-checkbuilddeps: error: Unmet build dependencies: debhelper-compat (= 13) ..."
missing=$(LC_ALL=C dpkg-checkbuilddeps "$root/conf/debian/control" 2>&1 || true)
missing=$(sed -n 's/([^)]*)//g; s/-compat//; s/:native//
    s/.*ependencies: //p' <<<"$missing")
# shellcheck disable=SC2086 # words
[ -z "$missing" ] || lacking $missing

# A folder of its own: there may be anything in the one that was named.
mkdir -p "$out"
work=$(mktemp -d "$out/build.XXXXXX")
trap 'rm -rf "$work"' EXIT
source=$work/droid2api
mkdir "$source"
cd "$root"
if git ls-files --error-unmatch Makefile.am >/dev/null 2>&1; then
	git ls-files -z --cached --others --exclude-standard |
	    tar --null --ignore-failed-read -T - -cf - | tar -C "$source" -xf -
else
	tar --exclude=./build --exclude=./deb --exclude="${work##*/}" -cf - . |
	    tar -C "$source" -xf -
fi
mv "$source/conf/debian" "$source/debian"
rm "$source/debian/build.sh"
cd "$source"
git_says() { git -C "$root" config "$1" 2>/dev/null || true; }
name=${DEBFULLNAME:-$(git_says user.name)}
mail=${DEBEMAIL:-$(git_says user.email)}
maintainer="${name:-droid2api} <${mail:-droid2api@example.org}>"
sed -i "s|droid2api <droid2api@example.org>|$maintainer|" debian/{control,changelog}
jobs=$(nproc)
export DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS-nocheck} parallel=$jobs"
export DEB_BUILD_PROFILES="${DEB_BUILD_PROFILES-nocheck}"
dpkg-buildpackage -b -us -uc
find "$work" -maxdepth 1 -type f -exec mv -t "$out" {} +
ls "$out"/droid2api_*.deb
