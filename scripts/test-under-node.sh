#!/usr/bin/env bash
# Runs the quick tests under other versions of Node (Linux only): scripts/test-under-node.sh 22.23.3 24.21.0:24.18.1
# What follows the colon is the version whose headers better-sqlite3 is compiled with, where not the same.
# Needs `npm ci` and a built dist/. Works on a copy of the checkout, so that node_modules here stays as it is.
set -euo pipefail
cd "$(dirname "$0")/.."

[ $# -gt 0 ] || { echo "usage: scripts/test-under-node.sh VERSION[:HEADERS]..." >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cp -R . "$work/checkout"

# npm's `node` is a wrapper that fetches this package from an install script; it holds bin/node and include/.
package=node-$(node -p 'process.platform + "-" + process.arch')

install() {
  [ -d "$work/$1" ] || npm install --no-save --ignore-scripts --no-audit --no-fund --prefix "$work/$1" "$package@$1"
}

for wanted in "$@"; do
  version=${wanted%%:*} headers=${wanted##*:}
  echo "== Node $version: installing it, compiling better-sqlite3 with the headers of $headers"
  began=$SECONDS
  install "$version"
  install "$headers"
  (
    cd "$work/checkout"
    export PATH="$work/$version/node_modules/$package/bin:$PATH"
    [ "$(node --version)" = "v$version" ]
    # better-sqlite3 is tied to one version's ABI; hnswlib-node, onnxruntime-node and sharp are Node-API, good for all.
    # From source with the headers that came with a binary: nothing is fetched from outside npm.
    npm_config_nodedir=$work/$headers/node_modules/$package npm_config_build_from_source=true JOBS=2 npm rebuild better-sqlite3
    compiled=$SECONDS
    # What Node itself says of the process that runs the tests, not what was asked for.
    echo "== Node $(node -p '`${process.version}, ABI ${process.versions.modules}`'), better-sqlite3 with headers of $headers: the quick tests, vitest run"
    env -u CI -u INTEREST_MINE_SLOW node node_modules/vitest/vitest.mjs run || {
      echo "== Node $version: quick tests FAILED" >&2
      exit 1
    }
    echo "== Node $version: quick tests passed, headers of $headers ($((compiled - began)) s to install and compile, $((SECONDS - compiled)) s to test)"
  )
done
