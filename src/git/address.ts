/**
 * Addresses of repositories that say who answers: https and ssh do, a path is the controller's own.
 * `git://` and `http://` do not; `ext::` and the like run commands. A name never begins with a hyphen,
 * which a program could take for an option.
 */
export const REPOSITORY_ADDRESS = new RegExp(
  [
    'https://[A-Za-z0-9[][^\\s\\p{Cc}]*',
    'ssh://([A-Za-z0-9_][A-Za-z0-9_.-]*@)?[A-Za-z0-9[][A-Za-z0-9_.:%\\]-]*/[^\\s\\p{Cc}]*',
    'file:///[^\\s\\p{Cc}]*',
    '/[^\\s\\p{Cc}]*',
    '[A-Za-z0-9_][A-Za-z0-9_.-]*@[A-Za-z0-9][A-Za-z0-9.-]*:(?!-)[^\\s\\p{Cc}]+',
  ]
    .map((form) => `^${form}$`)
    .join('|'),
  'u',
);

export const LONGEST_REPOSITORY_ADDRESS = 2000;

/** What git may use, whatever a configuration or a redirect says. */
export const PROTOCOLS = 'https:ssh:file';

/** What {@link REPOSITORY_ADDRESS} takes, as the end of "allowed: …". */
export const ADDRESS_FORMS =
  'a Git address such as git@github.com:acme/shop.git or https://…, or an absolute path on the controller, at most 2000 characters; git:// and http:// do not prove who answers';

/** Whether a repository may be read from there. Pure. */
export function isRepositoryAddress(address: string): boolean {
  return address.length <= LONGEST_REPOSITORY_ADDRESS && REPOSITORY_ADDRESS.test(address);
}
