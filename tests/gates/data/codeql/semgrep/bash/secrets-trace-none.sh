#!/bin/bash
# ok: lockstep-bash-trace-with-secrets
set -eu
login --password-stdin <<<"$REGISTRY_PASSWORD"
# ok: lockstep-bash-trace-with-secrets
echo "set -x shows $1"
