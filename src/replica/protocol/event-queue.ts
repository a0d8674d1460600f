/** What will happen in virtual time: earliest first, and of two at the same time the one that was added first. */

export interface ScheduledEvent {
  readonly atMs: number;
  readonly order: number;
  readonly action: () => void;
}

/** A binary heap. */
export class EventQueue {
  readonly #heap: ScheduledEvent[] = [];
  #added = 0;

  add(atMs: number, action: () => void): void {
    const event: ScheduledEvent = { atMs, order: this.#added++, action };
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt];
      if (parent === undefined || !isBefore(event, parent)) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = event;
  }

  /** The first event, if it is due by then. */
  take(untilMs: number): ScheduledEvent | null {
    const [first] = this.#heap;
    if (first === undefined || first.atMs > untilMs) return null;
    const last = this.#heap.pop();
    if (last !== undefined && last !== first) this.#sink(last);
    return first;
  }

  /** Puts an event in the place of the first, and down to where it belongs. */
  #sink(event: ScheduledEvent): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let childAt = 2 * at + 1;
      let child = heap[childAt];
      const right = heap[childAt + 1];
      if (child !== undefined && right !== undefined && isBefore(right, child)) {
        child = right;
        childAt++;
      }
      if (child === undefined || !isBefore(child, event)) break;
      heap[at] = child;
      at = childAt;
    }
    heap[at] = event;
  }
}

function isBefore(a: ScheduledEvent, b: ScheduledEvent): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
