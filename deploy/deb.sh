#!/bin/sh
# Makes dist/looptijd_VERSION_ARCHITECTURE.deb from the locked wheels, for one version of Python.
# Arguments go to pip: --platform … --python-version … for another Debian than this.
set -eu
umask 022
PYTHON=${PYTHON:-python3}
PIP="$PYTHON -m pip --quiet --disable-pip-version-check --no-input"
version=$("$PYTHON" -c 'from workflow import __version__; print(__version__)')
minor=$("$PYTHON" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
named=$(echo "$* " | sed -n 's/.*--python-version[= ]\([0-9.]*\) .*/\1/p')
minor=${named:-$minor}
architecture=$(dpkg --print-architecture)
root=dist/deb
rm -rf "$root" && mkdir -p "$root/DEBIAN" "$root/usr/lib/looptijd" "$root/usr/bin"

# 1. The program: looptijd's own wheel, and what it needs, held against the hashes of the lock.
wheels=$(mktemp -d)
trap 'rm -rf "$wheels"' EXIT
$PIP wheel --no-deps --no-build-isolation --wheel-dir "$wheels" .
$PIP install --no-deps --no-compile --target "$root/usr/lib/looptijd" "$wheels"/*.whl
$PIP install --no-deps --no-compile --require-hashes --only-binary :all: --target "$root/usr/lib/looptijd" \
    --requirement deploy/requirements.lock "$@"
rm -rf "$root/usr/lib/looptijd/bin"
for command in looptijd looptijd-daemon; do
    module=workflow.cli
    [ "$command" = looptijd ] || module=scheduler
    cat > "$root/usr/bin/$command" << END
#!/usr/bin/python$minor -I
import sys

sys.path.insert(0, "/usr/lib/looptijd")
from $module import main

sys.exit(main())
END
    chmod 755 "$root/usr/bin/$command"
done

# 2. What belongs beside it, in Debian's places.
put() { install -D -m "${3:-644}" "$1" "$root/$2"; }
put deploy/looptijd.sysusers usr/lib/sysusers.d/looptijd.conf
put deploy/looptijd.tmpfiles usr/lib/tmpfiles.d/looptijd.conf
put deploy/looptijd.sudoers etc/sudoers.d/looptijd 440
for unit in deploy/looptijd*.service deploy/looptijd*.timer; do
    put "$unit" "usr/lib/systemd/system/$(basename "$unit")"
done
sed -i 's#/opt/looptijd/current/bin/#/usr/bin/#; s#/opt/looptijd/current/share/looptijd/docs#/usr/share/doc/looptijd/docs#' \
    "$root"/usr/lib/systemd/system/*.service
sh deploy/share.sh "$root/usr/share/doc/looptijd"
rm "$root/usr/share/doc/looptijd/deploy/uninstall.sh"
sed -i 's#/opt/looptijd/current/bin/#/usr/bin/#' "$root"/usr/share/doc/looptijd/deploy/*.conf
put LICENSE usr/share/doc/looptijd/copyright
mkdir -p "$root/usr/share/bash-completion/completions"
"$PYTHON" -m docs.manual_pages "$root/usr/share/man" "$root/usr/share/bash-completion/completions/looptijd"

# 3. What dpkg asks: who we are, which files are the administrator's, and what to do.
cat > "$root/DEBIAN/control" << END
Package: looptijd
Version: $version
Architecture: $architecture
Maintainer: Looptijd <looptijd@example.org>
Section: admin
Priority: optional
Installed-Size: $(du -sk "$root/usr" | cut -f 1)
Depends: python$minor, passwd, sudo, systemd
Description: watches the terms of agreements between municipalities
 It derives every date of an agreement from its facts, fires each alert once, and mails the office
 that is responsible on that day.
END
echo /etc/sudoers.d/looptijd > "$root/DEBIAN/conffiles"
for script in postinst prerm postrm; do
    sed "s/@PYTHON@/python$minor/" "deploy/debian/$script" > "$root/DEBIAN/$script"
    chmod 755 "$root/DEBIAN/$script"
done
(cd "$root" && find usr etc -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum > DEBIAN/md5sums)
find "$root" -type d -exec chmod 755 {} +
package=dist/looptijd_${version}_$architecture.deb
dpkg-deb --root-owner-group --build "$root" "$package" > /dev/null
rm -rf "$root"
echo "$package"
