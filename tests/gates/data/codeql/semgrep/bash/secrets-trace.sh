#!/bin/bash
# Tracing while a secret is handled.
# ruleid: lockstep-bash-trace-with-secrets
set -euxo pipefail
login --password-stdin <<<"$REGISTRY_PASSWORD"
set +x
