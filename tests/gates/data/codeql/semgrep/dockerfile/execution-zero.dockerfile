FROM scratch
# ruleid: lockstep-dockerfile-root-user
USER 0:0
ENTRYPOINT ["/service"]
