import ssh2, { type ParsedKey, type SignCallback, type SigningRequestOptions } from 'ssh2';

/** An SSH agent that remembers the last key that signed. A server asks for a signature only of a key that it takes. */
export class WatchedAgent extends ssh2.OpenSSHAgent {
  signedWith: ParsedKey | null = null;

  override sign(
    key: ParsedKey | Buffer | string,
    data: Buffer,
    ...rest: [(SigningRequestOptions | SignCallback)?, SignCallback?]
  ): boolean {
    if (typeof key === 'object' && 'getPublicSSH' in key) this.signedWith = key;
    return super.sign(key, data, ...(rest as [SigningRequestOptions?, SignCallback?]));
  }
}
