/** A call that must be refused. Run in a folder with the files of `bad-input.test.ts`. */
export interface Row {
  /** Behind the command. */
  words: string[];
  /** Default 1: wrong usage or configuration. */
  code?: number;
  /** The field, option or host in question, and the next step. */
  says: RegExp[];
}

const ENVIRONMENT = ['--env', 'production'];
/** Nothing listens there. */
const NOWHERE = '127.0.0.1:1';
const MACHINE = `root@${NOWHERE}`;

const wrongEnvironment = (...words: string[]): Row => ({
  words: [...words, '--env', 'staging'],
  says: [/landfall\.yaml: environments: there is no environment staging \(there is: production\)/],
});
const wrongService = (...words: string[]): Row => ({
  words: ['cart', ...words, ...ENVIRONMENT],
  says: [
    /landfall\.yaml describes the service shop, not cart\./,
    /Name shop, or the file of cart with --config/,
  ],
});
const missingFile = (...words: string[]): Row => ({
  words: [...words, ...ENVIRONMENT, '--config', 'none.yaml'],
  says: [/none\.yaml: there is no such file; write one .* or give its path/],
});
const noEngine = (...words: string[]): Row => ({
  words,
  code: 6,
  says: [/The Temporal engine at 127\.0\.0\.1:1 cannot be reached/, /landfall dev .*TEMPORAL_ADDRESS/],
});
const noHost = (...words: string[]): Row => ({
  words,
  says: [/\(\w+@127\.0\.0\.1:1\) cannot be reached: the connection was refused/, /Check that the host is up/],
});
const wrongHost = (...words: string[]): Row => ({
  words,
  says: [/The environment production has no host web2; it has: web1\./],
});
const wrongName = (...words: string[]): Row => ({
  words,
  says: [/The name "1BAD": a name has letters, digits and _/],
});
const noMachine = (...words: string[]): Row => ({
  words: [MACHINE, ...words],
  says: [/ssh does not reach root@127\.0\.0\.1: .*refused/, /that this works: ssh -p 1 root@127\.0\.0\.1/],
});
const wrongMachine = (...words: string[]): Row => ({
  words: ['root@ops:ssh', ...words],
  says: [/root@ops:ssh is not a machine\. Write HOST, USER@HOST or USER@HOST:PORT\./],
});

/** Of the commands that deploy, and so read landfall.yaml first. */
const ofDeploys = (...more: Row[]): Row[] => [
  wrongService(),
  wrongEnvironment('shop'),
  missingFile('shop'),
  noEngine('shop', ...ENVIRONMENT),
  ...more,
];
/** Of those that need the engine alone: it may know services of other files. */
const ofRuns = (...words: string[]): Row[] => [
  missingFile('shop', ...words),
  noEngine('shop', ...words, ...ENVIRONMENT),
];
const ofVariables = (...words: string[]): Row[] => [
  wrongService(...words),
  wrongEnvironment('shop', ...words),
  missingFile('shop', ...words),
  wrongHost('shop', ...words, ...ENVIRONMENT, '--host', 'web2'),
  noHost('shop', ...words, ...ENVIRONMENT),
];
const ofMachines = (...words: string[]): Row[] => [wrongMachine(...words), noMachine(...words)];

