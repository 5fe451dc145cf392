# shellcheck shell=bash disable=SC2034,SC2154 # variables of start.sh
# .env, as docker compose reads it. Everything in it is text: nothing is executed,
# and no name in it means anything to this shell. Sourced by start.sh.

# What stands where: in the real environment, which wins, and in .env.
declare -A environment=() dotenv=()

variable() {	# NAME: its value in the environment or, before it, in .env
	if [ -n "${environment[$1]+x}" ]; then
		printf %s "${environment[$1]}"
	else
		printf %s "${dotenv[$1]-}"
	fi
}

expand() {	# TEXT [ESCAPES]: $NAME, ${NAME}, ${NAME:-DEFAULT}, \n \" \\
	local rest=$1 out='' value
	# shellcheck disable=SC2016 # a pattern, not an expansion
	local reference='^\$(\{([A-Za-z_][A-Za-z0-9_]*)(:?-([^}]*))?\}|([A-Za-z_][A-Za-z0-9_]*))'
	while [ -n "$rest" ]; do
		if [[ $rest =~ $reference ]]; then
			value=$(variable "${BASH_REMATCH[2]}${BASH_REMATCH[5]}")
			out+=${value:-${BASH_REMATCH[4]}}
			rest=${rest:${#BASH_REMATCH[0]}}
		elif [ -n "${2-}" ] && [[ $rest == \\?* ]]; then
			case ${rest:1:1} in
			n) out+=$'\n' ;;
			r) out+=$'\r' ;;
			t) out+=$'\t' ;;
			[\\\"\$]) out+=${rest:1:1} ;;
			*) out+=${rest:0:2} ;;
			esac
			rest=${rest:2}
		else
			out+=${rest:0:1}
			rest=${rest:1}
		fi
	done
	printf %s "$out"
}

dotenv_value() {	# what stands after the equals sign
	local raw=$1 quoted='^"(([^"\\]|\\.)*)"'
	raw=${raw#"${raw%%[![:space:]]*}"}
	if [[ $raw =~ ^\'([^\']*)\' ]]; then
		printf %s "${BASH_REMATCH[1]}"
	elif [[ $raw =~ $quoted ]]; then
		expand "${BASH_REMATCH[1]}" escapes
	else
		[[ $raw != \#* ]] || raw=''
		raw=${raw%%[[:space:]]#*}
		expand "${raw%"${raw##*[![:space:]]}"}"
	fi
}

read_dotenv() {	# FILE
	local line name more open number=0
	local pattern='^[[:space:]]*(export[[:space:]]+)?([A-Za-z_][A-Za-z0-9_]*)[[:space:]]*[=:](.*)$'
	while IFS= read -r line || [ -n "$line" ]; do
		number=$((number + 1))
		line=${line%$'\r'}
		[[ $line =~ ^[[:space:]]*(#|$) ]] && continue
		[[ $line =~ $pattern ]] ||
		    die "$1:$number: not of the form NAME=VALUE"
		name=${BASH_REMATCH[2]} line=${BASH_REMATCH[3]}
		open="^[[:space:]]*('[^']*|\"([^\"\\\\]|\\\\.)*)\$"
		while [[ $line =~ $open ]] && IFS= read -r more; do
			number=$((number + 1))
			line+=$'\n'${more%$'\r'}
		done
		dotenv[$name]=$(dotenv_value "$line"; printf x)
		dotenv[$name]=${dotenv[$name]%x}
	done <"$1"
}

# Takes from .env what has one of these names and exports it. What this shell has a
# variable for is left alone: bash gives a meaning to some (SECONDS is computed).
export_dotenv() {	# FILE NAME...
	local file=$1 name unknown=()
	shift
	for name in "${!dotenv[@]}"; do
		if [[ " $* " != *" $name "* ]]; then
			unknown+=("$name")
		elif ! declare -p "$name" >/dev/null 2>&1; then
			export "$name=${dotenv[$name]}"
		fi
	done
	[ ${#unknown[@]} = 0 ] ||
	    say "$file: not read by these programs: $(printf '%s\n' \
		"${unknown[@]}" | sort | paste -sd' ')"
}

# The refresh token goes to tokend and nowhere else.
read_environment() {	# FILE NAME...
	local name
	for name in $(compgen -e); do
		environment[$name]=${!name}
	done
	[ ! -e "$1" ] || {
		[ -r "$1" ] || die "cannot read $1"
		read_dotenv "$1"
	}
	refresh_key=$(variable DROID_REFRESH_KEY)
	refresh_key_file=$(variable DROID_REFRESH_KEY_FILE)
	export_dotenv "$@"
	unset DROID_REFRESH_KEY DROID_REFRESH_KEY_FILE
}
