FROM scratch AS build
USER 10001
FROM scratch
# ruleid: lockstep-dockerfile-root-user
USER root
