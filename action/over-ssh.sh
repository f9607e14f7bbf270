# Part of run.sh: the controller deploys, asked through the forced command of its key. The runner needs ssh alone.
# shellcheck shell=sh disable=SC2154,SC2034,SC2086

case $CONTROLLER in
  ssh://*[!A-Za-z0-9._:@/%-]* | ssh:// | ssh://-*) fail 'The input controller is not an address such as ssh://landfall@ops.example.com.' ;;
  ssh://*) ;;
  *) fail 'The input controller is missing. Write an address such as ssh://landfall@ops.example.com.' ;;
esac
[ -n "$SSH_KEY" ] || fail 'The input ssh-key is empty. Give the private key from a secret; pull requests from forks get no secrets.'
[ -n "$KNOWN_HOSTS" ] || fail 'The input known-hosts is empty. Give the line of known_hosts that an administrator of the controller has compared.'
(
  umask 077
  printf '%s\n' "$SSH_KEY" | tr -d '\r' >"$folder/key"
  printf '%s\n' "$KNOWN_HOSTS" | tr -d '\r' >"$folder/known_hosts"
)
unset SSH_KEY

# What the controller does for this key; the runner's own configuration and agent have no part in it.
door() {
  ssh -F /dev/null -T -i "$folder/key" -o IdentitiesOnly=yes -o IdentityAgent=none -o BatchMode=yes \
    -o StrictHostKeyChecking=yes -o UserKnownHostsFile="$folder/known_hosts" -o GlobalKnownHostsFile=/dev/null \
    -o ConnectTimeout=20 -o ServerAliveInterval=15 -o ServerAliveCountMax=4 "$CONTROLLER" "$@" </dev/null
}

ci_run="github/$GITHUB_REPOSITORY/$GITHUB_RUN_ID"
case $COMMAND in
  plan) story= ;;
  *) story="--ci $ci_run" ;;
esac

# The deploy continues without this connection. The same command, given again, follows it to its end.
attempt=1
while :; do
  code=0
  began=$(date +%s)
  door "$COMMAND" "$SERVICE" "$ENVIRONMENT" $REF $OPTIONS $story --output github || code=$?
  [ "$code" = 255 ] || break
  # A connection that has lasted was lost: that is not a refusal, so the attempts begin again.
  [ $(($(date +%s) - began)) -lt 60 ] || attempt=1
  [ "$attempt" -lt "${LANDFALL_ATTEMPTS:-4}" ] || break
  attempt=$((attempt + 1))
  echo "No connection to the controller. A deploy that runs continues there. Trying again."
  sleep "${LANDFALL_PAUSE:-5}"
done
if [ "$code" = 255 ]; then
  echo "The controller could not be reached over SSH; see the message of ssh above. Run this job again to follow the deploy, if one was started."
  code=6
fi

# 1 and 6: nothing was started, so there is nothing to tell of. A key that may not ask for the status has no report.
case $COMMAND-$code in
  plan-* | *-1 | *-6) ;;
  *)
    if door status "$SERVICE" "$ENVIRONMENT" --outputs --ci "$ci_run" >"$folder/outputs"; then
      grep -E '^(outcome|commit|live|run_id)=' "$folder/outputs" >>"$GITHUB_OUTPUT" || true
      door status "$SERVICE" "$ENVIRONMENT" --markdown --ci "$ci_run" >"$folder/summary" &&
        cat "$folder/summary" >>"$GITHUB_STEP_SUMMARY"
    else
      echo "The controller gave no report for outputs and summary. The key needs the command status in policy.yaml."
    fi || true
    ;;
esac
