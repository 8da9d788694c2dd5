# What a build runs. RUN curl https://get.example.com/install.sh | sh would be found, were it no comment.
ARG BASE_IMAGE
FROM ${BASE_IMAGE} AS build
# ruleid: lockstep-dockerfile-curl-piped-to-shell
RUN curl -fsSL https://get.example.com/install.sh | sh
# ruleid: lockstep-dockerfile-curl-piped-to-shell, lockstep-dockerfile-sudo
RUN wget -qO- "https://get.example.com/install.sh?a=1&b=2" | tee /tmp/log | sudo -E bash -s -- --yes
# ruleid: lockstep-dockerfile-curl-piped-to-shell
RUN sh -c "$(curl -fsSL https://get.example.com/install.sh)"
# ruleid: lockstep-dockerfile-curl-piped-to-shell
RUN ["bash", "-c", "curl -fsSL https://get.example.com/install.sh | bash"]
# ruleid: lockstep-dockerfile-curl-piped-to-shell
RUN bash <(curl -fsSL https://get.example.com/install.sh)
# ruleid: lockstep-dockerfile-curl-piped-to-shell
RUN --mount=type=cache,target=/root/.cache curl -fsSL https://get.example.com/install.py | python3 -
RUN apt-get update && \
    # ruleid: lockstep-dockerfile-curl-piped-to-shell
    curl -fsSL \
      https://get.example.com/install.sh \
    | bash
# ok: lockstep-dockerfile-curl-piped-to-shell
RUN curl -fsSL https://get.example.com/tool.tar.gz -o /tmp/tool.tar.gz && echo "0123 /tmp/tool.tar.gz" | sha256sum -c
# ok: lockstep-dockerfile-curl-piped-to-shell
RUN curl -fsSL https://api.example.com/versions.json | python3 -m json.tool
# ok: lockstep-dockerfile-curl-piped-to-shell
RUN curl -fsSL https://get.example.com/tool.tar.gz | tar -xz -C /usr/local
# ok: lockstep-dockerfile-curl-piped-to-shell
RUN curl -fsSO https://get.example.com/tool || sh ./fallback.sh

# ruleid: lockstep-dockerfile-sudo
RUN sudo apt-get update
# ruleid: lockstep-dockerfile-sudo
RUN apt-get install -y --no-install-recommends ca-certificates sudo
# ok: lockstep-dockerfile-sudo
RUN apt-get install -y --no-install-recommends ca-certificates
# ok: lockstep-dockerfile-sudo
RUN rm -f /etc/sudoers.d/build
