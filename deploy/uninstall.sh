#!/bin/sh
# Takes away what install.sh and the administrator's guide put on this server: the program, the units
# and their timers, the command. The register, its backups, the configuration, the secrets and the user
# stay, and are named at the end.
#
#   ./uninstall.sh [--prefix /opt/looptijd]
set -eu
prefix=/opt/looptijd
case ${1:-} in
    --prefix) prefix=${2:?--prefix needs a folder} ;;
    ?*) echo "uninstall.sh: $1 is not known. Accepted: --prefix FOLDER." >&2 && exit 1 ;;
esac
[ -L "$prefix/current" ] || { echo "uninstall.sh: there is no looptijd in $prefix." >&2; exit 1; }
[ -w "$prefix" ] || { echo "uninstall.sh: $prefix cannot be written: run this as root." >&2; exit 1; }

# 1. What runs. Only a program in its usual place was started by our units.
if [ "$prefix" = /opt/looptijd ] && [ -d /run/systemd/system ]; then
    systemctl disable --quiet --now looptijd looptijd-backup.timer looptijd-verify.timer \
        looptijd-metrics.timer 2> /dev/null || true
fi
if [ "$prefix" = /opt/looptijd ]; then
    rm -f /etc/systemd/system/looptijd.service /etc/sysusers.d/looptijd.conf \
        /etc/tmpfiles.d/looptijd.conf /etc/sudoers.d/looptijd
    for work in backup verify metrics; do
        rm -f "/etc/systemd/system/looptijd-$work.service" "/etc/systemd/system/looptijd-$work.timer" \
            "/var/lib/systemd/timers/stamp-looptijd-$work.timer"
    done
    for command in /usr/local/bin/looptijd /usr/bin/looptijd; do
        [ "$(readlink "$command")" != /opt/looptijd/current/bin/looptijd ] || rm "$command"
    done
    [ ! -d /run/systemd/system ] || systemctl daemon-reload
fi

# 2. The versions, each with its environment.
for mark in "$prefix"/*/.whole; do
    [ ! -e "$mark" ] || rm -r "${mark%/.whole}"
done
rm -f "$prefix/current"
rmdir "$prefix" 2> /dev/null || true

# 3. What stays.
echo "looptijd is gone from $prefix."
for left in /etc/looptijd /etc/credstore/looptijd.* /etc/systemd/system/looptijd*.d /var/lib/looptijd \
    /var/backups/looptijd; do
    [ ! -e "$left" ] || echo "Left as it is: $left"
done