/** By the words of the command. */
export const ROWS: Record<string, Row[]> = {
  init: [
    { words: ['nowhere'], says: [/There is no folder nowhere\. Name the folder of the service/] },
    { words: ['/'], says: [/\/ is not in a Git checkout\./, /run git init and commit/] },
    { words: ['--ci', 'jenkins'], says: [/--ci <kind>' argument 'jenkins'.*github, gitlab, none/] },
    { words: ['--yes'], says: [/--host <.*such as/, /Give these options, and run the command again/] },
    {
      words: ['--yes', '--host', 'web1', '--controller', 'http://ops'],
      says: [/--controller http:\/\/ops is not ssh:\/\/\[user@\]host/],
    },
  ],
  validate: [
    { words: ['--config', 'none.yaml'], says: [/none\.yaml: there is no such file/] },
    { words: ['--config', 'broken.yaml'], says: [/broken\.yaml:2:1: /] },
    {
      words: ['--config', 'wrong.yaml'],
      says: [/wrong\.yaml:4:1: stratgy: unknown key; did you mean strategy\?/],
    },
  ],
  up: [
    wrongEnvironment('--yes'),
    {
      words: ['--yes', '--config', 'none.yaml'],
      says: [/There is no file none\.yaml\. Name the landfall\.yaml/],
    },
    {
      words: ['root@ops:ssh', '--yes'],
      says: [/"root@ops:ssh" is not a machine to log in to/, /USER@HOST:PORT/],
    },
    {
      words: ['--yes', '--variables', 'none.env'],
      says: [/The file none\.env of --variables cannot be read/],
    },
    noHost(MACHINE, '--yes'),
  ],
  deploy: ofDeploys({
    words: ['shop', ...ENVIRONMENT, '--config', 'wrong.yaml'],
    says: [/wrong\.yaml:4:1: stratgy: unknown key/],
  }),
  plan: ofDeploys({
    words: ['shop', ...ENVIRONMENT, '--ref=-x'],
    says: [/"-x" cannot be deployed: .*write a branch, a tag or the full SHA/],
  }),
  rollback: ofDeploys(),
  restart: ofDeploys(),
  doctor: ofDeploys(),
  status: ofRuns(),
  cancel: ofRuns(),
  decide: [
    ...ofRuns('retry'),
    {
      words: ['shop', 'retyr', ...ENVIRONMENT],
      says: [/'retyr' is invalid.*retry, accept, go-forward/, /landfall decide --help/],
    },
    {
      words: ['shop', 'retry', ...ENVIRONMENT, '--question', '0'],
      says: [/--question <number>' argument '0' is invalid\. Give a whole number from 1 on\./],
    },
  ],
  adopt: [
    {
      words: [NOWHERE, 'shop.service'],
      says: [/landfall\.yaml is there already\. .*--output.*--print.*--force/],
    },
    { words: ['web1', '/etc/passwd'], says: [/\/etc\/passwd is not the name of a service unit, such as/] },
    { words: ['web1:99999', 'shop.service'], says: [/web1:99999 is not a host such as/] },
    noHost(`deploy@${NOWHERE}`, 'shop.service', '--output', 'other.yaml'),
  ],
  setup: [
    wrongHost('web2', ...ENVIRONMENT),
    wrongEnvironment('web1'),
    missingFile('web1'),
    {
      words: ['web1', ...ENVIRONMENT, '--authorized-key', 'none.pub'],
      says: [/The file none\.pub of --authorized-key cannot be read/],
    },
    {
      words: ['web1', ...ENVIRONMENT, '--authorized-key', 'no-key.pub'],
      says: [/no-key\.pub is not a public SSH key on one line; name the \.pub file/],
    },
    { words: ['web1', ...ENVIRONMENT, '--data'], says: [/--data goes with --remove\. Add --remove/] },
    {
      words: ['web1', ...ENVIRONMENT, '--remove', '--pin-addresses'],
      says: [/'--remove' cannot be used with option '--pin-addresses'/],
    },
    noHost('web1', ...ENVIRONMENT, '--yes'),
    noHost('web1', ...ENVIRONMENT, '--remove', '--yes'),
  ],
  eject: [
    {
      words: ['web2', ...ENVIRONMENT],
      says: [/web2 is neither the service shop nor a host of production, which has: web1\./],
    },
    wrongEnvironment('web1'),
    missingFile('web1'),
    noHost('web1', ...ENVIRONMENT, '--yes'),
  ],
  'env list': ofVariables(),
  'env set': [...ofVariables('TOKEN'), wrongName('shop', '1BAD', ...ENVIRONMENT)],
  'env unset': [...ofVariables('TOKEN'), wrongName('shop', '1BAD', ...ENVIRONMENT)],
  'env diff': [
    ...ofVariables(),
    {
      words: ['shop', ...ENVIRONMENT, '--from', '0'],
      says: [/--from <version>' argument '0' is invalid/],
    },
  ],
  dev: [
    { words: ['--port', '70000'], says: [/--port <port>' argument '70000' is invalid\. Give a port/] },
    {
      words: ['--port', '64999', '--temporal', 'none'],
      says: [/none: not there/, /set LANDFALL_TEMPORAL to its path/],
    },
  ],
  worker: [noEngine()],
  'controller install': [
    wrongMachine(),
    {
      words: [MACHINE, '--known-hosts', 'none'],
      says: [/The file none of --known-hosts cannot be read/],
    },
    { words: [MACHINE, '--temporal', 'none'], says: [/none: not/, /LANDFALL_TEMPORAL/] },
    noMachine('--temporal', './temporal'),
  ],
  'controller status': ofMachines(),
  'controller logs': [
    ...ofMachines(),
    { words: [MACHINE, '--unit', 'x'], says: [/--unit <unit>' argument 'x'.*engine, worker/] },
    { words: [MACHINE, '--lines', '0'], says: [/--lines <number>' argument '0' is invalid/] },
  ],
  'controller backup': [
    ...ofMachines('out.tar.gz'),
    { words: [MACHINE, 'none/out.tar.gz'], says: [/The file none\/out\.tar\.gz cannot be written/] },
  ],
  'controller restore': [
    wrongMachine('no-key.pub'),
    noMachine('no-key.pub'),
    { words: [MACHINE, 'none.tar.gz'], says: [/none\.tar\.gz is not a file that can be read/] },
  ],
  'controller upgrade': [
    wrongMachine(),
    {
      words: [MACHINE, '--temporal', './temporal'],
      says: [/\.\/temporal is not a program for Linux.*--temporal FILE/],
    },
  ],
  'controller uninstall': ofMachines(),
  'controller key add': [{ words: [MACHINE], says: [/required option '--\w+ <\w+>' not specified/] }],
  'controller key list': ofMachines(),
  'controller key remove': ofMachines('github'),
  completion: [{ words: ['tcsh'], says: [/'tcsh' is invalid.*bash, zsh, fish/] }],
};
