import { createInterface } from 'node:readline';
import { logsScript } from '../../../controller/install/logs-script';
import { output } from '../../../output/output';
import { lastLine, Machine } from '../../controller/machine';
import { CommandError } from '../../exit-codes';

export interface LogsCommandOptions {
  unit?: string;
  lines: number;
  follow?: boolean;
}

/** `landfall controller logs`: the journal of both services, or of one. @returns the exit code */
export async function controllerLogsCommand(name: string, options: LogsCommandOptions): Promise<number> {
  const machine = Machine.named(name);
  const { code, stderr } = await machine.run(logsScript(options), {
    take: async (journal) => {
      for await (const line of createInterface({ input: journal })) {
        if (!line.startsWith('landfall:root=')) output.say(line);
      }
    },
  });
  if (code === 0) return 0;
  throw new CommandError(`The journal of ${machine.name} cannot be read: ${lastLine(stderr)}`);
}
