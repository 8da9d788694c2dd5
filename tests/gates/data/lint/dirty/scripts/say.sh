#!/usr/bin/env bash
set -euo pipefail
if [ "$#" -gt 0 ]; then
  echo $1
fi
