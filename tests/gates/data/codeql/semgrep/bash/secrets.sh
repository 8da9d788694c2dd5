#!/bin/bash
# Secrets that stand in a script or leave it, and secrets kept well. All of them are made up.

# ruleid: lockstep-bash-hardcoded-secret
DB_PASSWORD="correct1horse"
# ruleid: lockstep-bash-hardcoded-secret
export API_KEY=abc123abc123
# ruleid: lockstep-bash-hardcoded-secret
curl -u shop:hunter2 https://shop.example.com/
# ruleid: lockstep-bash-hardcoded-secret
sshpass -p hunter2 ssh shop@host.example.com uptime
# ruleid: lockstep-bash-hardcoded-secret
mysql -u shop -phunter2 shop
# ruleid: lockstep-bash-hardcoded-secret
curl -H "Authorization: Bearer abc123abc123abc123" https://shop.example.com/
# ok: lockstep-bash-hardcoded-secret
DB_PASSWORD="$(cat /run/secrets/db-password-1)"
# ok: lockstep-bash-hardcoded-secret
export API_KEY="${SHOP_API_KEY_2}"
# ok: lockstep-bash-hardcoded-secret
TOKEN=
# ok: lockstep-bash-hardcoded-secret
PASSWORD_FILE=/run/secrets/db-password-1
# ok: lockstep-bash-hardcoded-secret
curl -u "shop:$DB_PASSWORD" https://shop.example.com/
# ok: lockstep-bash-hardcoded-secret
curl -H "Authorization: Bearer $API_KEY" https://shop.example.com/
# ok: lockstep-bash-hardcoded-secret
API_TOKEN="your-token-1234"

# ruleid: lockstep-bash-sudo-password-in-pipe
echo "$SUDO_WORD" | sudo -S systemctl restart shop
# ruleid: lockstep-bash-sudo-password-in-pipe
printf '%s\n' "$WORD" | sudo -kS -u shop true
# ok: lockstep-bash-sudo-password-in-pipe
echo "deb" | sudo tee /etc/apt/sources.list.d/shop.list
# ok: lockstep-bash-sudo-password-in-pipe
sudo systemctl restart shop

# ruleid: lockstep-bash-secret-in-output
echo "using $API_KEY"
# ruleid: lockstep-bash-secret-in-output
printf 'token: %s\n' "${GITHUB_TOKEN}"
# ok: lockstep-bash-secret-in-output
echo "$GITHUB_TOKEN" | docker login --username shop --password-stdin
# ok: lockstep-bash-secret-in-output
echo "token: ${GITHUB_TOKEN:+set}"
# ok: lockstep-bash-secret-in-output
echo 'export $API_KEY first'
# ok: lockstep-bash-secret-in-output
echo "$API_KEY" > "$HOME/.shop/key"
# ok: lockstep-bash-secret-in-output
echo "the file is $TOKEN_FILE"
