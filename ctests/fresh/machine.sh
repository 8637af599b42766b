#!/bin/sh
# Makes the machine and runs what it promises in there: machine.sh WORK CACHE. Called by run.sh, in namespaces for
# mounts and processes that end with it. WORK is an empty folder; what takes long to make is kept in CACHE.
set -eu
cd "$(dirname "$0")/../.."
. scripts/settings.sh
. scripts/steps.sh
. scripts/tools.sh

work=$PWD/$1 cache=$2
packages=gcc,libc6-dev,make
# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
bare=$cache/$release-$(echo $packages | tr , -)
root=$work/root
tree=/srv/net_meshos

# The machine's own packages come from where its mirror is.
mirror() {
    # shellcheck disable=SC2016  # apt-get's variables
    apt-get indextargets --no-release-info --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
        awk -v release="$release" '$1 == release && $2 == "main" && $3 ~ /^(https?|file):/ { print $3; exit }'
}

# The folder is kept, and no run changes it: where something writes, another folder is mounted over it.
bare_machine() {
    if [ -e "$bare" ]; then
        echo "kept from an earlier run: $bare"
        return
    fi
    mirror=$(mirror)
    [ -n "$mirror" ] || lacking "apt knows no mirror of $release"
    rm -rf --one-file-system "$bare.new"
    mkdir -p "$cache"
    # debootstrap fetches with wget, which doesn't know apt's settings.
    eval "$(apt-config shell http_proxy Acquire::http::Proxy https_proxy Acquire::https::Proxy)"
    export http_proxy https_proxy
    run debootstrap --variant=minbase --include="$packages" "$release" "$bare.new" "$mirror"
    mkdir -p "$bare.new/usr/local/go" "$bare.new$tree" "$bare.new/srv/go-cache" "$bare.new/srv/go-modules"
    mv "$bare.new" "$bare"
}

# over SOURCE TARGET [OPTION]: mounts it over a folder or file of the machine
over() {
    mount --bind "$1" "$root/$2"
    [ -z "${3:-}" ] || mount -o "remount,bind,$3" "$root/$2"
}

put_together() {
    mkdir "$root" "$work/tree" "$work/tmp" "$work/home"
    over "$bare" . ro
    over "$("$GO" env GOROOT)" usr/local/go ro
    over "$("$GO" env GOMODCACHE)" srv/go-modules ro
    over "$("$GO" env GOCACHE)" srv/go-cache
    over "$work/tree" "$tree"
    over "$work/home" root
    over "$work/tmp" tmp
    chmod 1777 "$work/tmp"
    mount -t proc proc "$root/proc"
    devices
    copy_tree
}

devices() {
    mount -t tmpfs -o mode=755 dev "$root/dev"
    for device in null zero full random urandom tty; do
        : >"$root/dev/$device"
        over "/dev/$device" "dev/$device"
    done
    ln -s /proc/self/fd "$root/dev/fd"
    mkdir "$root/dev/shm"
    mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
}

# What git would have in a commit of all there is, or without git all but what was built.
copy_tree() {
    if git ls-files -z --cached --others --exclude-standard >"$work/files" 2>/dev/null; then
        tar --create --null --files-from "$work/files" --ignore-failed-read
    else
        tar --create --exclude="./$BUILD" --exclude=./.git .
    fi | tar --extract --no-same-owner --directory "$work/tree"
}

# Runs a command on the machine. It has no network but its own loopback, which a network namespace begins without,
# and no variable of ours.
on_machine() {
    # shellcheck disable=SC2016  # the command, behind the script
    unshare --net sh -c 'ip link set lo up && exec "$@"' sh chroot "$root" /usr/bin/env -i \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/go/bin HOME=/root \
        GOTOOLCHAIN=local GOPROXY=off GOMODCACHE=/srv/go-modules GOCACHE=/srv/go-cache GOFLAGS=-count=1 \
        sh -c "cd $tree && exec \"\$@\"" sh "$@"
}

# A machine that has more would prove less.
has_nothing_else() {
    for tool in go gcc make; do
        on_machine sh -c "command -v $tool"
    done
    for tool in g++ clang clang-tidy cmake pkg-config python3 valgrind git curl debootstrap abidw javac node rustc; do
        if on_machine sh -c "command -v $tool"; then return 1; fi
    done
    [ ! -e "$root/usr/include/json-c" ]
}

# A short time for the fuzzer: that it runs is shown, and it has its time outside.
tests_pass() {
    on_machine env FUZZTIME=5 make test >"$work/said" 2>&1 || {
        status=$?
        cat "$work/said"
        return $status
    }
    cat "$work/said"
    tail -n 1 "$work/said" | grep -qE '^[0-9]+ passed, 0 failed, [1-9][0-9]* skipped$'
}

# The tests name what the machine has not, and skip nothing for another reason.
skips_what_it_must() {
    grep -E '^ *skip |^ok .* # SKIP ' "$work/said"
    tools='abidiff|abidw|cargo|c\+\+|clang|clang\+\+|clang-tidy|cmake|debootstrap|doxygen|g\+\+|java|javac|man|node|pkg-config|python3'
    ! grep -E '^ *skip |^ok .* # SKIP ' "$work/said" |
        grep -vE " ($tools|rustc|valgrind|Zig) is not installed" |
        grep -vE " staticcheck@[^ ]* can't be fetched$" |
        grep -vE "Debian's package libjson-c-dev$" |
        grep -vE " install json-c 0.14 or newer$" |
        grep -vE " nats-server can't be fetched$"
}

steps_begin "$BUILD/log/fresh"
check "a machine with gcc and make" bare_machine
check "put Go and the sources there" put_together
check "nothing else is there" has_nothing_else
check "make" on_machine make
check "make demo" on_machine make demo
check "build.sh demo" on_machine ./build.sh demo
check "make test" tests_pass
check "what was skipped lacks something" skips_what_it_must
steps_end
