#!/bin/sh
# Installs looptijd from this bundle, without internet: PREFIX/VERSION, and `current` that points to
# it. An earlier version stays beside it. Nothing is started, stopped or configured. uninstall.sh
# takes it away again. Without root: name a folder of your own with --prefix.
#
#   ./install.sh [--prefix /opt/looptijd] [--python python3]
set -eu
umask 022
prefix=/opt/looptijd
python=python3

fail() {
    echo "install.sh: $1" >&2
    exit 1
}

while [ $# -gt 0 ]; do
    case $1 in
        --prefix) prefix=${2:?--prefix needs a folder} ;;
        --python) python=${2:?--python needs a program} ;;
        *) fail "$1 is not known. Accepted: --prefix FOLDER, --python PROGRAM." ;;
    esac
    shift 2
done
case $prefix in /*) ;; *) fail "--prefix: $prefix must begin with /." ;; esac

# 1. Is the bundle whole, and can this machine use it?
cd "$(dirname "$0")"
sha256sum --check --quiet SHA256SUMS || fail "the bundle is damaged: copy it again."
version=$(cat VERSION)
sums=$(sha256sum < SHA256SUMS)
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
    || fail "$python is missing or older than Python 3.11: name another with --python."
"$python" -c 'import ensurepip, venv' 2>/dev/null \
    || fail "$python cannot make environments: install the package python3-venv."
case $("$python" -c 'import os, sys; print(os.path.realpath(sys.executable))') in
    /root/* | /home/*)
        echo "install.sh: warning: $python stands in a home, which the unit's daemon cannot enter;" \
            "another: --python /usr/bin/python3" >&2 ;;
esac

# 2. May we write there, and is there room? Wheels take four times as much when they are unpacked.
home=$prefix/$version
if [ -e "$home/.whole" ] && [ "$sums" != "$(cat "$home/.whole")" ]; then
    fail "looptijd $version in $home came from another bundle: take it away first, with rm -r $home"
fi
{ mkdir -p "$prefix" && [ -w "$prefix" ]; } 2>/dev/null \
    || fail "$prefix cannot be written: run this as root, or name a folder of your own with --prefix."
works() { [ -e "$home/.whole" ] && "$home/bin/looptijd" --version > /dev/null 2>&1; }
room=$(df -Pk "$prefix" | awk 'END { print $4 }')
needed=$(du -sk wheels | awk '{ print 4 * $1 + 60000 }')
works || [ "$room" -ge "$needed" ] \
    || fail "$prefix has $((room / 1024)) MB of room, and $((needed / 1024)) MB are needed."

# 3. An environment of its own. One without its mark is half made and is made again, and so is one whose
# Python is gone, as after an upgrade of the system.
said=
make_home() {
    "$python" -m venv "$home" && PIP_CONFIG_FILE=/dev/null "$home/bin/python" -m pip --isolated --quiet \
        --disable-pip-version-check install --no-index --find-links wheels --require-hashes \
        --only-binary :all: --requirement requirements.txt && mkdir -p "$home/share" \
        && cp -R share "$home/share/looptijd" && chmod -R u=rwX,go=rX "$home/share/looptijd" \
        && "$home/bin/looptijd" --version > /dev/null && sync && echo "$sums" > "$home/.sums" && mv "$home/.sums" "$home/.whole"
}
if works; then
    echo "looptijd $version is installed already."
else
    rm -rf "$home"
    said=$(make_home 2>&1) || {
        echo "$said" >&2
        case $said in
            *"No space left"* | *"Disk quota"*) fail "$prefix is full: make room, and run this again." ;;
            *"No matching distribution"* | *"not a supported wheel"*)
                fail "the wheels do not fit $("$python" --version): make a bundle for this server." ;;
            *) fail "$home could not be made: the lines above say why." ;;
        esac
    }
fi

# 4. Switch in one step: a name that stands is replaced, never missing.
ln -s -n -f "$version" "$prefix/.current"
mv -T "$prefix/.current" "$prefix/current"
echo "looptijd $version is in $prefix/current."
