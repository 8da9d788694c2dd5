#!/usr/bin/env bash
# Print release notes in Markdown from Conventional Commits.
#
# Usage: scripts/release-notes.sh [FROM [TO]]
#   FROM  the release before; without it, the newest tag v* before TO, or else the first commit
#   TO    the release; HEAD without it
set -euo pipefail

die() {
  printf 'release-notes: %s\n' "$1" >&2
  exit 2
}

commit() {
  git rev-parse --verify --quiet "$1^{commit}" >/dev/null || die "no such commit: $1"
}

heading() {
  case "$1" in
    feat) printf 'Added' ;;
    fix) printf 'Fixed' ;;
    perf) printf 'Faster' ;;
    revert) printf 'Taken back' ;;
    *) printf 'Other' ;;
  esac
}

# Print the commits of the range whose type matches the pattern $2, under the heading of type $1.
section() {
  local entries
  entries=$(git log --no-merges --format='%s (%h)' "$range" |
    sed -nE "s/^($2)(\(([^)]*)\))?(!?): (.*)$/- \4 \3: \5/p" |
    sed -E 's/^- ! /- **breaking** /; s/^-  /- /; s/^(- (\*\*breaking\*\* )?): /\1/')
  if [[ -n "$entries" ]]; then
    printf '\n### %s\n\n%s\n' "$(heading "$1")" "$entries"
  fi
}

to=${2:-HEAD}
commit "$to"
from=${1:-$(git describe --tags --match 'v*' --abbrev=0 "$to^" 2>/dev/null || true)}
range=$to
if [[ -n "$from" ]]; then
  commit "$from"
  range="$from..$to"
fi

printf '## %s\n' "$(git describe --tags --always "$to")"
section feat feat
section fix fix
section perf perf
section revert revert
section other 'build|chore|ci|docs|refactor|style|test'
