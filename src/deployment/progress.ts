/** How far a deploy has come on one host: plain JSON, changed only here. Pure. */
import type { Change, Undo } from './plan/change';

/** `touched`: what serves may have been stopped or changed by this deploy. */
export type Progress =
  | { stage: 'unchanged' }
  /** Something is to be undone. An undo is taken off the list once it has succeeded. */
  | { stage: 'changed'; undo: Undo[]; touched: boolean }
  | { stage: 'undone'; touched: boolean }
  | { stage: 'good' }
  /** Another deploy owns the host: this one changes and undoes nothing there. */
  | { stage: 'fenced'; touched: boolean };

export const UNCHANGED: Progress = { stage: 'unchanged' };

export function isTouched(progress: Progress): boolean {
  return 'touched' in progress && progress.touched;
}

/** Before a change: what would undo it replaces what would have undone the changes before it. */
export function begun(progress: Progress, { undo, touchesLive }: Change): Progress {
  if (undo.length === 0) return progress;
  return { stage: 'changed', undo, touched: isTouched(progress) || touchesLive };
}

/** @returns null when everything is undone */
export function nextUndo(progress: Progress): Undo | null {
  return progress.stage === 'changed' ? (progress.undo[0] ?? null) : null;
}

/** After the next undo has succeeded. */
export function oneUndone(progress: Progress): Progress {
  return progress.stage === 'changed' ? { ...progress, undo: progress.undo.slice(1) } : progress;
}

export function undone(progress: Progress): Progress {
  return { stage: 'undone', touched: isTouched(progress) };
}

/** An operator leaves the rollback for the new release: whatever is not undone yet stays to be undone. */
export function turnedForward(progress: Progress): Progress {
  const undo = progress.stage === 'changed' ? progress.undo : [];
  return { stage: 'changed', undo, touched: isTouched(progress) };
}

export function fenced(progress: Progress): Progress {
  return { stage: 'fenced', touched: isTouched(progress) };
}
