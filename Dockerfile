# The distribution of the narrows command: broker, proxy, s3, cost, load, demo, inspect, gc, repair.
FROM maven:3.9-eclipse-temurin-17 AS build
WORKDIR /src
COPY . .
RUN mvn -q -B -Dquick -DskipTests -pl cli -am package

FROM eclipse-temurin:17-jre
RUN groupadd --system --gid 10001 narrows \
    && useradd --system --uid 10001 --gid narrows --home-dir /var/lib/narrows --create-home narrows \
    && install -d -o narrows -g narrows /var/lib/narrows/cost
WORKDIR /opt/narrows
COPY --from=build /src/cli/target/dist ./
COPY --from=build /src/deploy/compose /etc/narrows
USER narrows
VOLUME /var/lib/narrows
ENTRYPOINT ["/opt/narrows/narrows"]
CMD ["--help"]
