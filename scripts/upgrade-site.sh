#!/bin/sh
# Updates an appliance without questions; the same as `alga-appliance update`, whose options it takes.
#   scripts/upgrade-site.sh [--to VERSION] [--at TIME | --cancel] [--show] [--accept health] [--detach]
#   scripts/upgrade-site.sh rollback --yes
# Exit codes: 0 done or nothing to do, 1 not started, 2 wrong option, 3 action is required.
set -eu
case "${1-}" in
rollback) ;;
*) set -- update "$@" ;;
esac
if command -v alga-appliance >/dev/null 2>&1; then
	exec alga-appliance "$@"
fi
cd "$(dirname "$0")/.."
exec scripts/run node tui/cli/main.ts "$@"
