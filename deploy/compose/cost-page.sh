#!/bin/sh
# Writes the cost report of the running cluster repeatedly, for a web server.
#   cost-page.sh PROXIES BROKERS DIRECTORY
set -eu
proxies=$1
brokers=$2
page=$3/index.html
echo '<!doctype html><meta http-equiv="refresh" content="5"><title>Narrows</title><p>The first report takes half a minute.' >"$page"
while true; do
  if /opt/narrows/narrows cost --proxies "$proxies" --brokers "$brokers" --interval 25s --month --html "$page.new" >/dev/null; then
    # The browser reloads the page by itself.
    sed 's|<head>|<head><meta http-equiv="refresh" content="30">|' "$page.new" >"$page.shown"
    rm "$page.new"
    mv "$page.shown" "$page"
  else
    echo "no report this time; see above" >&2
  fi
  sleep 5
done
