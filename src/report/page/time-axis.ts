/** The stretch of the run that everything on the page shows: one for all plots and the timeline. */

/** Nobody needs less: clocks here tell microseconds. */
const SPAN_MIN = 20e-6;

export class TimeAxis {
  /** Seconds since the run began. */
  readonly whole: number;
  from = 0;
  to: number;
  readonly #listeners: ((axis: TimeAxis) => void)[] = [];

  constructor(whole: number) {
    this.whole = Math.max(whole, SPAN_MIN);
    this.to = this.whole;
  }

  onChange(listener: (axis: TimeAxis) => void): void {
    this.#listeners.push(listener);
  }

  get span(): number {
    return this.to - this.from;
  }

  get isWhole(): boolean {
    return this.from <= 0 && this.to >= this.whole;
  }

  /** Shows this stretch; what lies outside of the run is cut off, what is too short is widened. */
  set(from: number, to: number): void {
    const span = Math.min(this.whole, Math.max(SPAN_MIN, to - from));
    const middle = (from + to) / 2;
    const start = Math.max(0, Math.min(this.whole - span, to - from < SPAN_MIN ? middle - span / 2 : from));
    if (start === this.from && start + span === this.to) return;
    this.from = start;
    this.to = start + span;
    for (const listener of this.#listeners) listener(this);
  }

  reset(): void {
    this.set(0, this.whole);
  }

  /** `factor` below 1 comes nearer; the moment `around` keeps its place. */
  zoom(factor: number, around = (this.from + this.to) / 2): void {
    const span = Math.min(this.whole, Math.max(SPAN_MIN, this.span * factor));
    const from = around - ((around - this.from) / this.span) * span;
    this.set(from, from + span);
  }

  /** By a share of what is seen: 0.5 is half a screen towards the end. */
  pan(share: number): void {
    const from = Math.max(0, Math.min(this.whole - this.span, this.from + share * this.span));
    this.set(from, from + this.span);
  }

  /** Moves as little as it takes to show that moment. */
  reveal(moment: number): void {
    const margin = this.span * 0.05;
    if (moment >= this.from && moment <= this.to) return;
    this.pan(moment < this.from ? (moment - margin - this.from) / this.span : (moment + margin - this.to) / this.span);
  }
}

/** Round moments within a stretch, some `count` of them, and the digits that tell them apart. */
export const ticksOf = (
  from: number,
  to: number,
  count: number,
): { readonly at: readonly number[]; readonly digits: number } => {
  const raw = (to - from) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= raw) ?? raw;
  const at: number[] = [];
  for (let i = Math.ceil(from / step - 1e-9); i * step <= to + step * 1e-9; i++) at.push(i * step);
  return { at, digits: Math.max(0, Math.min(6, -Math.floor(Math.log10(step) + 1e-9))) };
};
