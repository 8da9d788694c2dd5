#!/bin/sh
# Files: deleted, opened to everyone, or guessable; and handled with care.

# ruleid: lockstep-bash-unguarded-recursive-rm
rm -rf $BUILD
# ruleid: lockstep-bash-unguarded-recursive-rm
rm -rf "$BUILD"/*
# ruleid: lockstep-bash-unguarded-recursive-rm
rm -r -f "${BUILD}/"
# ruleid: lockstep-bash-unguarded-recursive-rm
sudo rm -fr /srv/$NAME
# ok: lockstep-bash-unguarded-recursive-rm
rm -rf "${BUILD:?}"/*
# ok: lockstep-bash-unguarded-recursive-rm
rm -rf -- "$BUILD"
# ok: lockstep-bash-unguarded-recursive-rm
rm -rf build/ dist/
# ok: lockstep-bash-unguarded-recursive-rm
rm -f $FILE
# ok: lockstep-bash-unguarded-recursive-rm
rm -rf "$BUILD/cache"

# ruleid: lockstep-bash-world-writable
chmod 777 /srv/shop
# ruleid: lockstep-bash-world-writable
chmod -R 0666 "$FILES"
# ruleid: lockstep-bash-world-writable
chmod a+rwx run.sh
# ruleid: lockstep-bash-world-writable
sudo chmod o+w /etc/shop.conf
# ruleid: lockstep-bash-world-writable
mkdir -p -m 777 /srv/shop
# ok: lockstep-bash-world-writable
chmod 755 run.sh
# ok: lockstep-bash-world-writable
chmod u+w,go-w run.sh
# ok: lockstep-bash-world-writable
chmod +x run.sh
# ok: lockstep-bash-world-writable
chmod 1777 /srv/exchange
# ok: lockstep-bash-world-writable
echo "chmod 777 is a bad idea"

# ruleid: lockstep-bash-setuid
chmod u+s /usr/local/bin/shop
# ruleid: lockstep-bash-setuid
chmod 4755 /usr/local/bin/shop
# ok: lockstep-bash-setuid
chmod 0755 /usr/local/bin/shop
# ok: lockstep-bash-setuid
chmod u+x /usr/local/bin/shop

# ruleid: lockstep-bash-predictable-temp-file
date > /tmp/shop.log
# ruleid: lockstep-bash-predictable-temp-file
echo "started" >>"/tmp/shop-$NAME.log"
# ruleid: lockstep-bash-predictable-temp-file
LOCK=/tmp/shop.$$
# ruleid: lockstep-bash-predictable-temp-file
date | tee -a /tmp/shop.log
# ok: lockstep-bash-predictable-temp-file
work="$(mktemp -d)"
# ok: lockstep-bash-predictable-temp-file
date > "$work/shop.log"
# ok: lockstep-bash-predictable-temp-file
echo "the log was > /tmp/shop.log"
# ok: lockstep-bash-predictable-temp-file
cat < /tmp/shop.log
