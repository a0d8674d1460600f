/**
 * Changes of the ring, one at a time. The first node by name, whether or not it is on the ring itself, is the clerk: it
 * alone makes views, keeps the latest in its log, and tells it to every node until all have done its step; then it makes
 * the next one. Any node may be asked for a change, and asks the clerk.
 *
 * A node keeps the latest view in its log before it says that it has it. So whoever is killed goes on where it was: the
 * clerk asks everybody anew, and a node begins its step again. What a change cannot do without is any of the nodes: it
 * waits for the one that is away, and reads and writes go on meanwhile.
 */

import type { Json, NodeName, Reply } from "../../wire.js";
import { Deadlines } from "../deadlines.js";
import { isObject } from "../json.js";
import type { Effect, Now } from "../protocol.js";
import type { Coordinator } from "./coordinator.js";
import { type Kit, tell } from "./kit.js";
import type { Message, RingChange } from "./message.js";
import type { Mover } from "./mover.js";
import type { Asker } from "./operation.js";
import { advanced, begun, isView, type View } from "./view.js";

/** A view, or a parcel, that is not confirmed is sent again. */
const ROUND_MS = 40;
/** So many times the time-out of a write a change may take before its client is told that it goes on. */
const PATIENCE = 5;

/** In the log, once for each view that the node was told of. */
export type ViewEntry = { readonly view: View };

export function isViewEntry(json: Json): json is ViewEntry {
  return isObject(json) && isView(json["view"]);
}

export interface ClerkParts<State extends Json> {
  readonly coordinator: Coordinator<State>;
  readonly mover: Mover<State>;
  /** The replicas of keys are others. */
  readonly turned: () => void;
}

type Heard<State extends Json> = Extract<Message<State>, { readonly is: "view" | "viewed" | "change" | "changed" }>;

export class Clerk<State extends Json> {
  readonly timer = "ring";
  readonly #kit: Kit<State>;
  readonly #parts: ClerkParts<State>;
  readonly #open: Deadlines<Asker>;
  readonly #clerk: NodeName;
  /** Of the clerk: who has done the step of the latest view. */
  readonly #done = new Set<NodeName>();
  /** Of any other: has it told the clerk that it has? */
  #told = true;
  #armed = false;

  constructor(kit: Kit<State>, parts: ClerkParts<State>) {
    const { self, peers } = kit.members;
    this.#kit = kit;
    this.#parts = parts;
    this.#clerk = [self, ...peers].toSorted()[0] ?? self;
    this.#open = new Deadlines("change", kit.config.quorumTimeoutMs * PATIENCE);
  }

  /** Takes an entry of the log. */
  recover({ view }: ViewEntry): void {
    this.#take(view);
  }

