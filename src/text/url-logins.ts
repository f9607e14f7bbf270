/** Up to the last @ before the path: a password may hold one, too. `git@` of an SSH address is everybody's name. */
const LOGIN = /(?<=:\/\/)(?!git@)[^\s/?#'"<>]+@/g;

/** Hides the login in each URL of a text, as the host does in the output of its jobs. */
export function withoutLogins(text: string): string {
  return text.replace(LOGIN, '***@');
}
