#!/bin/sh
# The README's promise: on a machine with Go, a C compiler and make, and nothing else, the project builds, shows
# its demo and passes its tests. Makes such a machine as a folder, with debootstrap, and does that in there.
# Needs root. Ends with "N passed, N failed, N skipped".
set -eu
cd "$(dirname "$0")/../.."
. scripts/settings.sh
. scripts/steps.sh
. scripts/tools.sh

PATH=$PATH:/usr/sbin:/sbin
work=$BUILD/fresh

[ "$(id -u)" -eq 0 ] || lacking "only root may make a machine in a folder"
need debootstrap
need apt-get
need unshare
need ip
need setpriv
unshare --mount --pid --net --fork true || lacking "namespaces may not be made here"
for module in . gotests bench/profile/strip cmd/meshos; do
    "$GO" -C "$module" mod download || lacking "the Go modules can't be fetched"
done

# The mounts are in a namespace of their own, and so are the processes: both end with machine.sh, however it
# ends. Nothing that is deleted here is mounted here.
remove_work() {
    if grep -qF " $PWD/$work/" /proc/self/mountinfo; then
        echo "something is mounted below $work: not deleted" >&2
        exit 1
    fi
    rm -rf --one-file-system "$work"
}

# Not in the foreground: a shell that waits for a command there heeds no signal until it ends.
# shellcheck disable=SC2317  # called by the trap
finish() {
    kill -KILL "$machine" 2>/dev/null || true
    wait "$machine" 2>/dev/null || true
    remove_work
}

remove_work
mkdir -p "$work"
setpriv --pdeathsig KILL unshare --mount --pid --mount-proc --fork --kill-child \
    ctests/fresh/machine.sh "$work" "$PWD/$BUILD/tools" &
machine=$!
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
status=0
wait "$machine" || status=$?
exit $status
