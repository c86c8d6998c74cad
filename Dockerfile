# The worker and the command line: docker build --tag victor-experiments .
FROM node:20.20.2-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run -s build

FROM node:20.20.2-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund && npm cache clean --force
COPY --from=build /app/dist/src ./dist/src
COPY --from=build /app/dist/activities ./dist/activities
COPY --from=build /app/dist/workflows ./dist/workflows
COPY --from=build /app/dist/workflow-bundle.js ./dist/workflow-bundle.js
COPY src/db/migrations ./src/db/migrations
COPY examples ./examples
USER node
ENTRYPOINT ["node", "/app/dist/src/cli/main.js"]
CMD ["--help"]
