/**
 * Imported before everything else: Node 22 and later keep what they compiled, and half of a client's
 * start is compiling. Older ones have nothing like it.
 */
import module from 'node:module';

const { enableCompileCache } = module as { enableCompileCache?: () => unknown };
enableCompileCache?.();
