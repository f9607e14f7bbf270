/** How a row of the table of causes looks: a text of Python or of a server, and what it means for a deploy. */

export interface Cause {
  /** One sentence that names the cause. */
  message: string;
  /** The next step for a person, with the key or the command. */
  advice: string;
}

/** The release whose start has failed. */
export interface Started {
  /** The host's name in landfall.yaml. */
  host: string;
  app: string;
  /** Where its packages are written: `requirements.txt`. */
  dependencies: string;
}

export interface Row {
  seen: RegExp;
  /** The groups of `seen`; null: this row does not fit after all. */
  cause: (groups: string[], started: Started) => Cause | null;
}
