# Part of run.sh: the command of the npm package asks the Temporal engine itself, and writes outputs and summary.
# shellcheck shell=sh disable=SC2154,SC2034,SC2086

[ -n "$TEMPORAL_ADDRESS" ] || fail 'The input temporal-address is empty. Give the address of the Temporal engine, such as temporal.example.com:7233.'
if [ "$VIA" = api-key ]; then
  [ -n "$TEMPORAL_API_KEY" ] || fail 'The input api-key is empty. Give it from a secret; pull requests from forks get no secrets.'
  unset TEMPORAL_TLS_CLIENT_CERT_DATA TEMPORAL_TLS_CLIENT_KEY_DATA
else
  [ -n "$TEMPORAL_TLS_CLIENT_CERT_DATA" ] && [ -n "$TEMPORAL_TLS_CLIENT_KEY_DATA" ] ||
    fail 'The input tls-cert or tls-key is empty. Give both from secrets; pull requests from forks get no secrets.'
  unset TEMPORAL_API_KEY
fi
[ -n "$TEMPORAL_TLS_SERVER_CA_CERT_DATA" ] || unset TEMPORAL_TLS_SERVER_CA_CERT_DATA
export TEMPORAL_TLS=true
unset SSH_KEY

command -v npx >/dev/null || fail 'The runner has no npx. Add a step with actions/setup-node before this one.'
# The package of the same version as this action.
version=$(sed -n 's/^  "version": "\([0-9A-Za-z.-]*\)",$/\1/p' "$GITHUB_ACTION_PATH/package.json")
[ -z "$REF" ] || REF="--ref $REF"
npm_config_ignore_scripts=true npx --yes "landfall-deploy@$version" "$COMMAND" "$SERVICE" --env "$ENVIRONMENT" \
  --config "$CONFIG" $REF $OPTIONS || code=$?
