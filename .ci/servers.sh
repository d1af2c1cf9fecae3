# Helpers of .ci/run: external servers for tests, pinned, built once and kept below the user's cache directory.
# shellcheck shell=bash

TOXIPROXY=github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0
VERSITYGW=github.com/versity/versitygw/cmd/versitygw@v1.8.0
# Newer releases depend on a commit that the Go module proxy does not have.
VALE=github.com/vale-cli/vale/v3/cmd/vale@v3.21.0
S3_BUCKET=narrows-test

# install_go MODULE@VERSION BINARY: builds the program unless it is cached, and prints its path.
install_go() {
  local module=$1 binary=$2 directory
  directory=${XDG_CACHE_HOME:-$HOME/.cache}/narrows-ci/${module##*@}-$binary
  if [ ! -x "$directory/$binary" ]; then
    GOBIN="$directory" GOFLAGS=-trimpath timeout 900 go install "$module" >&2 || return 1
  fi
  echo "$directory/$binary"
}

# install_servers: exports NARROWS_TOXIPROXY_SERVER and sets $versitygw; what cannot be built is said and left out.
install_servers() {
  local toxiproxy
  if toxiproxy=$(install_go "$TOXIPROXY" server); then
    export NARROWS_TOXIPROXY_SERVER=$toxiproxy
    echo "ci: Toxiproxy is $toxiproxy"
  else
    echo "ci: Toxiproxy cannot be built here: its tests are skipped"
  fi
  if ! versitygw=$(install_go "$VERSITYGW" versitygw); then
    versitygw=""
    echo "ci: the independent S3 server cannot be built here: its tests are skipped"
  fi
}

# start_s3 DIRECTORY: starts the independent S3 server on a free loopback port with an empty bucket, exports
# NARROWS_TEST_S3_* and sets $s3_pid.
start_s3() {
  local root=$1/s3 log=$1/s3.log port
  [ -n "$versitygw" ] || return 0
  mkdir -p "$root/$S3_BUCKET"
  port=$(free_port)
  export NARROWS_TEST_S3_ACCESS_KEY=narrows-test NARROWS_TEST_S3_SECRET_KEY=narrows-test-secret
  ROOT_ACCESS_KEY=$NARROWS_TEST_S3_ACCESS_KEY ROOT_SECRET_KEY=$NARROWS_TEST_S3_SECRET_KEY \
    "$versitygw" --port "127.0.0.1:$port" --quiet posix "$root" >"$log" 2>&1 &
  s3_pid=$!
  for _ in $(seq 100); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      export NARROWS_TEST_S3_ENDPOINT=http://127.0.0.1:$port NARROWS_TEST_S3_BUCKET=$S3_BUCKET
      echo "ci: independent S3 server on port $port"
      return 0
    fi
    kill -0 "$s3_pid" 2>/dev/null || break
    sleep 0.1
  done
  echo "ci: the independent S3 server does not start: its tests are skipped"
  cat "$log"
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' 2>/dev/null ||
    echo $((20000 + RANDOM % 10000))
}

# lint_rules DIRECTORY: checks Prometheus' configuration and rules, and runs the rules' tests, where promtool is there.
lint_rules() {
  if command -v promtool >/dev/null; then
    (cd "$1" && promtool check config prometheus.yml && promtool test rules alerts-test.yml)
  else
    echo "ci: no promtool here: alert rules are only parsed by MonitoringFilesTest"
  fi
}

# lint_kubernetes SCRATCH FILE...: checks manifests against the schemas of Kubernetes, where Python can install them.
lint_kubernetes() {
  local venv=$1/kubernetes-validate
  shift
  if python3 -m venv "$venv" >/dev/null 2>&1 && "$venv/bin/pip" install -q kubernetes-validate==1.37.0 >/dev/null 2>&1; then
    "$venv/bin/kubernetes-validate" --strict --quiet "$@"
    echo "ci: Kubernetes manifests are valid"
  else
    echo "ci: kubernetes-validate cannot be installed here: manifests are only checked by KubernetesFilesTest"
  fi
}

# lint_compose FILE: checks the file with Docker Compose, else that it is YAML with services.
lint_compose() {
  [ -f "$1" ] || return 0
  if docker compose version >/dev/null 2>&1; then
    docker compose -f "$1" config --quiet
  elif command -v docker-compose >/dev/null; then
    docker-compose -f "$1" config --quiet
  elif python3 -c 'import yaml' 2>/dev/null; then
    python3 - "$1" <<'PYTHON'
import sys, yaml
document = yaml.safe_load(open(sys.argv[1]))
services = document.get("services") or sys.exit("no services in " + sys.argv[1])
networks = set(document.get("networks") or {})
for name, service in services.items():
    if not ("image" in service or "build" in service):
        sys.exit("service " + name + " has neither image nor build")
    unknown = set(service.get("networks") or []) - networks - {"default"}
    if unknown:
        sys.exit("service " + name + " is on unknown networks " + ", ".join(sorted(unknown)))
PYTHON
  else
    echo "ci: neither Docker Compose nor a YAML parser: $1 is not checked"
    return 0
  fi
  echo "ci: $1 is well-formed"
}
