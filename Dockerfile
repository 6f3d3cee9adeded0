# docker build -t oss-faces .                the service
# docker build -t oss-faces:tfjs --target tfjs .   the same with @tensorflow/tfjs-node, for ENGINE=face-api
# amd64 and arm64: docker buildx build --platform linux/amd64,linux/arm64 …

# The current LTS. cloudevents declares Node 24 at most, so npm warns; the tests pass on 26.
ARG NODE=26

FROM node:${NODE}-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY bin bin
COPY models models
COPY src src
RUN npm run build
# Production dependencies only, and of onnxruntime only this platform's files.
RUN npm prune --omit=dev \
 && find node_modules/onnxruntime-node/bin -mindepth 3 -maxdepth 3 ! -path "*/linux/$(node -p process.arch)" -exec rm -r {} + \
 && test -d node_modules/onnxruntime-node/bin/*/linux/$(node -p process.arch)

# tfjs-node has no release for Node 23 and later.
FROM node:22-slim AS tfjs
ENV NODE_ENV=production ORT_DISABLE_TELEMETRY=1 MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072 ENGINE=face-api
WORKDIR /app
COPY --from=build /app/package.json /app/package-lock.json /app/.npmrc ./
COPY --from=build /app/node_modules node_modules
RUN npm install --no-save --ignore-scripts=false @tensorflow/tfjs-node@4.22.0 \
 && node -e "require('@tensorflow/tfjs-node')" \
 && npm cache clean --force \
 && rm package-lock.json .npmrc
COPY LICENSE ./
COPY --from=build /app/bin bin
COPY --from=build /app/models models
COPY --from=build /app/dist/src dist/src
USER 1000
EXPOSE 8080
ENTRYPOINT ["node", "--max-semi-space-size=2", "bin/oss-faces.js"]
CMD ["serve"]

FROM build AS lean
# The weights are in models/built/ as graphs by now; face-api's code is for ENGINE=face-api only.
RUN rm -r node_modules/@vladmandic models/centerface.onnx models/sface-8bit.onnx
# What is in the image, for scanners. npm leaves out of it whatever development needs, too, unless nothing of that is named.
RUN npm pkg delete devDependencies dependencies.@vladmandic/face-api \
 && npm pkg set "overrides.@lancedb/lancedb.@types/node=$(node -p "require('@types/node/package.json').version")" \
 && npm sbom --sbom-format=cyclonedx > sbom.cdx.json

FROM node:${NODE}-slim AS service
# glibc: an arena for each thread would cost memory and save no time; what a photo's pixels took goes back at once.
# Node: the HTTP thread's young objects hold photos on their way to the workers; room for few is enough (MB).
ENV NODE_ENV=production ORT_DISABLE_TELEMETRY=1 MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072
WORKDIR /app
COPY LICENSE ./
COPY --from=lean /app/package.json /app/sbom.cdx.json ./
COPY --from=lean /app/node_modules node_modules
COPY --from=lean /app/bin bin
COPY --from=lean /app/models models
COPY --from=lean /app/dist/src dist/src
USER 1000
EXPOSE 8080
ENTRYPOINT ["node", "--max-semi-space-size=2", "bin/oss-faces.js"]
CMD ["serve"]
