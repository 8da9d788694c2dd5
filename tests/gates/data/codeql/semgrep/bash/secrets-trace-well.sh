#!/bin/bash
# ok: lockstep-bash-trace-with-secrets
set -eux
make build
set +x
login --password-stdin <<<"$REGISTRY_PASSWORD"
