/** Many keys at once, some hotter than others, each retiring when it had its share of operations. */

import type { Generator } from "./generator.js";
import { onKey } from "./keys.js";
import { draw, zipf } from "./random.js";
import { PENDING, pendingUntil } from "./step.js";
import { type Vector, vector } from "./vector.js";

export interface KeySlots {
  readonly seed: number;
  /** How many keys are in use at a time. */
  readonly slots: number;
  /** Slot i is drawn in proportion to 1 / (i + 1)^skew; 0: each alike. */
  readonly skew: number;
  /** The operations of key `k${number}`. When it is exhausted a fresh key takes its slot. */
  readonly child: (number: number) => Generator;
}

/**
 * For every operation a slot is drawn, and the key in it has the next one. Endless. The keys of slot i are
 * `k${i}`, `k${i + slots}`, `k${i + 2 * slots}`, ...: no key is used twice, and a key names its slot, so that an event
 * finds its way without a table. A child hears of its own key's events. A child that is pending although a process
 * is free holds up the others: it should always have an operation or be exhausted.
 */
export function keySlots(spec: KeySlots): Generator {
  const slotOf = zipf(spec.slots, spec.skew);
  return slotted({ ...spec, slotOf }, vector(spec.slots), 0);
}

interface Spec extends KeySlots {
  readonly slotOf: (u: number) => number;
}

interface Slot {
  /** Number of the key in the slot. */
  readonly number: number;
  readonly child: Generator;
}

function slotted(spec: Spec, slots: Vector<Slot>, n: number): Generator {
  const self: Generator = {
    next(context) {
      if (context.free.length === 0) return PENDING;
      const i = spec.slotOf(draw(spec.seed, n, "slot"));
      let slot = slots.get(i) ?? slotFor(spec, i);
      let step = slot.child.next(context);
      if (step.is === "done") {
        slot = slotFor(spec, slot.number + spec.slots);
        step = slot.child.next(context);
      }
      const { number } = slot;
      if (step.is === "done") throw new RangeError(`keySlots: key k${number} has no operation`);
      if (step.is === "op") {
        return { is: "op", op: step.op, next: slotted(spec, slots.set(i, { number, child: step.next }), n + 1) };
      }
      return step.next === undefined
        ? step
        : pendingUntil(step.until, slotted(spec, slots.set(i, { number, child: step.next }), n));
    },
    update(event) {
      const number = numberOf(event.key);
      if (number === null) return self;
      const i = number % spec.slots;
      const slot = slots.get(i);
      if (slot === undefined) return self;
      // An event of a key that has retired meanwhile is nobody's: onKey sees to that.
      const child = slot.child.update(event);
      return child === slot.child ? self : slotted(spec, slots.set(i, { number: slot.number, child }), n);
    },
  };
  return self;
}

const slotFor = (spec: Spec, number: number): Slot => ({ number, child: onKey(keyOf(number), spec.child(number)) });

const keyOf = (number: number): string => `k${number}`;

/** The number of a key that `keyOf` made, null for any other. */
function numberOf(key: string | null): number | null {
  if (key === null || key.charCodeAt(0) !== 107) return null;
  const number = Number(key.slice(1));
  return Number.isSafeInteger(number) && number >= 0 ? number : null;
}
