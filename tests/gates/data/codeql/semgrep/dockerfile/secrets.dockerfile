# All secrets are made up.
FROM scratch
# ruleid: lockstep-dockerfile-hardcoded-secret
ENV DB_PASSWORD=correct1horse
# ruleid: lockstep-dockerfile-hardcoded-secret
ENV REGION=ca-central-1 API_TOKEN="abc123abc123"
# ruleid: lockstep-dockerfile-hardcoded-secret
ENV SERVICE_SECRET correct1horse
# ruleid: lockstep-dockerfile-hardcoded-secret
ARG NPM_TOKEN=abc123abc123
# ruleid: lockstep-dockerfile-hardcoded-secret
RUN pip install --index-url=https://shop:hunter2@packages.example.com/simple tool
# ok: lockstep-dockerfile-hardcoded-secret
ENV DB_PASSWORD_FILE=/run/secrets/db-password
# ok: lockstep-dockerfile-hardcoded-secret
ENV DB_PASSWORD=${DB_PASSWORD} API_TOKEN="" OTHER_TOKEN=/run/secrets/token
# ok: lockstep-dockerfile-hardcoded-secret
ENV DB_PASSWORD=change-me-please
# ok: lockstep-dockerfile-hardcoded-secret
RUN --mount=type=secret,id=token pip install --index-url="https://shop:$(cat /run/secrets/token)@packages.example.com/simple" tool
# ok: lockstep-dockerfile-hardcoded-secret
ARG TOKENIZER_VERSION=20261125

# ruleid: lockstep-dockerfile-secret-build-argument
ARG NPM_TOKEN
# ruleid: lockstep-dockerfile-secret-build-argument
ARG DB_PASSWORD=""
# ok: lockstep-dockerfile-secret-build-argument
ARG VERSION
# ok: lockstep-dockerfile-secret-build-argument
ARG SECRET_ID=npm

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
