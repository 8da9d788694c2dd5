#!/bin/bash
set -eu
ls
# ruleid: lockstep-bash-trace-with-secrets
set -x
deploy --key "${DEPLOY_API_KEY}"
