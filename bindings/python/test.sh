#!/bin/sh
# Builds the wheel, installs it into an empty environment, and tests it there. Ends with "N passed, N failed, N skipped".
#   bindings/python/test.sh [BUILD [WORD]]
# WORD: only the tests whose names contain it.
set -eu
cd "$(dirname "$0")/../.."
BUILD=${1:-${BUILD:-build}}
. scripts/settings.sh
. scripts/steps.sh
. scripts/tools.sh
. bindings/shared.sh
. bindings/python/tools.sh

have_python
only=${2:-}
here=$PWD/bindings/python
work=$PWD/$BUILD/bindings/python-test
rm -rf "$work"
mkdir -p "$work"
unset NET_MESHOS_LIBRARY PYTHONPATH
export PYTHONDONTWRITEBYTECODE=1

# Built here, so that the parts after it find it done.
wheel() {
    need_package
    set -- "$python_work"/dist/*.whl
    echo "$@"
    case $* in */net_meshos-"$VERSION"-py3-none-manylinux_2_[1-9]*_*.whl) ;; *) return 1 ;; esac
    unzip_list=$("$python" -m zipfile -l "$1")
    for file in net_meshos/libnet_meshos.so net_meshos/py.typed licenses/LICENSE; do
        case $unzip_list in *"$file"*) ;; *) echo "the wheel has no $file" && return 1 ;; esac
    done
}

types() {
    need_package
    cd "$here"
    run "$tools" -m mypy --python-version 3.9 --cache-dir "$work/mypy" src examples tests bench.py
}

# What a user's checker sees: the installed package, which says that it is typed.
types_installed() {
    need_package
    cat >"$work/user.py" <<'END'
import net_meshos

reveal_type(net_meshos.Sdk().register("x", bytes(32)).deliver(b"y"))
net_meshos.Sdk().register("x", 5)
END
    cd "$work"
    "$tools" -m mypy --python-executable "$python" --cache-dir "$work/mypy" user.py | tee found || true
    grep -q 'user.py:3: note: Revealed type is "builtins.list\[.*Output' found
    grep -q 'user.py:4: error: Argument 2 to "register" of "Sdk" has incompatible type "int"' found
}

tests() { # tests MODULE
    need_package
    scripts/calls.sh names >"$work/calls.txt"
    cp -r "$here/tests" "$work/"
    cd "$work"
    NET_MESHOS_CALLS=$work/calls.txt NET_MESHOS_VERSION=$VERSION run limit "$python" -W error -m unittest -v "tests.$1"
}

readme() {
    need_package
    mkdir -p "$work/readme"
    cd "$work/readme"
    run limit "$python" -W error "$here/tests/readme.py" "$here/README.md"
}

example() {
    need_package
    cd "$work"
    program="limit $python $here/examples/wordcount.py"
    printf 'The the, cat!\n\377\nA cat.\n' >text
    status=0
    $program text state >out 2>err || status=$?
    cat out err
    [ $status -eq 1 ]
    grep -q '^error: process: UnicodeDecodeError: ' err
    grep -q '^1 lines could not be read$' err
    printf 'cat\n' >second
    $program second state >out 2>err
    cat out err
    printf '     3 cat\n     2 the\n     1 a\n' | diff - out
    [ ! -s err ]
    status=0
    $program none state 2>err || status=$?
    cat err
    [ $status -eq 1 ]
    grep -q "^wordcount.py: .*No such file or directory: 'none'$" err
    wordcount_writes wordcount.py
}

# A library that isn't there, isn't one, or isn't ours.
other_libraries() {
    need_package
    cd "$work"
    : >empty.so
    for case in "$work/none.so|cannot open shared object file" "$work/empty.so|file too short" \
        "libm.so.6|libm.so.6 is no libnet_meshos with the calls of net_meshos_ext.h: it lacks sdk_start"; do
        NET_MESHOS_LIBRARY=${case%%|*} "$python" -c 'import net_meshos' 2>err && return 1
        tail -n 1 err
        tail -n 1 err | grep -q "^ImportError: .*${case#*|}"
    done
    NET_MESHOS_LIBRARY=$PWD/none.so "$tools" "$here/setup.py" --version >err 2>&1 || true
    cd "$python_work/source"
    NET_MESHOS_LIBRARY=$work/none.so "$tools" -m build --no-isolation --wheel --outdir "$work/dist" >"$work/err" 2>&1 && return 1
    grep 'none.so is not there: run make first' "$work/err"
}

# Every new Python has an installer that asks the same of the wheel.
other_python() { # other_python COMMAND
    need_package
    run "$1" -m venv "$work/$1"
    run "$work/$1/bin/python" -m pip install --quiet --disable-pip-version-check --no-index "$python_work"/dist/*.whl
    python=$work/$1/bin/python
    scripts/calls.sh names >"$work/calls.txt"
    cp -r "$here/tests" "$work/"
    cd "$work"
    NET_MESHOS_CALLS=$work/calls.txt NET_MESHOS_VERSION=$VERSION run limit "$python" -m unittest
}

benchmark() {
    need_package
    bindings/python/bench.sh "$BUILD" | tee "$work/bench"
    [ "$(grep -cE '^(post|post_batch_256) [1-9][0-9]* events/s$|^try_next_control [1-9][0-9]* ns$' "$work/bench")" -eq 3 ]
}

steps_begin "$BUILD/log/bindings-python"
part "wheel" wheel
part "types" types
part "types as installed" types_installed
for module in calls events failures control process; do
    part "tests of $module" tests "test_$module"
done
part "README" readme
part "example" example
part "other libraries" other_libraries
for other in python3.9 python3.10 python3.12 python3.13 python3.14; do
    if "$other" -c 'import venv, ensurepip' 2>/dev/null; then part "tests with $other" other_python "$other"; fi
done
part "benchmark" benchmark
steps_end
