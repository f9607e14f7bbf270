/** The script that removes a controller. Pure. */
import { COMMAND, CURRENT, FIREWALL_TABLE, HOME, PROGRAMS, SETTINGS, UNITS, USER } from './layout';
import { PRELUDE } from './script';

/** Removes everything of a controller, its history and its keys too. Hosts keep their releases. Safe to repeat. */
export function uninstallScript(): string {
  return `${PRELUDE}
for unit in ${[...UNITS].reverse().join(' ')}; do
  systemctl disable --quiet --now $unit 2>/dev/null || true
  rm -f /etc/systemd/system/$unit
done
systemctl daemon-reload
systemctl reset-failed ${UNITS.join(' ')} 2>/dev/null || true
! command -v nft >/dev/null || nft delete table inet ${FIREWALL_TABLE} 2>/dev/null || true
say done services
[ "$(readlink ${COMMAND})" != ${CURRENT}/bin/landfall ] || rm ${COMMAND}
# Sessions of the user would keep it: a person who follows a deploy over SSH.
if [ "$(getent passwd ${USER} | cut -d: -f6)" = ${HOME} ]; then
  pkill -KILL -u ${USER} || true
  userdel ${USER}
fi
say done user
rm -rf ${PROGRAMS} ${SETTINGS} ${HOME}
say done files
`;
}
