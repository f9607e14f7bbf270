/** A `landfall.yaml` that is to be written. */

/** One key of it. */
export interface DraftKey {
  /** `['gunicorn', 'workers']`. */
  path: string[];
  value: unknown;
  /** The comment at the key, of any length; null: none. */
  why: string | null;
}

export interface Draft {
  service: string;
  repository: string;
  /** Comments at the top of the file, one line each. */
  head: string[];
  /** Only keys that differ from their default, or whose value cannot be guessed. In any order. */
  keys: DraftKey[];
  /** By name. The paths of `keys` begin below the environment. */
  environments: Record<string, DraftEnvironment>;
}

export interface DraftEnvironment {
  /** Each as landfall.yaml takes it: a text, or a map. */
  hosts: unknown[];
  keys: DraftKey[];
}
