# shellcheck shell=sh
# The Python half of scripts/tools.sh: builds the wheel and installs it, once for each library. Sourced after it, from
# the project's root.

have_python() {
    need python3
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' || lacking "python3 is older than 3.9"
}

# Sets $tools to an interpreter with what builds and checks a wheel.
need_python_tools() {
    have_python
    tools=$PWD/$BUILD/tools/python/bin/python
    if ! cmp -s bindings/python/requirements.txt "$PWD/$BUILD/tools/python/fetched.txt"; then
        rm -rf "$BUILD/tools/python"
        mkdir -p "$BUILD/tools"
        python3 -m venv "$BUILD/tools/python" || lacking "python3 has no venv module"
        "$tools" -m pip install --quiet --disable-pip-version-check -r bindings/python/requirements.txt ||
            lacking "the packages that build a wheel can't be fetched"
        cp bindings/python/requirements.txt "$BUILD/tools/python/fetched.txt"
    fi
}

# Sets $python to an interpreter that has the package of this tree installed from its wheel, and $tools as above.
need_package() {
    need_python_tools
    python_work=$PWD/$BUILD/bindings/python
    python=$python_work/venv/bin/python
    [ -z "$(find bindings/python "$BUILD/libnet_meshos.so" -newer "$python_work/built" -print 2>&1 | head -n 1)" ] || build_package
}

# From a copy, so that nothing is left among the sources.
build_package() {
    rm -rf "$python_work"
    mkdir -p "$python_work/source"
    (cd bindings/python && tar -chf - --exclude=__pycache__ .) | tar -xf - -C "$python_work/source"
    NET_MESHOS_LIBRARY=$PWD/$BUILD/libnet_meshos.so "$tools" -m build --no-isolation --wheel \
        --outdir "$python_work/dist" "$python_work/source"
    python3 -m venv "$python_work/venv"
    "$python" -m pip install --quiet --disable-pip-version-check --no-index "$python_work"/dist/*.whl
    touch "$python_work/built"
}
