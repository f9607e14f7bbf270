/** Loaded into a process before everything else (`node --require`): its clock is these many hours off. */
const hours = Number(process.env.CLOCK_IS_OFF_BY_HOURS);
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...of: [] | [number | string | Date]) {
    super(...((of.length === 0 ? [RealDate.now() + hours * 3_600_000] : of) as [number]));
  }

  static override now(): number {
    return RealDate.now() + hours * 3_600_000;
  }
} as DateConstructor;

export {};
