#!/bin/sh
# The action's only step: checks the inputs, then goes the way that `via` names.
set -eu

# $1 is always a text of this script, and never an input: GitHub reads it as a command.
fail() {
  echo "::error title=Landfall::$1"
  echo "exit_code=1" >>"$GITHUB_OUTPUT"
  exit 1
}

# A value that is one plain word: neither an option nor several words.
plain() {
  case $2 in
    '' | -* | *[!A-Za-z0-9._/:@=-]*)
      fail "The input $1 is empty, or has a character other than letters, digits and . _ / : @ = -. Correct $1 in the step of the workflow." ;;
  esac
}

plain service "$SERVICE"
plain environment "$ENVIRONMENT"
case $COMMAND in
  deploy | plan) plain ref "$REF" ;;
  rollback | restart) REF= ;;
  *) fail 'The input command is not deploy, plan, rollback or restart.' ;;
esac
set -f
for word in $OPTIONS; do
  case $word in
    --*[!a-z-]* | --) fail 'The input options takes options without a value, such as --wait-for-running.' ;;
    --*) ;;
    *) fail 'The input options takes options without a value, such as --wait-for-running.' ;;
  esac
done

folder=$(mktemp -d "${RUNNER_TEMP:-/tmp}/landfall.XXXXXX")
trap 'rm -rf "$folder"' EXIT
trap 'exit 4' HUP INT TERM
code=0
case $VIA in
  ssh) . "$GITHUB_ACTION_PATH/action/over-ssh.sh" ;;
  mtls | api-key) . "$GITHUB_ACTION_PATH/action/over-temporal.sh" ;;
  *) fail 'The input via is not ssh, mtls or api-key.' ;;
esac
echo "exit_code=$code" >>"$GITHUB_OUTPUT"
exit "$code"
