#!/bin/sh
# Publishes one release: build, lint, push and sign, and promote where a channel is given. Stops at the first refusal;
# called again with the same draft it goes on from there.
#
#   scripts/publish-release.sh DRAFT --key FILE [--passphrase-file FILE] [--channel stable|candidate|nightly] [OPTIONS]
#
# OPTIONS go to every step: --repository NAME, --mirror HOST=PLACE. Registry logins are those of docker or skopeo.
set -eu
usage() {
	sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
	exit 2
}
case ${1:-} in
-h | --help) (usage) 2>&1 || exit 0 ;;
'' | -*) usage ;;
esac
draft=$1
shift
key='' passphrase='' channel='' count=$#
# What is not for this script is kept, in order, as arguments for every step.
while [ "$count" -gt 0 ]; do
	[ "$count" -ge 2 ] || usage
	case $1 in
	--key) key=$2 ;;
	--passphrase-file) passphrase=$2 ;;
	--channel) channel=$2 ;;
	--repository | --mirror) set -- "$@" "$1" "$2" ;;
	*) usage ;;
	esac
	shift 2
	count=$((count - 2))
done
[ -n "$key" ] || usage
here=$(cd "$(dirname "$0")/.." && pwd)
absolute() { case $1 in /*) printf %s "$1" ;; *) printf %s/%s "$PWD" "$1" ;; esac }
draft=$(absolute "$draft") key=$(absolute "$key")
[ -z "$passphrase" ] || passphrase=$(absolute "$passphrase")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
release() { "$here/scripts/run" node "$here/server/registry/release-main.ts" release "$@"; }

release build "$draft" --tree "$here/flux-assets" -o "$work/layout" --json "$@" >"$work/built"
version=$(sed -n 's/.*"version":"\([^"]*\)".*/\1/p' "$work/built")
echo "built $(cat "$work/built")"
release lint "$work/layout" "$@"
# The key is opened before anything is uploaded, and what was built is signed, whatever the registry shows by then.
release push "$work/layout" --key "$key" ${passphrase:+--passphrase-file "$passphrase"} "$@" >"$work/signed"
cat "$work/signed"
[ -n "$channel" ] || exit 0
# Promoting checks the signature as a site would, by the public half of the key.
mkdir "$work/trust"
sed -n '/BEGIN PUBLIC KEY/,/END PUBLIC KEY/p' "$work/signed" >"$work/trust/publisher.pub"
release promote "$version" "$channel" --trust "$work/trust" "$@"
