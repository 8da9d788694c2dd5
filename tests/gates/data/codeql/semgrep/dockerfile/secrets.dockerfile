# All secrets are made up.
FROM scratch
# ruleid: lockstep-dockerfile-hardcoded-secret
RUN pip install --index-url=https://shop:hunter2@packages.example.com/simple tool
# ruleid: lockstep-dockerfile-hardcoded-secret
RUN git clone https://shop:hunter2@code.example.com/tool.git
# ok: lockstep-dockerfile-hardcoded-secret
RUN git clone https://shop@code.example.com/tool.git
# ok: lockstep-dockerfile-hardcoded-secret
RUN --mount=type=secret,id=token pip install --index-url="https://shop:$(cat /run/secrets/token)@packages.example.com/simple" tool

# ruleid: lockstep-dockerfile-secret-file-copied
COPY .env /app/
# ruleid: lockstep-dockerfile-secret-file-copied
COPY --chown=10001:10001 package.json .npmrc ./
# ruleid: lockstep-dockerfile-secret-file-copied
ADD keys/id_ed25519 /root/.ssh/
# ruleid: lockstep-dockerfile-secret-file-copied
COPY ["certs/private.key", "/etc/ssl/"]
# ok: lockstep-dockerfile-secret-file-copied
COPY .env.example /app/.env
# ok: lockstep-dockerfile-secret-file-copied
COPY package.json package-lock.json ./
# ok: lockstep-dockerfile-secret-file-copied
COPY certs/ca.pem /etc/ssl/certs/
