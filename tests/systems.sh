#!/bin/bash
# systems.sh [--system NAME] [--part NAME] [--write]: tries this tree on each system of
# the table below, in a root that has nothing, and prints what holds there. For a person
# to run, as root; all of it takes some hours. Needs mmdebstrap and iproute2, and
# qemu-system-x86 and e2fsprogs for services. Ubuntu's keys are looked for in
# build-systems/roots, too (ubuntu-archive-keyring.gpg).
#
#   build        ./start.sh --build-only, then all of it again with --enable-werror
#                from the archive that make dist makes
#   unit         tests/run.sh unit
#   integration  tests/run.sh integration
#   start        ./start.sh answers, and ends when it is told to
#   package      package.sh
#   services     package_systemd.sh, with the package that package.sh made
#
# Results, logs and roots stay in build-systems; a cell that was not tried again keeps
# what it said. --write puts the table into conf/README.md.
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
work=$root/build-systems
roots=$work/roots
parts='build unit integration start package services'

# Name, suite, architecture, and what can be tried there, in this order.
systems='debian-11 bullseye amd64 start build unit package
debian-12 bookworm amd64 start build unit integration package services
debian-13 trixie amd64 start build unit integration package services
ubuntu-22.04 jammy amd64 start build unit package
debian-12-i386 bookworm i386 start build unit integration
debian-12-arm64 bookworm arm64 build unit'

# shellcheck source=tests/systems/root.sh
. "$root/tests/systems/root.sh"

die() {
	printf 'systems.sh: %s\n' "$*" >&2
	exit 1
}

# ---- the parts; each says its cell, or fails -----------------------------------------

# In the root of the system, which is made with the first part that is tried.
in_machine() {	# COMMAND
	local machine=$work/$system-machine prefix=''
	[ -e "$machine/src/droid2api" ] || {
		make_root "$suite" "$root_architecture" "$machine" || return 1
		copy_project "$root" "$machine/src/droid2api"
	}
	[ "$architecture" != i386 ] || prefix=linux32
	in_root "$machine" $prefix bash -c "cd /src/droid2api && $1"
}

# "N passed, N failed" is the last line of run.sh.
counted() {	# PART
	local line passed failed
	in_machine "tests/run.sh $1" >"$log" 2>&1
	line=$(grep '^[0-9]* passed, ' "$log" | tail -n 1)
	read -r passed _ failed _ <<<"${line//,/}"
	[ -n "$line" ] || return 1
	echo "$passed"
	[ "$failed" = 0 ]
}

part_start() {
	in_machine 'tests/systems/start.sh' >"$log" 2>&1 && echo yes
}

part_build() {
	[ "$architecture" != arm64 ] || {
		in_machine 'tests/systems/cross.sh build arm64' >"$log" 2>&1 &&
		    echo cross
		return
	}
	# shellcheck disable=SC2016 # for the shell in there
	in_machine './start.sh --build-only && make -s -C build dist-gzip &&
	    mkdir -p build-dist && cd build-dist &&
	    tar -xzf ../build/droid2api-*.tar.gz --strip-components=1 &&
	    ./configure -q --enable-werror && make -s -j "$(nproc)"' \
	    >"$log" 2>&1 && echo yes
}

part_unit() {
	[ "$architecture" = arm64 ] || {
		counted unit
		return
	}
	in_machine 'tests/systems/cross.sh check arm64' >"$log" 2>&1
	grep -c '^ok ' "$log"
	tail -n 1 "$log" | grep -q '^all passed'
}

part_integration() { counted integration; }

part_package() {
	ROOTS=$roots "$root/tests/package.sh" "$suite" "$work/$system-package" \
	    >"$log" 2>&1 && echo yes
}

part_services() {
	local package
	package=$(ls "$work/$system-package/deb"/droid2api_*.deb 2>>"$log") || {
		echo 'no package' >>"$log"
		return 1
	}
	ROOTS=$roots "$root/tests/package_systemd.sh" "$package" "$suite" \
	    "$work/$system-services" >"$log" 2>&1 && echo yes
}

# ---- the table -------------------------------------------------------------------------

# $work/results: SYSTEM PART DAY COMMIT CELL, the last one counts.
cell_of() {	# SYSTEM PART
	awk -v name="$1" -v part="$2" '$1 == name && $2 == part {
		$1 = $2 = $3 = $4 = ""; cell = substr($0, 5)
	} END { print cell == "" ? "-" : cell }' "$work/results"
}

tried_of() {	# SYSTEM: the days of what its cells say
	awk -v name="$1" '$1 == name { day[$2] = $3 }
	    END { for (part in day) print day[part] }' "$work/results" |
	    sort -u | paste -sd' '
}

table() {
	local name part
	echo "| system | ${parts// / | } | tried |"
	echo "|---|---|---|---|---|---|---|---|"
	while read -r name _; do
		printf '| %s |' "$name"
		for part in $parts; do
			printf ' %s |' "$(cell_of "$name" "$part")"
		done
		printf ' %s |\n' "$(tried_of "$name")"
	done <<<"$systems"
}

write_table() {
	local page=$root/conf/README.md
	{
		sed '/^<!-- systems -->$/q' "$page"
		table
		sed -n '/^<!-- \/systems -->$/,$p' "$page"
	} >"$work/page"
	cat "$work/page" >"$page"
}

# ---- all of it ----------------------------------------------------------------------------

try() {	# PART: one cell
	local cell started=$SECONDS log=$work/logs/$system-$1.log
	if cell=$("part_$1"); then
		[ "$cell" != '' ] || cell=yes
	else
		cell="failed${cell:+, $cell passed}"
		tail -n 15 "$log" | sed 's/^/    /'
	fi
	echo "$system $1 $(date +%F) $commit $cell" >>"$work/results"
	echo "$system $1: $cell ($((SECONDS - started)) s, $log)"
}

main() {
	local only_system='' only_part='' write='' wanted part
	local system suite architecture root_architecture commit
	while [ $# -gt 0 ]; do
		case $1 in
		--system) only_system=${2-} && shift ;;
		--part) only_part=${2-} && shift ;;
		--write) write=yes ;;
		*) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit 2 ;;
		esac
		shift
	done
	[[ -z $only_system || $systems == *"$only_system "* ]] ||
	    die "no system $only_system"
	[[ -z $only_part || " $parts " == *" $only_part "* ]] ||
	    die "no part $only_part"
	[ "$(id -u)" = 0 ] || die 'must be root'
	command -v mmdebstrap >/dev/null || die 'mmdebstrap is missing'
	mkdir -p "$work/logs"
	touch "$work/results"
	commit=$(git -C "$root" rev-parse --short HEAD 2>/dev/null || echo -)
	while read -r -u 3 system suite architecture wanted; do
		[ "${only_system:-$system}" = "$system" ] || continue
		# What is made for another machine is made on this one's.
		root_architecture=${architecture/arm64/amd64}
		remove_root "$work/$system-machine"
		for part in $wanted; do
			[ "${only_part:-$part}" != "$part" ] || try "$part"
		done
		remove_root "$work/$system-machine"
	done 3<<<"$systems"
	table
	[ -z "$write" ] || write_table
}

main "$@"
