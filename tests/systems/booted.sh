#!/bin/bash
# booted.sh: what package_systemd.sh tries in its machine, as root, with an older and
# the true package beside it, before and after a restart of the machine.
# A line for each thing; the last one says whether all holds.
set -u
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
here=$(dirname "$0")
state=/var/lib/droid2api
readme=/usr/share/droid2api/README.md
config=/etc/droid2api/config.json
units=(droid2api.socket droid2api.service tokend.service)
failed=0

check() {	# WHAT COMMAND...
	local what=$1
	shift
	if "$@" >"$here/said" 2>&1; then
		echo "ok $what"
	else
		echo "FAILED $what"
		tail -n 40 "$here/said" | sed 's/^/    /'
		failed=$((failed + 1))
	fi
}
soon() {	# COMMAND...: within five minutes, which are few where all is emulated
	local end=$((SECONDS + 300))
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.5
	done
}

# ---- what is asked -----------------------------------------------------------------

active() {	# UNIT...
	[ "$(systemctl is-active "$@" | sort -u)" = active ]
}
dead() {	# UNIT...: neither running nor tried again
	! systemctl is-active "$@" | grep -qv -e inactive -e unknown
}
serves() {
	[[ $(curl -s -m 20 http://localhost/v1/models) == *'"data"'* ]]
}
lists() { curl -s -m 20 http://localhost/v1/models | grep "\"$1\""; }	# MODEL
healthy() { curl -fsS -m 20 http://localhost/health | grep '"status"'; }
main_pid() { systemctl show -p MainPID --value "$1"; }
another_pid() {	# UNIT PID
	active "$1" && [ "$(main_pid "$1")" != "$2" ]
}
journal_of() {	# UNIT PRIORITIES
	journalctl --sync
	journalctl -u "$1" -p "$2" -o cat
}
said() {	# UNIT PRIORITIES TEXT: the journal has it
	journal_of "$1" "$2" | grep -F -- "$3"
}
times_said() {	# N UNIT PRIORITIES TEXT: at least
	[ "$(said "${@:2}" | wc -l)" -ge "$1" ]
}
version_is() { [ "$(dpkg-query -W -f '${Version}' droid2api)" = "$1" ]; }

# ---- the services ------------------------------------------------------------------

kills_heal() {	# UNIT
	local pid
	for _ in 1 2 3 4 5 6 7 8; do
		pid=$(main_pid "$1")
		systemctl kill -s KILL "$1"
		soon another_pid "$1" "$pid" || {
			systemctl status "$1"
			return 1
		}
	done
}

# Clients go on asking while it can't start.
broken_heals() {
	local client status=0
	cp -p $config "$here/good.json"
	echo '{ "port": ' >$config
	systemctl kill -s KILL droid2api.service tokend.service
	while :; do curl -s -m 1 http://localhost/v1/models; done \
	    >/dev/null 2>&1 &
	client=$!
	soon times_said 8 droid2api.service err "$config" || status=1
	soon times_said 3 tokend.service err "$config" || status=1
	for unit in "${units[@]}"; do
		[ "$(systemctl is-failed "$unit")" != failed ] || status=1
	done
	! active droid2api.service || status=1
	cp -p "$here/good.json" $config
	soon active droid2api.service tokend.service || status=1
	kill $client
	wait $client
	soon serves || status=1
	[ $status = 0 ] || systemctl --no-pager status "${units[@]}"
	return $status
}

# Both stay what they are; the gateway serves what its file says now.
reloads() {
	local pids model='{ "name": "Booted", "id": "booted-1", "type": "common" }'
	pids="$(main_pid droid2api) $(main_pid tokend)"
	sed -i "s/\"models\": \[/&\n$model,/" $config
	systemctl reload droid2api tokend || return 1
	soon lists booted-1 && soon times_said 1 tokend 6..6 'SIGHUP' &&
	    active "${units[@]}" &&
	    [ "$(main_pid droid2api) $(main_pid tokend)" = "$pids" ]
}

no_second_time() {
	journalctl --sync
	! journalctl -u droid2api.service -u tokend.service -o cat |
	    grep -E '^(<[0-7]>|[0-9]{4}-[0-9]{2}-[0-9]{2}T|[0-9]{2}:[0-9]{2}:)'
}

# An edit with a mistake, while it runs, is named once a request has looked.
serves_and_says() {	# TEXT
	serves && times_said 1 droid2api 3..3 "$1"
}
names_mistake() {
	local status=0
	cp -p $config "$here/good.json"
	echo '{ "port": ' >$config
	soon serves_and_says 'the configuration from before stays' || status=1
	cp -p "$here/good.json" $config
	return $status
}
redirected() {
	curl -s -m 120 -o /dev/null http://localhost/v1/messages \
	    -H 'content-type: application/json' -H 'anthropic-version: 2023-06-01' \
	    -d '{"model":"claude-sonnet-4-5","max_tokens":1,
		"messages":[{"role":"user","content":"x"}]}'
	said droid2api 6..6 'Model redirected'
}

# ---- README.md, word by word -------------------------------------------------------

# The block of commands that has this text.
block() {	# TEXT
	awk -v text="$1" '
		/^```/ { if (inside && index(lines, text)) printf "%s", lines
			inside = !inside; lines = ""; next }
		inside { lines = lines $0 "\n" }' $readme
}
# The commands in the head of a configuration of the package.
head_of() {	# FILE
	sed -n '/^#/!q; s/^#\t//p' "/usr/share/droid2api/$1"
}
follow() {	# COMMANDS
	[ -n "$1" ] && (cd / && bash -exc "$1")
}
answers() {	# COMMANDS: each of the services answers after them
	follow "$1" && soon healthy && soon serves
}
# What the web server started runs as its user, in the group that reads the token,
# and can't see the login.
as_web_server() {
	local pid
	pid=$(pgrep -n -u www-data droid2api.fcgi) || return 1
	grep -qw "^Groups:.*$(getent group droid2api | cut -d: -f3)" \
	    "/proc/$pid/status" || { cat "/proc/$pid/status"; return 1; }
	sudo -u www-data ls $state/token &&
	    ! sudo -u www-data ls $state/login &&
	    [ "$(stat -c %U $state $state/login $state/token $state/run |
		paste -sd' ')" = 'root tokend tokend www-data' ]
}
# What each boot and each upgrade do.
folders_made_again() {
	systemd-tmpfiles --create --remove --boot --exclude-prefix=/dev &&
	    systemd-tmpfiles --create droid2api.conf
}
services_again() {
	/usr/share/droid2api/server-user droid2api && active "${units[@]}" &&
	    [ "$(stat -c %U $state/run)" = droid2api ] &&
	    [[ " $(id -Gn www-data) " != *' droid2api '* ]]
}

lighttpd_link=/etc/lighttpd/conf-enabled/50-droid2api.conf
try_lighttpd() {
	check 'README: services' follow "$(block 'systemctl enable --now droid')"
	check 'runs' active "${units[@]}"
	check 'README: lighttpd' \
	    answers "$(block 'lighttpd/external.conf')"
}
try_others() {
	systemctl stop lighttpd
	check 'README: Apache, mod_proxy_fcgi' \
	    answers "$(block 'apache/droid2api-proxy.conf')"
	a2disconf droid2api-proxy >/dev/null
	check 'its site, by the words in it and README.md' \
	    answers "$(head_of apache/site-proxy.conf; block a2dissite)"
	a2dissite droid2api >/dev/null
	a2ensite 000-default >/dev/null
	systemctl stop apache2
	check 'README: nginx' answers "$(block 'nginx/droid2api.conf')"
	systemctl stop nginx
}
try_own_responders() {
	local folders
	folders=$(block 'server-user www-data')
	rm $lighttpd_link
	check 'README: lighttpd, pool.conf in its place' answers "$folders
	    $(block 'lighttpd/external.conf' | sed s/external/pool/)"
	check 'it runs them with its own rights' as_web_server
	check 'a boot makes the folders again' folders_made_again
	check 'and they are still the web server'\''s' as_web_server
	check 'it serves after that' \
	    answers 'service lighttpd restart'
	rm $lighttpd_link
	check 'README: lighttpd, cgi.conf in its place' \
	    answers "$(block 'lighttpd/external.conf' | sed s/external/cgi/)"
	systemctl stop lighttpd
	check 'README: Apache, mod_fcgid, by the words in its file' \
	    answers "$(head_of apache/droid2api-fcgid.conf)"
	check 'it runs them with its own rights' as_web_server
	a2disconf droid2api-fcgid >/dev/null
	check 'its site, by the words in it and README.md' \
	    answers "$(head_of apache/site-fcgid.conf; block a2dissite)"
	systemctl stop apache2
	check 'back to services' services_again
	rm $lighttpd_link
	check 'they take lighttpd again' \
	    answers "$(block 'lighttpd/external.conf')"
}

# ---- the package -------------------------------------------------------------------

install() {
	timeout 1200 apt-get install -y -o Dpkg::Options::=--force-confold "$1" &&
	    return
	systemctl --no-pager list-jobs
	return 1
}

# Whatever has its name, but what the administrator's web servers were told.
files() {
	find / /run -xdev \( -path "$here" -o -path '/etc/*/*-enabled' -o \
	    -path '/etc/*/*-available' -o -path /var/log -o \
	    -path /var/lib/apache2 -o -path /run/log \) -prune -o \
	    \( -name '*droid2api*' -o -name '*tokend*' \) -print
}
no_processes() {
	dead "${units[@]}" ||
	    { systemctl --no-pager status "${units[@]}"; return 1; }
	! pgrep -l droid2api && ! pgrep -l tokend && ! pgrep -l -u droid2api,tokend
}
removed() {
	files >"$here/left"
	grep "^$config\|^/etc/droid2api$" "$here/left" || return 1
	! grep -v -e ^/etc/ -e ^$state -e ^/var/lib/dpkg -e ^/var/lib/systemd \
	    "$here/left"
}
purged() { ! files | grep .; }

before_restart() {
	check 'install' install "$here/first.deb"
	[ $failed = 0 ] || return
	check 'nothing runs by itself' no_processes
	try_lighttpd
	check 'Type=notify' sh -c 'systemctl show -p Type droid2api tokend |
	    sort -u | grep . | grep -qx Type=notify'
	check 'tokend says its state' sh -c \
	    'systemctl show -p StatusText --value tokend | grep login'
	check 'reload of both' reloads
	check 'eight kills of the gateway heal' kills_heal droid2api.service
	check 'serves after them' soon serves
	check 'eight kills of tokend heal' kills_heal tokend.service
	check 'a broken configuration heals once it is repaired' broken_heals
	check 'a broken edit of a running one is an error' names_mistake
	check 'what was redirected is an information' redirected
	check 'no second time in the journal' no_second_time
	try_others
	check 'lighttpd again' answers 'systemctl start lighttpd'
	echo secret >$state/login/kept
	mkdir "$here/restarted"
}

after_restart() {
	local pid
	check 'all that is enabled runs after a restart of the machine' \
	    soon active "${units[@]}" lighttpd
	check 'and answers' answers true
	pid=$(main_pid droid2api)
	check 'upgrade' install "$here/second.deb"
	check 'it is the newer version' version_is \
	    "$(dpkg-deb -f "$here/second.deb" Version)"
	check 'the gateway is the new one' another_pid droid2api.service "$pid"
	check 'tokend runs' active tokend
	check 'serves after the upgrade' soon serves
	check 'the login is kept' grep secret $state/login/kept
	try_own_responders
	check 'remove' apt-get remove -y droid2api
	check 'nothing runs any more' no_processes
	check 'no file but the settings and the login' removed
	check 'the login is still kept' grep secret $state/login/kept
	check 'purge' apt-get purge -y droid2api
	check 'nothing is left' purged
}

if [ ! -e "$here/restarted" ]; then
	before_restart
	[ ! -e "$here/restarted" ] || {
		echo "$failed" >"$here/failed"
		echo 'restart'
		systemctl reboot 2>"$here/said"	# of the bus that is not there
		exit
	}
else
	failed=$(cat "$here/failed")
	after_restart
fi
if [ "$failed" = 0 ]; then echo 'all holds'; else echo "$failed failed"; fi
systemctl poweroff --force --force
