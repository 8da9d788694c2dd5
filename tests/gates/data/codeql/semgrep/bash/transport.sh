#!/bin/bash
# Connections and packages whose origin is not checked, and those that are.

# ruleid: lockstep-bash-tls-verify-off
curl -k https://shop.example.com/
# ruleid: lockstep-bash-tls-verify-off
curl -fsSkL https://shop.example.com/ -o page.html
# ruleid: lockstep-bash-tls-verify-off
curl --silent \
  --insecure \
  https://shop.example.com/
# ruleid: lockstep-bash-tls-verify-off
page="$(wget -q --no-check-certificate -O - https://shop.example.com/)"
# ruleid: lockstep-bash-tls-verify-off
export GIT_SSL_NO_VERIFY=1
# ruleid: lockstep-bash-tls-verify-off
git -c http.sslVerify=false clone https://git.example.com/shop.git
# ruleid: lockstep-bash-tls-verify-off
NODE_TLS_REJECT_UNAUTHORIZED=0 node server.js
# ruleid: lockstep-bash-tls-verify-off
pip install --trusted-host packages.example.com shop
# ok: lockstep-bash-tls-verify-off
curl -fsSL https://shop.example.com/
# ok: lockstep-bash-tls-verify-off
curl --cacert ca.pem -o kit.tar https://shop.example.com/
# ok: lockstep-bash-tls-verify-off
curl -okit.tar https://shop.example.com/
# ok: lockstep-bash-tls-verify-off
curl -k https://localhost:8443/health
# ok: lockstep-bash-tls-verify-off
echo "never use curl -k"
# ok: lockstep-bash-tls-verify-off
ls -k "$page"

# ruleid: lockstep-bash-plain-http-download
curl -fsSLO http://files.example.com/kit.tar
# ruleid: lockstep-bash-plain-http-download
wget "http://files.example.com/kit.tar"
# ruleid: lockstep-bash-plain-http-download
git clone http://git.example.com/shop.git
# ok: lockstep-bash-plain-http-download
curl -fsSLO https://files.example.com/kit.tar
# ok: lockstep-bash-plain-http-download
curl -f http://localhost:8000/health
# ok: lockstep-bash-plain-http-download
curl -f http://127.0.0.1:8000/health
# ok: lockstep-bash-plain-http-download
wget http://stock:8080/items
# ok: lockstep-bash-plain-http-download
curl -f "http://$HOST/health"

# ruleid: lockstep-bash-ssh-unknown-host
ssh -o StrictHostKeyChecking=no shop@host.example.com uptime
# ruleid: lockstep-bash-ssh-unknown-host
scp -o UserKnownHostsFile=/dev/null kit.tar shop@host.example.com:
# ruleid: lockstep-bash-ssh-unknown-host
rsync -e "ssh -o StrictHostKeyChecking=no" -a kit/ host.example.com:kit/
# ok: lockstep-bash-ssh-unknown-host
ssh -o StrictHostKeyChecking=yes shop@host.example.com uptime
# ok: lockstep-bash-ssh-unknown-host
ssh -o UserKnownHostsFile=known_hosts shop@host.example.com uptime

# ruleid: lockstep-bash-unsigned-packages
apt-get install -y --allow-unauthenticated shop
# ruleid: lockstep-bash-unsigned-packages
sudo dnf install --nogpgcheck shop
# ok: lockstep-bash-unsigned-packages
apt-get install -y shop
# ok: lockstep-bash-unsigned-packages
sudo dnf install shop
