# Other people's clients for OtherClientsIT and ClientsThroughProxyIT, where they can be had; its tests are skipped with a reason otherwise.

# install_kcat: librdkafka's command line client.
install_kcat() {
  if command -v kcat >/dev/null || command -v kafkacat >/dev/null; then
    return
  fi
  if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    apt-get install -y -q kcat >/dev/null 2>&1 \
      || { apt-get update -q >/dev/null 2>&1 && apt-get install -y -q kcat >/dev/null 2>&1; } \
      || echo "ci: kcat cannot be installed here: its test is skipped"
  else
    echo "ci: no kcat here: its test is skipped"
  fi
}

# build_franz_go: a program of ours with franz-go, below bench/target, where the test looks for it.
build_franz_go() {
  if command -v go >/dev/null; then
    (cd bench/src/test/go/franz-go && go build -o ../../../../target/franz-go/probe .) \
      || echo "ci: franz-go cannot be built here: its test is skipped"
  else
    echo "ci: no Go here: the test of franz-go is skipped"
  fi
}

# install_kafkajs: below bench/target, where the test looks for it.
install_kafkajs() {
  if command -v npm >/dev/null; then
    npm install --silent --no-audit --no-fund --prefix bench/target/kafkajs kafkajs@2.2.4 \
      || echo "ci: kafkajs cannot be installed here: its test is skipped"
  else
    echo "ci: no npm here: the test of kafkajs is skipped"
  fi
}

# install_confluent_kafka: librdkafka's Python binding, below bench/target, where the test looks for it.
install_confluent_kafka() {
  if command -v python3 >/dev/null && python3 -m pip --version >/dev/null 2>&1; then
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --upgrade \
      --target bench/target/confluent-kafka confluent-kafka==2.16.1 \
      || echo "ci: confluent-kafka cannot be installed here: its test is skipped"
  else
    echo "ci: no pip here: the test of librdkafka's Python binding is skipped"
  fi
}
