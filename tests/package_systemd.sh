#!/bin/bash
# package_systemd.sh PACKAGE [SUITE [FOLDER]]: upgrades to the Debian package from an
# older one in a booted machine (bookworm) with systemd as its first process, removes
# and purges it, kills and breaks its services there, and follows README.md for each
# web server, word by word: booted.sh is what runs in it. For a person to run, as root.
# Needs mmdebstrap, e2fsprogs and qemu-system-x86, and half an hour, or a few minutes
# with ACCELERATOR=kvm. With MACHINE=container it is a container on this kernel, which
# takes two minutes and systemd-container. The machine's files are below FOLDER (a
# temporary one), and what it says in FOLDER/console.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

die() {
	printf 'FAIL: %s\n' "$*" >&2
	exit 1
}
[ $# -gt 0 ] || { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit 2; }
[ "$(id -u)" = 0 ] || die 'must be root'
machine=${MACHINE:-emulated}
case $machine in
emulated) tools='mke2fs qemu-system-x86_64' ;;
container) tools=systemd-nspawn ;;
*) die "no machine $machine" ;;
esac
for tool in mmdebstrap $tools; do
	command -v "$tool" >/dev/null || die "$tool is missing"
done
package=$(realpath "$1") suite=${2:-bookworm}
work=$(realpath -m "${3:-$(mktemp -d)}")
roots=${ROOTS:-$work/roots}
system=$work/system
# shellcheck source=tests/systems/root.sh
. "$root/tests/systems/root.sh"
mkdir -p "$work"
quietly() {
	"$@" >"$work/log" 2>&1 || { tail -n 30 "$work/log" >&2; die "$*"; }
}

# All but the package itself, which finds no archive in there.
make_system() {
	quietly make_root "$suite" amd64 "$system"
	mkdir "$system/booted"
	cp "$package" "$system/booted/second.deb"
	cp "$root/tests/systems/booted.sh" "$system/booted/"
	cp "$root/tests/systems/booted.service" "$system/etc/systemd/system/"
	# shellcheck disable=SC2016 # for the shell in there
	quietly in_root "$system" bash -ec '
		apt-get update
		apt-get install -y --no-install-recommends systemd-sysv \
		    linux-image-cloud-amd64 initramfs-tools procps sudo curl \
		    lighttpd apache2 libapache2-mod-fcgid nginx-light
		apt-get satisfy -y --no-install-recommends \
		    "$(dpkg-deb -f /booted/second.deb Depends)"
		apt-get clean
		dpkg-deb -R /booted/second.deb /booted/older
		sed -i "s/^Version: .*/&~older/" /booted/older/DEBIAN/control
		dpkg-deb --root-owner-group -b /booted/older /booted/first.deb
		mkdir -p /etc/systemd/system.conf.d
		printf "[Manager]\nDefaultTimeout%sSec=30min\n" Start Stop \
		    >/etc/systemd/system.conf.d/slow.conf
		systemctl enable booted.service
		systemctl disable apache2 nginx
		rm /usr/sbin/policy-rc.d'
}

# A timer that comes late is no reason to give up: no_timer_check.
kernel='root=/dev/vda rw console=ttyS0 quiet panic=1 no_timer_check
    systemd.show_status=no'
boot_emulated() {
	[ -e "$work/disk" ] || {
		truncate -s 3G "$work/disk"
		quietly mke2fs -q -t ext4 -d "$system" "$work/disk"
	}
	timeout --kill-after=10 5400 qemu-system-x86_64 -accel "${ACCELERATOR:-tcg}" \
	    -cpu max -m 1024 -smp 2 -nographic -no-reboot -nic none \
	    -kernel "$(realpath "$system"/boot/vmlinuz-*)" \
	    -initrd "$(realpath "$system"/boot/initrd.img-*)" \
	    -append "$kernel" \
	    -drive "file=$work/disk,if=virtio,format=raw,cache=unsafe" \
	    </dev/null >>"$work/console" 2>&1 || die "qemu ended with $?"
}

# It has a network and control groups of its own. What it says is kept in its root.
boot_container() {
	local unit=$system/etc/systemd/system/booted.service
	sed -i 's|=tty$|=append:/booted/console|; /^TTYPath/d' "$unit"
	# shellcheck disable=SC2016 # for the shell in there
	timeout 1800 unshare -m bash -c 'umount -R /sys/fs/cgroup
	    mount -t cgroup2 none /sys/fs/cgroup &&
	    exec systemd-nspawn --quiet --register=no --keep-unit --boot \
		--private-network --console=pipe -D "$0"' "$system" </dev/null \
	    >"$work/nspawn" 2>&1 || true
	cp "$system/booted/console" "$work/console"
}

rm -f "$work/console" "$work/disk"
make_system
"boot_$machine"
! grep -qa '^restart' "$work/console" || "boot_$machine"
tr -d '\r' <"$work/console" | grep -aE -A 40 '^(ok |FAILED |restart|all holds)' |
    grep -av '^\[' || true
grep -qa '^all holds' "$work/console" || die "see $work/console"
remove_root "$system"
rm -f "$work/disk"
[ $# -gt 2 ] || rm -rf "$work"
