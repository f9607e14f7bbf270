/** Causes in the name of a file: the project's own module stands in the place of one of Python. */
import type { Row } from './row';

/** Modules of Python whose names projects like to use. */
const OF_PYTHON =
  /^(calendar|cmd|code|collections|copy|csv|email|enum|html|http|inspect|io|json|logging|numbers|operator|platform|profile|queue|random|re|secrets|select|signal|site|socket|ssl|statistics|string|struct|test|token|tokenize|traceback|types|typing|uuid|warnings)$/;

const ADVICE = 'Rename it, and its imports, and deploy again.';

export const HIDDEN: Row[] = [
  {
    seen: /cannot import name '\w+' from (?:partially initialized module )?'(\w+)(?:\.\w+)*' \(\S*\/releases\/[^/]+\/((?!\.venv\/)[^)]{1,200})\)/,
    cause: ([module = '', file = '']) =>
      OF_PYTHON.test(module)
        ? { message: `${file} of the project hides Python's own module ${module}.`, advice: ADVICE }
        : null,
  },
  {
    seen: /AttributeError: (?:partially initialized )?module '(\w+)' has no attribute '\w+'/,
    cause: ([module = '']) =>
      OF_PYTHON.test(module)
        ? {
            message: `The project has a file or folder ${module}, which hides Python's own module ${module}.`,
            advice: ADVICE,
          }
        : null,
  },
];
