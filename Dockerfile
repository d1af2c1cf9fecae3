# The narrows command with everything it runs: broker, proxy, s3, load, demo, inspect.
FROM maven:3.9-eclipse-temurin-17 AS build
WORKDIR /src
COPY . .
RUN mvn -q -B -Dquick -DskipTests package && rm -rf ~/.m2/repository/io/narrows

FROM eclipse-temurin:17-jre
RUN groupadd --system --gid 10001 narrows \
    && useradd --system --uid 10001 --gid narrows --home-dir /var/lib/narrows --create-home narrows \
    && install -d -o narrows -g narrows /var/lib/narrows/cost
WORKDIR /opt/narrows
COPY --from=build /src/narrows ./narrows
COPY --from=build /src/bench/target/dist/lib ./bench/target/dist/lib
COPY --from=build /src/deploy/compose /etc/narrows
ENV NARROWS_NO_BUILD=1
USER narrows
VOLUME /var/lib/narrows
ENTRYPOINT ["/opt/narrows/narrows"]
CMD ["--help"]
