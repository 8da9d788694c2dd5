#!/usr/bin/env bash
set -euo pipefail
curl -fsSL https://get.example.com/tool -o tool
sha256sum --check tool.sha256
