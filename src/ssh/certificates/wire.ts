/** The fields of SSH's messages and keys (RFC 4251, 5). Pure. */

/** Reads one field after the other. @throws RangeError past the end */
export class Fields {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  /** How far it has read. */
  get place(): number {
    return this.at;
  }

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  uint32(): number {
    const value = this.bytes.readUInt32BE(this.at);
    this.at += 4;
    return value;
  }

  uint64(): bigint {
    const value = this.bytes.readBigUInt64BE(this.at);
    this.at += 8;
    return value;
  }

  string(): Buffer {
    const length = this.uint32();
    if (length > this.bytes.length - this.at) throw new RangeError('the field is longer than the message');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  text(): string {
    return this.string().toString('utf8');
  }

  skip(count: number): void {
    this.at += count;
  }
}

export function string(value: Buffer | string): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
