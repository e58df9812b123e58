# The version of Node.js that the tests run on.
FROM node:20.20.2-bookworm-slim
WORKDIR /app
COPY . .
# `npm ci` builds dist/, for which it needs the development packages for a moment.
RUN npm ci && npm prune --omit=dev --ignore-scripts && mkdir /data && chown node:node /data
USER node
# Within a container only what is published reaches these ports, and it does not come from 127.0.0.1.
ENV LRBOT_DATA=/data LRBOT_HOST=0.0.0.0 SLACK_HOST=0.0.0.0
VOLUME /data
EXPOSE 8080 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["node", "deploy/healthcheck.js"]
# Node as process 1 gets SIGTERM itself: running jobs finish before it ends.
CMD ["node", "bin/lrbot.js", "start"]
