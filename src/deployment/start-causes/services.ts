/** Causes in the services that a release needs: a database, a broker, another API. */
import type { Cause, Row, Started } from './row';

const REFUSED = 'connection refused';

function silent(where: string, why: string, { host }: Started): Cause {
  return {
    message: `${where} does not answer ${host}: ${why}.`,
    advice:
      'Start the service there, or correct its address in the settings of this service (env:, or a file of envFiles).',
  };
}

function unknownHost(name: string, { host }: Started): Cause {
  return {
    message: `${host} cannot resolve the name ${name}.`,
    advice: `Correct the name in the settings (env:, or a file of envFiles), or the name resolution of ${host}.`,
  };
}

function login(whose: string, why: string, { host }: Started): Cause {
  return {
    message: `${whose} refuses the login: ${why}.`,
    advice: `Correct user, password and database in the settings (a file of envFiles on ${host}).`,
  };
}

/** `Connection refused` of an operating system, in one form. */
function inShort(why: string): string {
  if (/refused/i.test(why)) return REFUSED;
  return why.trim().replace(/\.$/, '').slice(0, 200) || 'no reason given';
}

export const SERVICES: Row[] = [
  {
    seen: /connection to server at "([^"\s]{1,200})"(?: \([^)]*\))?, port (\d+) failed: (?:FATAL: +)?([^\n]*)/,
    cause: ([server = '', port = '', why = ''], started) => {
      const where = `PostgreSQL at ${server}:${port}`;
      return /authentication|does not exist|pg_hba|not permitted|no password/.test(why)
        ? login(where, why.trim(), started)
        : silent(where, inShort(why), started);
    },
  },
  {
    seen: /connection to server on socket "([^"\n]{1,200})" failed: (?:FATAL: +)?([^\n]*)/,
    cause: ([socket = '', why = ''], started) =>
      /authentication|does not exist/.test(why)
        ? login('PostgreSQL', why.trim(), started)
        : silent(`PostgreSQL at ${socket}`, inShort(why), started),
  },
  {
    seen: /(?:failed to resolve host '|could not translate host name "|Unknown (?:MySQL )?server host ')([^'"\s]{1,200})/,
    cause: ([name = ''], started) => unknownHost(name, started),
  },
  {
    seen: /Error (-?\d+) connecting to ([^\s:]{1,200}):(\d+)\. ?([^\n]*)/,
    cause: ([number = '', server = '', port = '', why = ''], started) =>
      number.startsWith('-')
        ? unknownHost(server, started)
        : silent(`Redis at ${server}:${port}`, inShort(why), started),
  },
  {
    seen: /Connect call failed \('([^']{1,200})', (\d+)/,
    cause: ([server = '', port = ''], started) => silent(`${server}:${port}`, REFUSED, started),
  },
  {
    seen: /Can't connect to (?:local )?(?:MySQL )?server (?:on|through socket) '([^'\n]{1,200})'([^\n]*)/,
    cause: ([server = '', why = ''], started) => silent(`MySQL at ${server}`, inShort(why), started),
  },
  {
    seen: /ServerSelectionTimeoutError: ([\w.-]{1,200}:\d+): ([^(\n]*)/,
    cause: ([where = '', why = ''], started) => silent(`MongoDB at ${where}`, inShort(why), started),
  },
  {
    seen: /Cannot connect to (amqps?|redis|sqs):\/\/(?:[^@\s]*@)?([\w.-]{1,200}:\d+)[^\n]*/,
    cause: ([kind = '', where = ''], started) => silent(`The broker (${kind}) at ${where}`, REFUSED, started),
  },
  {
    seen: /(?:HTTPS?ConnectionPool|HTTPS?Connection)\(host='([^']{1,200})', port=(\d+)\)/,
    cause: ([server = '', port = ''], started) => silent(`${server}:${port}`, 'no connection', started),
  },
  {
    seen: /Cannot connect to host ([\w.-]{1,200}:\d+)/,
    cause: ([where = ''], started) => silent(where, 'no connection', started),
  },
  {
    seen: /(Access denied for user '[^'\n]{1,80}'|WRONGPASS[^\n]{0,80}|NOAUTH[^\n]{0,80})/,
    cause: ([why = ''], started) => login('The database', why, started),
  },
  {
    seen: /certificate verify failed: ?([^(\n]*)/,
    cause: ([why = ''], { host }) => ({
      message: `${host} does not trust the certificate of a service that the app calls: ${why.trim() || 'not valid'}.`,
      advice: `Install the certificate authority on ${host} (update-ca-certificates), or correct the address.`,
    }),
  },
  {
    seen: /Name or service not known|Temporary failure in name resolution|nodename nor servname/,
    cause: (_, { host }) => ({
      message: `${host} cannot resolve the name of a service that the app calls.`,
      advice: `Correct the name in the settings (env:, or a file of envFiles), or the name resolution of ${host}.`,
    }),
  },
  {
    seen: /\[Errno 111\] (?:ECONNREFUSED|Connection refused)/,
    cause: (_, started) => silent('A service that the app calls', REFUSED, started),
  },
];
