FROM node:22-bookworm-slim
WORKDIR /app
COPY . .
# `npm ci` compiles to dist/, for which it needs the development packages for a moment.
RUN npm ci && npm prune --omit=dev --ignore-scripts && mkdir /data && chown node:node /data
USER node
ENV LRBOT_DATA=/data LRBOT_HOST=0.0.0.0
VOLUME /data
EXPOSE 8080
HEALTHCHECK --start-period=30s CMD node -e "fetch('http://127.0.0.1:8080/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"
# Node as process 1 gets SIGTERM itself: running jobs finish before it ends.
CMD ["node", "bin/lrbot.js", "start"]
