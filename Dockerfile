# The program without the embedded servers: it needs a Postgres and a Redis. docs/deploying.md says how to run it.
FROM maven:3.9.11-eclipse-temurin-17 AS build
WORKDIR /build
COPY . .
# up to the jar without the tests, whose dependencies are large
RUN --mount=type=cache,target=/root/.m2 mvn -B -q -Pslim compile jar:jar shade:shade@runnable

FROM eclipse-temurin:17-jre-noble
# so that paths and stream names may contain any characters
ENV LC_ALL=C.UTF-8
WORKDIR /app
COPY --from=build /build/conf conf
COPY --from=build /build/target/rocket-rides-log-slim.jar .
# An archive of the classes, which saves 40 % of a start's CPU time. The process that writes it finds no Postgres.
RUN export DATABASE_URL=postgresql://nobody@localhost:1/none REDIS_URL=redis://localhost:1; \
  timeout 15 java -Xlog:cds=error -XX:ArchiveClassesAtExit=classes.jsa \
    -jar rocket-rides-log-slim.jar --conf conf/production.yaml; \
  java -XX:SharedArchiveFile=classes.jsa -Xshare:on -jar rocket-rides-log-slim.jar --version
# a number, so that Kubernetes can verify that it is not root
USER 10001:10001
EXPOSE 5005
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["curl", "--fail", "--silent", "--show-error", "--output", "/dev/null", "http://127.0.0.1:5005/health/ready"]
# Half of the container's memory is for the heap; the rest is for direct buffers, threads and code.
ENTRYPOINT ["java", "-XX:SharedArchiveFile=classes.jsa", "-XX:MaxRAMPercentage=50", "-XX:+ExitOnOutOfMemoryError", \
  "-jar", "rocket-rides-log-slim.jar"]
CMD ["--conf", "conf/production.yaml"]
