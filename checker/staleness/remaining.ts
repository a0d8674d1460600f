/** Numbers that are taken out and put back, last out first in: what a search that backtracks has left. */

/** 0 .. count - 1 in order. Members are taken out and put back in the opposite order, each in O(1). */
export class Remaining {
  private readonly before: Int32Array;
  private readonly after: Int32Array;
  private readonly count: number;
  constructor(count: number) {
    this.count = count;
    // Position `count` is the ring's own node: before it stands the last member, after it the first.
    this.before = Int32Array.from({ length: count + 1 }, (_, i) => (i === 0 ? count : i - 1));
    this.after = Int32Array.from({ length: count + 1 }, (_, i) => (i === count ? 0 : i + 1));
  }
  last(): number {
    return this.previous(this.count);
  }
  /** -1 at the front. */
  previous(member: number): number {
    const found = this.before[member] ?? this.count;
    return found === this.count ? -1 : found;
  }
  take(member: number): void {
    const [before, after] = [this.before[member] ?? 0, this.after[member] ?? 0];
    this.after[before] = after;
    this.before[after] = before;
  }
  putBack(member: number): void {
    this.after[this.before[member] ?? 0] = member;
    this.before[this.after[member] ?? 0] = member;
  }
}
