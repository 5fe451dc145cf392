#!/bin/bash
# build.sh [FOLDER]: builds droid2api_*.deb in FOLDER (./deb) from the files that git
# knows, or from an unpacked source archive. Needs dpkg-dev and debhelper, and says
# what else is missing. DEBFULLNAME and DEBEMAIL are the maintainer's.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
out=$(realpath -m "${1:-deb}")
source=$out/droid2api

rm -rf "$source"
mkdir -p "$source"
cd "$root"
if git ls-files --error-unmatch Makefile.am >/dev/null 2>&1; then
	git ls-files -z --cached --others --exclude-standard |
	    tar --null --ignore-failed-read -T - -cf - | tar -C "$source" -xf -
else
	tar --exclude=./build --exclude="./${out##*/}" -cf - . |
	    tar -C "$source" -xf -
fi
mv "$source/conf/debian" "$source/debian"
rm "$source/debian/build.sh"
cd "$source"
maintainer="${DEBFULLNAME:-droid2api} <${DEBEMAIL:-droid2api@localhost}>"
sed -i "s|droid2api <droid2api@localhost>|$maintainer|" debian/{control,changelog}
jobs=$(nproc)
export DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS-nocheck} parallel=$jobs"
export DEB_BUILD_PROFILES="${DEB_BUILD_PROFILES-nocheck}"
dpkg-buildpackage -b -us -uc
rm -rf "$source"
ls "$out"/droid2api_*.deb
