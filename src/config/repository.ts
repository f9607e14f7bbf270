/**
 * Addresses of repositories that prove who answers: https, ssh, and paths on the controller. `git://` and
 * `http://` prove nothing; `ext::` and the like run commands. A name never begins with a hyphen, because a
 * program could take it for an option.
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

/** The protocols that git may use, even if a configuration or a redirect says otherwise. */
export const PROTOCOLS = 'https:ssh:file';

/** The forms that {@link REPOSITORY_ADDRESS} accepts, as the end of "allowed: …". */
export const ADDRESS_FORMS =
  'a Git address such as git@github.com:acme/shop.git or https://…, or an absolute path on the controller, at most 2000 characters; git:// and http:// do not prove who answers';

/** Whether a repository may be read from there. Pure. */
export function isRepositoryAddress(address: string): boolean {
  return address.length <= LONGEST_REPOSITORY_ADDRESS && REPOSITORY_ADDRESS.test(address);
}
