#!/bin/bash
# Deploys a commit of @service@: @script@ COMMIT
# Written by landfall eject. Nothing of Landfall is needed; change this file as you like.
# Exit status: 0 deployed. 1 refused, and nothing was changed. 2 not ready, and the commit from before serves again.
# 3 not ready, and the commit from before is not ready either: look at `systemctl status @unit@`.
set -euo pipefail
umask 022

unit=@unit@ processes=(@processes@)
user=@user@ deployer=@deployer@ home=@home@
checkout=@checkout@ folder=@folder@ venv=@venv@ venvs=@venvs@
shared=(@shared@)
app=@app@
address=@address@ path=@path@ headers=@headers@ check=@check@ timeout=@timeout@ successes=@successes@

say() { echo "deploy: $*"; }
refuse() { say "$*" >&2; exit 1; }

# Git, installers and builds run as the user that owns the code, never as root.
as_deployer() { runuser -u "$deployer" -- env -C / HOME="$home" GIT_TERMINAL_PROMPT=0 "$@"; }
git_() { as_deployer git -C "$checkout" "$@"; }

# A command as the service runs: its user, its variables.
as_service() {
  systemd-run --quiet --wait --pipe --collect -p User="$user" -p Group=@group@ \
    -p WorkingDirectory="$1" @properties@ \
    -E PATH="$next/bin:/usr/local/bin:/usr/bin:/bin" "${@:2}"
}

# Packages go into an environment of their own, so that the live one stays as it is. $1: a tree of the new commit.
install_packages() {
  local tree=$1 python; python=$(readlink -f "$venv/bin/python")
@install@
}

# Asks the service where it listens, until it has answered well in a row.
is_ready() {
  UNIT=$unit ADDRESS=$address ASK=$path HEADERS=$headers CHECK=$check TIMEOUT=$timeout SUCCESSES=$successes \
    as_deployer /usr/bin/python3 - <<'PYTHON'
import http.client, json, os, socket, ssl, subprocess, sys, time
address, ask, check = os.environ["ADDRESS"], os.environ["ASK"], os.environ["CHECK"]
def once():
    if address.startswith("/"):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(5)
        sock.connect(address)
    else:
        host, _, port = address.rpartition(":")
        sock = socket.create_connection((host.strip("[]"), int(port)), 5)
    if check == "tcp":
        return ""
    if check == "https":
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        sock = context.wrap_socket(sock)
    connection = http.client.HTTPConnection("localhost", timeout=5)
    connection.sock = sock
    connection.request("GET", ask, headers=dict({"Connection": "close"}, **json.loads(os.environ["HEADERS"])))
    status = connection.getresponse().status
    return "" if 200 <= status < 300 else f"{ask} answered {status}"
def crashes():
    show = ["systemctl", "show", "-p", "ActiveState", "-p", "NRestarts", os.environ["UNIT"]]
    said = subprocess.run(show, capture_output=True, text=True).stdout.split()
    return "ActiveState=failed" in said or any(each[:10] == "NRestarts=" and each[10:] not in "01" for each in said)
end, good, why = time.monotonic() + int(os.environ["TIMEOUT"]), 0, ""
while time.monotonic() < end:
    try:
        why = once()
    except (OSError, http.client.HTTPException) as error:
        why = str(error)
    good = 0 if why else good + 1
    if good >= int(os.environ["SUCCESSES"]):
        sys.exit(0)
    if crashes():
        sys.exit("deploy: the service ends again and again: journalctl -u " + os.environ["UNIT"])
    time.sleep(0.3)
print(f"deploy: not ready within {os.environ['TIMEOUT']} s: {why}", file=sys.stderr)
sys.exit(1)
PYTHON
}

# Files that outlive a commit are links, also where Git has a file. $1: a tree.
link_shared() {
  local each
  for each in "${shared[@]}"; do
    as_deployer rm -rf "$1/${each%%=*}" || return 1
    as_deployer ln -s "${each#*=}" "$1/${each%%=*}" || return 1
  done
}

# Moves the checkout and the link to the packages, and restarts. $1: commit, $2: environment, $3: built files.
serve() {
  git_ reset --quiet --hard "$1" || return 1
  link_shared "$checkout" || return 1
  ln -sfn "$2" "$venv.new" || return 1
  mv -T "$venv.new" "$venv" || return 1@unpack@
  systemctl reset-failed "$unit" 2>/dev/null || true
  systemctl restart "$unit" "${processes[@]}"
}

[ $# -eq 1 ] || refuse "give one commit, branch or tag"
[ "$(id -u)" -eq 0 ] || refuse "run this as root: it restarts $unit"
exec 9>"/run/lock/deploy-$unit" && flock -n 9 || refuse "another deploy is under way"
[ -d "$checkout/.git" ] || refuse "$checkout is not a Git checkout: clone the repository there first"
git_ fetch --quiet --tags origin || refuse "git fetch failed in $checkout; nothing was changed"
commit=$(git_ rev-parse --verify --quiet "origin/$1^{commit}") ||
  commit=$(git_ rev-parse --verify --quiet "$1^{commit}") || refuse "the repository has no $1"
excluded=()
for each in "${shared[@]}"; do excluded+=(":!${each%%=*}"); done
git_ diff --quiet HEAD -- . "${excluded[@]}" || refuse "$checkout has local changes: git -C $checkout status"
before_commit=$(git_ rev-parse HEAD) before_venv=$(readlink "$venv")

next=$venvs/deploy-${commit:0:12}-$(date +%s)
trap 'git_ worktree remove --force "$next.tree" >/dev/null 2>&1 || true' EXIT
as_deployer mkdir -p "$venvs"
git_ worktree add --quiet --detach "$next.tree" "$commit"
link_shared "$next.tree"
say "installing the packages of $commit"
install_packages "$next.tree@inside@" || refuse "the packages could not be installed; nothing was changed"
@build@say "importing $app"
as_service "$next.tree@inside@" "$next/bin/python" -c \
  'import importlib, sys; [importlib.import_module(each) for each in sys.argv[1:]]' @server@ "${app%%:*}" ||
  refuse "$app cannot be imported; nothing was changed"
@migrate@say "restarting $unit with $commit"
if serve "$commit" "$next" "$next.built" && is_ready; then
  say "$commit serves"
  # Older environments stay for a month, for a rollback by hand.
  find "$venvs" -maxdepth 1 -name 'deploy-*' -mtime +30 ! -path "$next" ! -path "$before_venv" |
    while read -r old; do as_deployer rm -rf "$old"; done
  exit 0
fi
say "going back to $before_commit" >&2
if serve "$before_commit" "$before_venv" "$next.before" && is_ready; then
  say "$commit was not ready; $before_commit serves again" >&2
  exit 2
fi
say "$before_commit is not ready either: systemctl status $unit" >&2
exit 3
