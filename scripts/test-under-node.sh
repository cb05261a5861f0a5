#!/usr/bin/env bash
# Runs the quick tests under other versions of Node (Linux only): scripts/test-under-node.sh 22.23.3 24.21.0
# Needs `npm ci` and a built dist/. Works on a copy of the checkout, so that node_modules here stays as it is.
set -euo pipefail
cd "$(dirname "$0")/.."

[ $# -gt 0 ] || { echo "usage: scripts/test-under-node.sh VERSION..." >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cp -R . "$work/checkout"

# npm's `node` is a wrapper that fetches this package from an install script; it holds bin/node and include/.
package=node-$(node -p 'process.platform + "-" + process.arch')

for version in "$@"; do
  echo "== Node $version: installing it, compiling better-sqlite3 for it"
  began=$SECONDS
  npm install --no-save --ignore-scripts --no-audit --no-fund --prefix "$work/$version" "$package@$version"
  home=$work/$version/node_modules/$package
  (
    cd "$work/checkout"
    export PATH="$home/bin:$PATH"
    [ "$(node --version)" = "v$version" ]
    # better-sqlite3 is tied to one version's ABI; hnswlib-node, onnxruntime-node and sharp are Node-API, good for all.
    # From source with the headers that came with the binary: nothing is fetched from outside npm.
    npm_config_nodedir=$home npm_config_build_from_source=true JOBS=2 npm rebuild better-sqlite3
    compiled=$SECONDS
    # What Node itself says of the process that runs the tests, not what was asked for.
    echo "== Node $(node -p '`${process.version}, ABI ${process.versions.modules}`'): the quick tests, vitest run"
    env -u CI -u INTEREST_MINE_SLOW node node_modules/vitest/vitest.mjs run || {
      echo "== Node $version: quick tests FAILED" >&2
      exit 1
    }
    echo "== Node $version: quick tests passed ($((compiled - began)) s to install and compile, $((SECONDS - compiled)) s to test)"
  )
done
