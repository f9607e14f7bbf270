import { output } from '../../output/output';
import { EXIT } from '../exit-codes';

/** Ctrl-C at each stage of a command: the stage says what it leaves behind. */
export class Interrupts {
  private onInterrupt: () => void = () => undefined;
  private readonly heard = () => this.onInterrupt();

  constructor() {
    this.endsWith('Stopped. Nothing was changed.');
    process.on('SIGINT', this.heard);
    process.on('SIGTERM', this.heard);
  }

  /** From now on Ctrl-C ends the command with these lines. */
  endsWith(...lines: string[]): void {
    this.onInterrupt = () => {
      output.say('', ...lines);
      process.exit(EXIT.usage);
    };
  }

  /** From now on Ctrl-C does this. */
  does(act: () => void): void {
    this.onInterrupt = act;
  }
}
