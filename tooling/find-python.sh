#!/bin/sh
# Print the first Python from 3.11 to 3.14 on this machine that can make virtual environments.
# A name on PATH may be a shim that does not run, so each candidate is tried.
for name in python3.12 python3.13 python3.14 python3.11 python3 python "$HOME"/.pyenv/versions/*/bin/python3; do
  "$name" -c '
import ensurepip, sys, venv
sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' >/dev/null 2>&1 || continue
  "$name" -c 'import sys; print(sys.executable)'
  exit 0
done
echo "error: no Python from 3.11 to 3.14 with venv was found" >&2
echo "  mend: install one (on Debian: apt-get install python3 python3-venv)" >&2
exit 1
