#!/bin/sh
# Makes dist/looptijd-VERSION-bundle.tar.gz: everything that a server without internet needs.
# Arguments go to `pip download`: --platform … --python-version … for another server than this.
set -eu
umask 022
PYTHON=${PYTHON:-python3}
PIP="$PYTHON -m pip --quiet --disable-pip-version-check --no-input"

version=$("$PYTHON" -c 'from workflow import __version__; print(__version__)')
bundle=dist/looptijd-$version-bundle
rm -rf "$bundle"
mkdir -p "$bundle/wheels" "$bundle/share"

# 1. The wheels: looptijd's own, and what it needs, held against the hashes of the lock.
$PIP wheel --no-deps --no-build-isolation --wheel-dir "$bundle/wheels" .
$PIP download --require-hashes --only-binary :all: --dest "$bundle/wheels" \
    --requirement deploy/requirements.lock "$@"

# 2. What the installer asks pip for: looptijd by its hash, and the lock.
hash=$(sha256sum "$bundle"/wheels/looptijd-*.whl | cut -d ' ' -f 1)
{
    echo "looptijd[postgresql]==$version --hash=sha256:$hash"
    cat deploy/requirements.lock
} > "$bundle/requirements.txt"
echo "$version" > "$bundle/VERSION"

# 3. The installer, what belongs beside the daemon, the manuals, and the sum of each file.
cp deploy/install.sh deploy/uninstall.sh LICENSE CHANGELOG.md "$bundle"
sh deploy/share.sh "$bundle/share"
(cd "$bundle" && find . -type f ! -name SHA256SUMS | LC_ALL=C sort | xargs sha256sum > SHA256SUMS)
tar --create --gzip --sort=name --owner=0 --group=0 --numeric-owner \
    --file "$bundle.tar.gz" --directory dist "$(basename "$bundle")"
rm -rf "$bundle"
echo "$bundle.tar.gz"
