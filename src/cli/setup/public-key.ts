import { readFileSync } from 'node:fs';
import { CommandError } from '../exit-codes';

/** The public key of a file. Never anything else of it: the text is sent to the host. @throws CommandError */
export function publicKeyIn(file: string): string {
  let content: string;
  try {
    content = readFileSync(file, 'utf8').trim();
  } catch {
    throw new CommandError(`The file ${file} of --authorized-key cannot be read.`);
  }
  if (/^(ssh|ecdsa|sk)-\S+ \S+[^\n]*$/.test(content)) return content;
  throw new CommandError(`${file} is not a public SSH key on one line; name the .pub file.`);
}
