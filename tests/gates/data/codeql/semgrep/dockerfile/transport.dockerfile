FROM scratch
# ruleid: lockstep-dockerfile-tls-verify-off
RUN curl -fsSLk https://get.example.com/tool -o /usr/local/bin/tool
# ruleid: lockstep-dockerfile-tls-verify-off
RUN wget --no-check-certificate https://get.example.com/tool
# ruleid: lockstep-dockerfile-tls-verify-off
RUN git config --global http.sslVerify false
# ruleid: lockstep-dockerfile-tls-verify-off
RUN npm config set strict-ssl false
# ruleid: lockstep-dockerfile-tls-verify-off
RUN pip install --no-cache-dir --trusted-host packages.example.com tool
# ruleid: lockstep-dockerfile-tls-verify-off
ENV NODE_TLS_REJECT_UNAUTHORIZED=0
# ruleid: lockstep-dockerfile-tls-verify-off
ENV GIT_SSL_NO_VERIFY true
# ok: lockstep-dockerfile-tls-verify-off
RUN curl -fsSL --cacert /etc/ssl/company.pem https://get.example.com/tool -o /usr/local/bin/link
# ok: lockstep-dockerfile-tls-verify-off
ENV NODE_TLS_REJECT_UNAUTHORIZED=1
# ok: lockstep-dockerfile-tls-verify-off
RUN curl -fsSL https://get.example.com/tool | tar -xzk

# ruleid: lockstep-dockerfile-plain-http-download
RUN curl -fsSL http://get.example.com/tool -o /usr/local/bin/tool
# ruleid: lockstep-dockerfile-plain-http-download
RUN apt-get update && wget -q "http://get.example.com/tool?a=1&b=2"
# ruleid: lockstep-dockerfile-plain-http-download
RUN pip install --index-url=http://packages.example.com/simple tool
# ruleid: lockstep-dockerfile-plain-http-download
ADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d http://get.example.com/tool /opt/
# ok: lockstep-dockerfile-plain-http-download
RUN curl -fsSL https://get.example.com/tool -o /usr/local/bin/tool
# ok: lockstep-dockerfile-plain-http-download
HEALTHCHECK CMD curl -fsS http://localhost:8080/healthz
# ok: lockstep-dockerfile-plain-http-download
RUN curl -fsS http://proxy:3128/ca.pem -o /etc/ssl/ca.pem && curl -fsS http://10.0.0.1/ca.pem -o /etc/ssl/other.pem

# ruleid: lockstep-dockerfile-unsigned-packages
RUN apt-get install -y --allow-unauthenticated curl
# ruleid: lockstep-dockerfile-unsigned-packages
RUN apk add --no-cache --allow-untrusted /tmp/tool.apk
# ruleid: lockstep-dockerfile-unsigned-packages
RUN echo "deb [arch=amd64 trusted=yes] https://packages.example.com stable main" > /etc/apt/sources.list.d/tool.list
# ok: lockstep-dockerfile-unsigned-packages
RUN echo "deb [signed-by=/etc/apt/keyrings/tool.gpg] https://packages.example.com stable main" > /etc/apt/sources.list.d/tool.list
# ok: lockstep-dockerfile-unsigned-packages
RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*
