#!/usr/bin/env bash
# Commands that come from a variable or from the network, and commands that do not.
set -euo pipefail

# ruleid: lockstep-bash-curl-piped-to-shell
curl -fsSL https://get.example.com/install.sh | bash
# ruleid: lockstep-bash-curl-piped-to-shell
wget -qO- https://get.example.com/install.sh | sudo -E sh -s -- --yes
# ruleid: lockstep-bash-curl-piped-to-shell
curl -fsSL https://get.example.com/install.sh | tee install.log | sh
# ruleid: lockstep-bash-curl-piped-to-shell
bash <(curl -fsSL https://get.example.com/install.sh)
# ruleid: lockstep-bash-curl-piped-to-shell
sh -c "$(curl -fsSL https://get.example.com/install.sh)"
# ruleid: lockstep-bash-curl-piped-to-shell
source <(curl -fsSL https://get.example.com/functions.sh)
# ruleid: lockstep-bash-curl-piped-to-shell
curl -fsSL https://get.example.com/install.py | python3 -
# ruleid: lockstep-bash-curl-piped-to-shell
eval "$(wget -qO- https://get.example.com/env.sh)"
if ! command -v tool >/dev/null; then
  # ruleid: lockstep-bash-curl-piped-to-shell
  curl --proto '=https' -fsSL \
    https://get.example.com/install.sh |
    /bin/sh
fi

# ok: lockstep-bash-curl-piped-to-shell
curl -fsSL https://shop.example.com/items | jq .
# ok: lockstep-bash-curl-piped-to-shell
curl -fsSL https://shop.example.com/items | python3 -m json.tool
# ok: lockstep-bash-curl-piped-to-shell
curl -fsSLo install.sh https://get.example.com/install.sh
# ok: lockstep-bash-curl-piped-to-shell
echo "install with: curl -fsSL https://get.example.com/install.sh | sh"
# ok: lockstep-bash-curl-piped-to-shell
version="$(curl -fsSL https://shop.example.com/version)"
# ok: lockstep-bash-curl-piped-to-shell
printf 'date\n' | sh
cat <<'USAGE'
install with:
  curl -fsSL https://get.example.com/install.sh | sh
USAGE

command="ls $1"
# ruleid: lockstep-bash-eval-variable
eval "$command"
# ruleid: lockstep-bash-eval-variable
eval $2
# ruleid: lockstep-bash-eval-variable
eval "value=\$${version}"
# ok: lockstep-bash-eval-variable
eval "$(ssh-agent -s)"
# ok: lockstep-bash-eval-variable
eval set -- "$OPTIONS"
# ok: lockstep-bash-eval-variable
eval "set -- $(printf '%s\n' "$LAMP_OPTIONS" | xargs -n1 | sed 's~[^[:alnum:]]~\\&~g' | tr '\n' ' ')" '"$@"'
# ok: lockstep-bash-eval-variable
echo "eval $command"
# ok: lockstep-bash-eval-variable
eval 'echo fixed'

# ruleid: lockstep-bash-shell-string-with-variable
bash -c "ls $1"
# ruleid: lockstep-bash-shell-string-with-variable
sudo -u shop sh -c "tar xf ${archive}"
# ok: lockstep-bash-shell-string-with-variable
bash -c 'ls "$1"' _ "$1"
# ok: lockstep-bash-shell-string-with-variable
sh -c "sync; sync"
