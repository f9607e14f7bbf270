import { output } from '../../output/output';

/** Shows what is waited for, from the first second on. */
export async function during<T>(waitsFor: string, work: Promise<T>): Promise<T> {
  const begin = performance.now();
  const seconds = () => Math.round((performance.now() - begin) / 1_000);
  const timer = setInterval(() => output.progress(`  … ${waitsFor} (${seconds()} s)`), 1_000);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
