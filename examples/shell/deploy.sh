#!/bin/sh
# Deploys a commit from any CI, cron job or Git hook that has ssh. Takes the place of a script that imports the app,
# restarts the unit, asks /health/ready and goes back with git reset --hard HEAD~1.
#
#   LANDFALL_KEY=/path/to/key LANDFALL_KNOWN_HOSTS=/path/to/known_hosts ./deploy.sh shop production "$COMMIT" JOB
#
# JOB names this job, such as jenkins/shop/42. The same job, started again, follows its deploy and never starts a
# second one. The exit code is that of the deploy: 0 deployed, 2 rejected, 3 rolled back, 4 needs an operator,
# 5 cancelled, 6 no connection.
set -eu

service=$1 environment=$2 commit=$3 job=$4
controller=${LANDFALL_CONTROLLER:-ssh://landfall@ops.example.com}

attempt=1
while :; do
  code=0
  ssh -T -i "$LANDFALL_KEY" -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes \
    -o UserKnownHostsFile="$LANDFALL_KNOWN_HOSTS" -o ServerAliveInterval=15 "$controller" \
    deploy "$service" "$environment" "$commit" --ci "$job" --output "${LANDFALL_OUTPUT:-plain}" </dev/null || code=$?
  # 255 is ssh's own: the connection was lost, and the deploy continues. The same command follows it again.
  [ "$code" = 255 ] && [ "$attempt" -lt 4 ] || break
  attempt=$((attempt + 1))
  sleep "${LANDFALL_PAUSE:-5}"
done
[ "$code" != 255 ] || code=6
exit "$code"
