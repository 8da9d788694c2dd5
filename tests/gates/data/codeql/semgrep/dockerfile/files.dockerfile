FROM scratch
# ruleid: lockstep-dockerfile-world-writable-file
RUN chmod 777 /app
# ruleid: lockstep-dockerfile-world-writable-file
RUN mkdir -p /data && chmod -R 0666 /data
# ruleid: lockstep-dockerfile-world-writable-file
RUN chmod -R a+rwX /app
# ruleid: lockstep-dockerfile-world-writable-file
COPY --chown=10001:10001 --chmod=777 service /app/
# ruleid: lockstep-dockerfile-world-writable-file
RUN mkdir -p -m 0777 /data
# ok: lockstep-dockerfile-world-writable-file
RUN chmod 755 /app && chmod u+w /app/log && chmod a+rx /app/bin
# ok: lockstep-dockerfile-world-writable-file
COPY --chmod=0644 service.toml /app/
# ok: lockstep-dockerfile-world-writable-file
RUN chmod 1770 /data && mkdir -m 0750 /log
