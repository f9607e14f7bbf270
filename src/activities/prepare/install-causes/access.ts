/** The way to an index or to a repository: logins, certificates, the network. */
import { addressOf, lastAddress, needsLogin, type Row } from './row';

export const ACCESS: Row[] = [
  {
    sign: /Permission denied \(publickey|Host key verification failed/,
    cause: (_, { host, deployUser }) => ({
      message: `a repository of a requirement refuses ${deployUser} of ${host} over SSH.`,
      advice: `Give ${deployUser} on ${host} a key in ~/.ssh that may read the repository, and its server in ~/.ssh/known_hosts.`,
    }),
  },
  {
    sign: /could not read (?:Username|Password) for '([^']*)'|Authentication failed for '([^']*)'|terminal prompts disabled/,
    cause: ([, one, two], context) =>
      needsLogin(addressOf(one ?? two ?? 'a repository of a requirement'), context),
  },
  {
    sign: /(?:remote: Repository not found|fatal: repository '[^']*' not found)/,
    cause: (_, { host, deployUser }) => ({
      message: `a repository of a requirement does not exist, or ${deployUser} of ${host} may not read it.`,
      advice: `Correct its address, or put a login for its server into ~${deployUser}/.netrc on ${host}.`,
    }),
  },
  {
    sign: /couldn't find remote ref (\S+)|pathspec '([^']+)' did not match|did not match any file\(s\) known to git|not our ref (\w+)|failed to find (?:branch|tag|commit) `([^`]+)`/,
    cause: ([, a, b, c, d]) => ({
      message: `a repository of a requirement has no ${a ?? b ?? c ?? d ?? 'such commit'}.`,
      advice: 'Name a commit, tag or branch that the repository has.',
    }),
  },
  {
    sign: /Cannot find command 'git'|Git executable not found/,
    cause: (_, { host }) => ({
      message: `a requirement comes from a repository, and ${host} has no git.`,
      advice: 'Run there as root: apt install git',
    }),
  },
  {
    sign: /index(?: URL)? \((\S+?)\) (?:could not be queried due to a lack of valid authentication|returned a 40[13])|HTTP status client error \(40[13] [^)]*\) for url \((\S+?)\)|HTTP error 40[13] while getting (\S+)|40[13] Client Error: [^\n]* for url: (\S+)|WARNING: 40[13] Error[^\n]* for (\S+)/,
    cause: ([, ...addresses], context) =>
      needsLogin(addressOf(addresses.find((each) => each !== undefined) ?? ''), context),
  },
  {
    sign: /(?:^|[/@:])\$\{([A-Z_][A-Z0-9_]*)\}[^\s]*@/m,
    cause: (_, context) => needsLogin('the package index', context),
  },
  {
    sign: /CERTIFICATE_VERIFY_FAILED|invalid peer certificate|SSLCertVerificationError|self[- ]signed certificate/,
    cause: (found, { host, service }) => ({
      message: `${host} does not trust the certificate of ${lastAddress(found.input) ?? 'the package index'}.`,
      advice: `Put the certificate of its authority into a file on ${host}, and write SSL_CERT_FILE=… and PIP_CERT=… with that file into /etc/landfall/${service}.install.env (root, mode 600).`,
    }),
  },
  {
    sign: /407 Proxy Authentication Required|Tunnel connection failed: 407/,
    cause: (_, { host, service }) => ({
      message: `the proxy of ${host} wants a login.`,
      advice: `Write https_proxy=http://NAME:PASSWORD@PROXY:PORT into /etc/landfall/${service}.install.env there (root, mode 600).`,
    }),
  },
  {
    sign: /Read timed out|read timeout|operation timed out|request timed out|UV_HTTP_TIMEOUT/i,
    cause: (found, { host, service }) => ({
      message: `${lastAddress(found.input) ?? 'the package index'} answers ${host} too slowly.`,
      advice: `Deploy again, or write UV_HTTP_TIMEOUT=120 and PIP_DEFAULT_TIMEOUT=120 into /etc/landfall/${service}.install.env (root, mode 600).`,
    }),
  },
  {
    sign: /HTTP status server error \((5\d\d)[^)]*\) for url \((\S+?)\)|HTTP error (5\d\d) while getting (\S+)|(5\d\d) Server Error: [^\n]* for url: (\S+)/,
    cause: ([, a, one, b, two, c, three]) => ({
      message: `${addressOf(one ?? two ?? three ?? '')} answered ${a ?? b ?? c}: the index itself failed.`,
      advice: 'Deploy again when the index works.',
    }),
  },
  {
    sign: /(?:failed to lookup address|error resolving DNS|Name or service not known|Temporary failure in name resolution|NameResolutionError|Connection refused|timed out|Network is unreachable|No route to host|error sending request|Tunnel connection failed|Failed to establish a new connection)/i,
    cause: (found, { host, service }) => ({
      message: `${host} cannot reach ${lastAddress(found.input) ?? 'the package index'}.`,
      advice: `Let ${host} reach it, or name a proxy there: https_proxy=… in /etc/landfall/${service}.install.env (root, mode 600). Without a network, write wheels: vendor/wheels in landfall.yaml, or name find-links in /etc/uv/uv.toml and /etc/pip.conf.`,
    }),
  },
];
