/** The facts that the files of a commit give about its deploy. The controller reads them before any host is changed. */
import type { Packaging } from '../../config/resolved';

/** A place in the code of which people should know. */
export interface Hint {
  file: string;
  line: number;
  what: 'scheduler' | 'migrates-at-start' | 'metrics-folder' | 'beat-file';
}

export interface Refusal {
  message: string;
  /** The next step for a person, in the imperative. */
  advice: string;
}

export interface ProjectFacts {
  /** `repository`: the whole commit is the release, because a file outside of `path:` is needed; `why` names it. */
  ships: { what: 'folder' | 'repository'; why: string | null };
  /** null: none was found, and `refusals` says so. */
  packaging: Packaging | null;
  /** From `.python-version` (`wanted`) and `requires-python` (`requires`); `from` names the file. */
  interpreter: { wanted: string | null; requires: string | null; from: string | null };
  /** Apps that were found by reading the code, such as `shop.wsgi:application`; the likeliest first. */
  apps: string[];
  /** The app that `[tool.fastapi]` of `pyproject.toml` names, and `fastapi run` serves. */
  entrypoint: string | null;
  /** The folders of `pythonPath:`, as seen from the service's folder: `../../libs`. */
  pythonPath: string[];
  /** The project's own Gunicorn configuration in the service's folder. */
  gunicornConf: string | null;
  /** Folders that a proxy usually reads by itself: `static`, `media`. */
  publicFolders: string[];
  /** Bytes of the files, unpacked. */
  bytes: number;
  hints: Hint[];
  /** Each ends the deploy before any host is changed. */
  refusals: Refusal[];
  /** For people, one sentence each. */
  notices: string[];
}
