/** Undoes one live change. Safe to run twice. */
type Undo = () => Promise<void>;

/**
 * What has to be undone on one host, registered **before** each live change: a change whose
 * outcome is unknown is undone too.
 */
export class UndoStack {
  private readonly entries: Undo[] = [];

  get isEmpty(): boolean {
    return this.entries.length === 0;
  }

  push(undo: Undo): void {
    this.entries.push(undo);
  }

  /** Last first. One that fails stays on the stack, so that running it again goes on there. */
  async run(): Promise<void> {
    for (let undo = this.entries.at(-1); undo !== undefined; undo = this.entries.at(-1)) {
      await undo();
      this.entries.pop();
    }
  }

  clear(): void {
    this.entries.length = 0;
  }
}
