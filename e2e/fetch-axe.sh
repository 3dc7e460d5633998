#!/bin/sh
# Puts axe-core, the accessibility checker that the browser tests run inside our
# pages, into a cache folder and prints the path of axe.min.js. Only tests use
# it; it is not part of Falochron and not committed (650 KB, MPL-2.0: its licence
# lies beside it).
set -eu
version=4.14.1
sha256=29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c

folder=${FALOCHRON_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/falochron-test}/axe-core-$version
file=$folder/axe.min.js

good() { [ -f "$file" ] && echo "$sha256  $file" | sha256sum -c - >/dev/null 2>&1; }

if ! good; then
	mkdir -p "$folder"
	work=$(mktemp -d "$folder/fetch.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	(cd "$work" && npm pack --silent "axe-core@$version" >/dev/null && tar xzf "axe-core-$version.tgz")
	cp "$work/package/LICENSE" "$folder/LICENSE"
	mv "$work/package/axe.min.js" "$file"
	good || { echo "axe-core $version is not the file we know (sha256 differs)" >&2; exit 1; }
fi
echo "$file"
