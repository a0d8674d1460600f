import { expect, test } from "vitest";
import { draw } from "../../../src/replica/protocol/draw.js";
import { Locks } from "../../../src/replica/protocol/locks.js";

const OWNERS = Array.from({ length: 4 }, (_, age) => ({ age }));
type Owner = (typeof OWNERS)[number];
const [o0, o1, o2, o3] = OWNERS as [Owner, Owner, Owner, Owner];
const nobody = { wounded: [], woken: [] };

test("shared locks get along, an exclusive one with none", () => {
  const locks = new Locks<Owner>();
  expect(locks.request(o0, "k", false)).toEqual({ granted: true, ...nobody });
  expect(locks.request(o1, "k", false)).toEqual({ granted: true, ...nobody });
  expect(locks.request(o2, "k", true)).toEqual({ granted: false, ...nobody });
  expect(locks.release(o0)).toEqual([]);
  expect(locks.release(o1)).toEqual([o2]);
  expect(locks.exclusiveHolder("k")).toBe(o2);
});

test("a younger reader does not overtake an older writer that waits", () => {
  const locks = new Locks<Owner>();
  locks.request(o0, "k", false);
  locks.request(o1, "k", true);
  expect(locks.request(o2, "k", false).granted).toBe(false);
  expect(locks.release(o0)).toEqual([o1]);
  expect(locks.release(o1)).toEqual([o2]);
});

test("an older owner wounds the younger ones in its way, and only those; what they held goes to others", () => {
  const locks = new Locks<Owner>();
  locks.request(o0, "shared", false);
  locks.request(o2, "shared", false);
  locks.request(o2, "other", true);
  locks.request(o3, "other", true);
  expect(locks.request(o1, "shared", true)).toEqual({ granted: false, wounded: [o2], woken: [o3] });
  expect(locks.release(o0)).toEqual([o1]);
});

test("who is granted something once has it when asking again", () => {
  const locks = new Locks<Owner>();
  locks.request(o1, "k", true);
  expect(locks.request(o1, "k", true)).toEqual({ granted: true, ...nobody });
  expect(locks.request(o1, "k", false)).toEqual({ granted: true, ...nobody });
});

test("seizing a key takes it from all holders", () => {
  const locks = new Locks<Owner>();
  locks.request(o0, "k", false);
  locks.request(o1, "k", false);
  locks.request(o2, "k", true);
  expect(locks.seize("k")).toEqual({ wounded: [o0, o1], woken: [o2] });
  expect(locks.seize("never asked for")).toEqual(nobody);
});

test("whatever is asked for, the locks held get along, and there is always somebody who can go on", () => {
  let [waits, wounds] = [0, 0];
  for (let seed = 1; seed <= 300; seed++) {
    const run = new RandomOwners(seed);
    run.run();
    waits += run.waits;
    wounds += run.wounds;
  }
  expect(waits).toBeGreaterThan(500);
  expect(wounds).toBeGreaterThan(500);
});

/** Owners that each lock a few keys one by one and then release all; the wounded begin again, at the same age. */
class RandomOwners {
  readonly #locks = new Locks<Owner>();
  readonly #seed: number;
  readonly #owners: readonly Owner[];
  readonly #waiting = new Set<Owner>();
  readonly #plans: Map<Owner, { readonly key: string; readonly exclusive: boolean }[]>;
  readonly #held = new Map<Owner, { readonly key: string; readonly exclusive: boolean }[]>();
  #draws = 0;
  waits = 0;
  wounds = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.#owners = Array.from({ length: 6 }, (_, age) => ({ age }));
    this.#plans = new Map(this.#owners.map((owner) => [owner, this.#plan()]));
  }

  run(): void {
    const open = new Set(this.#owners);
    for (let steps = 0; open.size > 0; steps++) {
      expect(steps, `seed ${this.#seed}`).toBeLessThan(1000);
      const ready = [...open].filter((owner) => !this.#waiting.has(owner));
      expect(ready.length, `seed ${this.#seed}: a deadlock`).toBeGreaterThan(0);
      const owner = ready[Math.floor(ready.length * this.#draw())]!;
      const plan = this.#plans.get(owner)!;
      const held = this.#held.get(owner) ?? [];
      const next = plan[held.length];
      if (next === undefined) {
        open.delete(owner);
        this.#held.delete(owner);
        this.#wake(this.#locks.release(owner));
      } else {
        const { granted, wounded, woken } = this.#locks.request(owner, next.key, next.exclusive);
        for (const victim of wounded) {
          expect(victim.age).toBeGreaterThan(owner.age);
          this.#held.delete(victim);
          this.#waiting.delete(victim);
          this.wounds++;
        }
        if (granted) this.#grant(owner);
        else {
          this.#waiting.add(owner);
          this.waits++;
        }
        this.#wake(woken);
      }
      this.#check();
    }
  }

  #wake(owners: readonly Owner[]): void {
    for (const owner of owners) {
      expect(this.#waiting.delete(owner)).toBe(true);
      this.#grant(owner);
    }
  }

  #grant(owner: Owner): void {
    const held = this.#held.get(owner) ?? [];
    this.#held.set(owner, [...held, this.#plans.get(owner)![held.length]!]);
  }

  #check(): void {
    for (const [owner, locks] of this.#held) {
      for (const [other, others] of this.#held) {
        if (owner === other) continue;
        const clash = locks.some((a) => others.some((b) => a.key === b.key && (a.exclusive || b.exclusive)));
        expect(clash, `seed ${this.#seed}`).toBe(false);
      }
    }
  }

  #plan(): { readonly key: string; readonly exclusive: boolean }[] {
    const keys = ["a", "b", "c", "d"].sort(() => this.#draw() - 0.5).slice(0, 1 + Math.floor(3 * this.#draw()));
    return keys.map((key) => ({ key, exclusive: this.#draw() < 0.5 }));
  }

  #draw(): number {
    return draw(this.#seed, this.#draws++, "locks");
  }
}
