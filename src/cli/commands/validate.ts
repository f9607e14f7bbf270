import { ConfigError, loadConfig } from '../../config';
import { output } from '../../output/output';
import { EXIT } from '../exit-codes';
import { configJson, configLines, type ValidatedJson } from '../output/config-summary';

export interface ValidateOptions {
  config: string;
  json?: boolean;
}

/** `landfall validate`: checks a `landfall.yaml` alone. Asks no engine, no host and no repository. @returns the exit code */
export async function validateCommand({ config: file, json = false }: ValidateOptions): Promise<number> {
  try {
    const config = loadConfig(file);
    if (json)
      output.json({ file, valid: true, problems: [], config: configJson(config) } satisfies ValidatedJson);
    else output.say(...configLines(config));
    return EXIT.deployed;
  } catch (error) {
    if (!json || !(error instanceof ConfigError)) throw error;
    output.json({ file, valid: false, problems: error.problems, config: null } satisfies ValidatedJson);
    return EXIT.usage;
  }
}