  request(id: number, change: RingChange, now: Now, effects: Effect[]): void {
    const asker: Asker = { is: "client", id };
    if (this.#isClerk) return this.#change(asker, change, now, effects);
    const op = this.#kit.lives.nextOp();
    this.#open.add(op, asker, now.nowMs, effects);
    tell(this.#clerk, { is: "change", op, change }, effects);
  }

  hear(from: NodeName, message: Heard<State>, now: Now, effects: Effect[]): void {
    const { view } = this.#kit.placement;
    switch (message.is) {
      case "view":
        if (message.view.at > view.at) this.#adopt(message.view, effects);
        // It has forgotten more than a node that was only killed.
        else if (message.view.at < view.at) tell(from, { is: "view", view }, effects);
        this.#told = false;
        break;
      case "viewed":
        if (message.at === view.at) this.#done.add(from);
        break;
      case "change":
        if (!this.#kit.holdings.isNew(from, message.op, effects)) break;
        this.#change({ is: "node", node: from, op: message.op }, message.change, now, effects);
        break;
      case "changed": {
        const asker = this.#open.get(message.op);
        this.#open.delete(message.op);
        if (asker !== undefined) answer(asker, message.reply, effects);
        break;
      }
    }
  }

  /** A node that lost its disk is told by those that did not. */
  connected(peer: NodeName, effects: Effect[]): void {
    const { view } = this.#kit.placement;
    if (view.at > 0) tell(peer, { is: "view", view }, effects);
  }

  /** To be called after every input: what was open may be no longer. */
  goOn(effects: Effect[]): void {
    const { view } = this.#kit.placement;
    if (this.#isClerk) {
      if (this.#hasDone) this.#done.add(this.#kit.members.self);
      if (this.#allHaveDone) this.#advance(effects);
    } else if (!this.#told && this.#hasDone) {
      this.#told = true;
      tell(this.#clerk, { is: "viewed", at: view.at }, effects);
    }
    this.#arm(effects);
  }

  round(now: Now, effects: Effect[]): void {
    this.#armed = false;
    this.#parts.mover.round(now, effects);
    if (this.#isClerk && this.#kit.placement.view.at > 0) this.#tellOthers(effects);
  }

  /** Late ones are told that it goes on. false: it is another's timer. */
  expire(name: string, { nowMs }: Now, effects: Effect[]): boolean {
    if (name !== this.#open.timer) return false;
    for (const asker of this.#open.expire(nowMs, effects)) answer(asker, this.#unfinished(), effects);
    return true;
  }

  get #isClerk(): boolean {
    return this.#clerk === this.#kit.members.self;
  }

  get #allHaveDone(): boolean {
    return this.#done.size === this.#kit.members.peers.length + 1;
  }

  /** Has this node done its part of the step? */
  get #hasDone(): boolean {
    const { at, step } = this.#kit.placement.view;
    const { coordinator, mover } = this.#parts;
    if (step === "spread") return !coordinator.hasOpen("write", at);
    return step === "turn" ? !coordinator.hasOpen("read", at) : mover.isDone;
  }

  #change(asker: Asker, change: RingChange, now: Now, effects: Effect[]): void {
    const refusal = this.#refusal(change);
    if (refusal !== null) return answer(asker, refusal, effects);
    const { view } = this.#kit.placement;
    const isOn = (view.next ?? view.nodes).includes(change.node);
    this.#open.add(this.#kit.lives.nextOp(), asker, now.nowMs, effects);
    if (isOn !== (change.change === "add")) this.#adopt(begun(view, changed(view.nodes, change)), effects);
    if (view.at === 0 && view === this.#kit.placement.view) this.#answerAll(effects);
  }

  /** null: it may be, or is what was asked for before. */
  #refusal({ change, node }: RingChange): Reply | null {
    const { members, placement } = this.#kit;
    const { view, replicaCount } = placement;
    if (node !== members.self && !members.peers.includes(node)) return bad(`${node} is no node of this cluster`);
    if ((view.next ?? view.nodes).includes(node) === (change === "add")) return null;
    if (view.next !== null || (view.at > 0 && !this.#allHaveDone)) {
      return { ok: false, error: "conflict", message: `another change of the ring is under way (${this.#progress()})` };
    }
    const left = view.nodes.length - 1;
    if (change === "add" || left >= replicaCount) return null;
    return bad(`a key has ${replicaCount} replicas, and without ${node} there are ${left} nodes`);
  }

  #advance(effects: Effect[]): void {
    const next = advanced(this.#kit.placement.view);
    if (next !== null) this.#adopt(next, effects);
    else this.#answerAll(effects);
  }

  #answerAll(effects: Effect[]): void {
    const { nodes } = this.#kit.placement.view;
    for (const asker of this.#open.drain()) answer(asker, { ok: true, value: nodes }, effects);
  }

  #adopt(view: View, effects: Effect[]): void {
    const entry: ViewEntry = { view };
    effects.push({ is: "persist", entry });
    this.#take(view);
    this.#parts.turned();
    this.#parts.mover.begin();
    if (this.#isClerk) this.#tellOthers(effects);
  }

  #take(view: View): void {
    this.#kit.placement.view = view;
    this.#done.clear();
  }

  #tellOthers(effects: Effect[]): void {
    const { placement, members } = this.#kit;
    for (const peer of members.peers) {
      if (!this.#done.has(peer)) tell(peer, { is: "view", view: placement.view }, effects);
    }
  }

  #arm(effects: Effect[]): void {
    const busy = this.#isClerk && this.#kit.placement.view.at > 0 && !this.#allHaveDone;
    if (this.#armed || (!busy && this.#parts.mover.isDone)) return;
    this.#armed = true;
    effects.push({ is: "timer", name: this.timer, afterMs: ROUND_MS });
  }

  #unfinished(): Reply {
    if (!this.#isClerk) {
      const message = `${this.#clerk}, which sees to changes of the ring, did not say in time that it is over`;
      return { ok: false, error: "partial", message };
    }
    return { ok: false, error: "partial", message: `the change goes on: ${this.#progress()}` };
  }

  #progress(): string {
    const { members, placement } = this.#kit;
    const missing = [members.self, ...members.peers].filter((node) => !this.#done.has(node));
    return `step ${placement.view.step}, waiting for ${missing.join(", ")}`;
  }
}

function answer(asker: Asker, reply: Reply, effects: Effect[]): void {
  if (asker.is === "client") effects.push({ is: "reply", id: asker.id, reply });
  else tell(asker.node, { is: "changed", op: asker.op, reply }, effects);
}

const bad = (message: string): Reply => ({ ok: false, error: "bad-request", message });

function changed(nodes: readonly NodeName[], { change, node }: RingChange): readonly NodeName[] {
  return change === "add" ? [...nodes, node] : nodes.filter((other) => other !== node);
}
