#!/bin/sh
# Copies into the folder $1 what belongs beside the program: units, monitoring, manuals, examples,
# the tokens that a theme may set.
# They stand as in the sources, so that links between them work, and everybody may read them.
set -eu
mkdir -p "$1/deploy" "$1/notifications/templates"
cp deploy/looptijd* deploy/*.conf deploy/postgresql.sql deploy/uninstall.sh deploy/run.toml "$1/deploy"
cp -R docs examples "$1"
cp notifications/templates/tokens.css "$1/notifications/templates"
cp README.md CHANGELOG.md CONTRIBUTING.md LICENSE "$1"
rm -rf "$1"/docs/*.py "$1/docs/templates"
find "$1" -name __pycache__ -type d -prune -exec rm -rf {} +
chmod -R u=rwX,go=rX "$1"
