/**
 * Locks on keys, shared or exclusive, held until their owner ends; wound-wait against deadlock.
 *
 * An owner waits only for older ones. Where a younger one is in its way, the younger is wounded: it loses all locks, and
 * its owner must abort it. So whoever waits, waits along a chain of ever older owners, and no chain closes to a circle
 * (Rosenkrantz, Stearns and Lewis 1978, "System Level Concurrency Control for Distributed Database Systems", section
 * 5.2). Nothing depends on time: the same requests in the same order wound the same owners.
 */

export interface LockOwner {
  /** Smaller is older; no two are equal. */
  readonly age: number;
}

interface Claim<T> {
  readonly owner: T;
  readonly exclusive: boolean;
}

interface Queue<T> {
  readonly holders: Claim<T>[];
  /** Oldest first. */
  readonly waiting: Claim<T>[];
}

export interface LocksChanged<T> {
  /** Were in the way, and have no locks any more. */
  readonly wounded: readonly T[];
  /** Waited, and have now got what they waited for. */
  readonly woken: readonly T[];
}

export class Locks<T extends LockOwner> {
  readonly #queues = new Map<string, Queue<T>>();
  /** Keys that each owner holds or waits for. */
  readonly #keys = new Map<T, Set<string>>();

  /**
   * An owner that is not granted its request at once waits, and is among the woken of a later change. What an owner
   * asks for again must not be more than it asked for first: there is no upgrade from shared to exclusive.
   */
  request(owner: T, key: string, exclusive: boolean): LocksChanged<T> & { readonly granted: boolean } {
    const queue = this.#queueOf(key);
    if (queue.holders.some((claim) => claim.owner === owner)) return { granted: true, wounded: [], woken: [] };
    const claim = { owner, exclusive };
    const place = queue.waiting.findIndex((other) => other.owner.age > owner.age);
    queue.waiting.splice(place === -1 ? queue.waiting.length : place, 0, claim);
    this.#keysOf(owner).add(key);
    const inTheWay = queue.holders.filter((other) => conflict(claim, other) && other.owner.age > owner.age);
    const changed = this.#wound(inTheWay, key);
    const granted = changed.woken.includes(owner);
    return { granted, wounded: changed.wounded, woken: changed.woken.filter((woken) => woken !== owner) };
  }

  /** For somebody who needs the key for a moment only, and waits for nobody. */
  seize(key: string): LocksChanged<T> {
    return this.#wound(this.#queues.get(key)?.holders ?? [], key);
  }

  /** The woken. */
  release(owner: T): readonly T[] {
    return this.#drop(owner).flatMap((key) => this.#grant(key));
  }

  /** Who holds the key exclusively. */
  exclusiveHolder(key: string): T | null {
    return this.#queues.get(key)?.holders.find(({ exclusive }) => exclusive)?.owner ?? null;
  }

  #wound(claims: readonly Claim<T>[], key: string): LocksChanged<T> {
    const wounded = claims.map(({ owner }) => owner);
    const touched = new Set([key, ...wounded.flatMap((owner) => this.#drop(owner))]);
    return { wounded, woken: [...touched].flatMap((each) => this.#grant(each)) };
  }

  /** Takes all its locks and claims away; says on which keys. */
  #drop(owner: T): string[] {
    const keys = [...(this.#keys.get(owner) ?? [])];
    this.#keys.delete(owner);
    for (const key of keys) {
      const queue = this.#queueOf(key);
      for (const claims of [queue.holders, queue.waiting]) {
        const at = claims.findIndex((claim) => claim.owner === owner);
        if (at !== -1) claims.splice(at, 1);
      }
    }
    return keys;
  }

  /** A claim is granted when it gets along with all holders, and with every older claim that still waits. */
  #grant(key: string): T[] {
    const queue = this.#queues.get(key);
    if (queue === undefined) return [];
    const granted: T[] = [];
    for (let at = 0; at < queue.waiting.length; ) {
      const claim = queue.waiting[at];
      if (claim === undefined) break;
      const blocking = [...queue.holders, ...queue.waiting.slice(0, at)];
      if (blocking.some((other) => conflict(claim, other))) {
        at++;
        continue;
      }
      queue.waiting.splice(at, 1);
      queue.holders.push(claim);
      granted.push(claim.owner);
    }
    if (queue.holders.length === 0 && queue.waiting.length === 0) this.#queues.delete(key);
    return granted;
  }

  #queueOf(key: string): Queue<T> {
    const known = this.#queues.get(key);
    if (known !== undefined) return known;
    const queue: Queue<T> = { holders: [], waiting: [] };
    this.#queues.set(key, queue);
    return queue;
  }

  #keysOf(owner: T): Set<string> {
    const known = this.#keys.get(owner);
    if (known !== undefined) return known;
    const keys = new Set<string>();
    this.#keys.set(owner, keys);
    return keys;
  }
}

function conflict<T>(a: Claim<T>, b: Claim<T>): boolean {
  return a.exclusive || b.exclusive;
}
