/**
 * The deterministic scheduler: a cluster of cores on one thread, in virtual time, message by message, from a seed.
 *
 * It is the other shell around the cores, and crueller than the real one: messages are late, lost, doubled and out of
 * order; links are cut, with what they carry held or lost; nodes are paused, or killed between any two effects of a
 * step; and of an entry that the disk was writing at that moment nobody knows whether it is kept. The same seed and the
 * same calls give the same trace (S1).
 */

import type { Json, NodeName, Reply, Request } from "../wire.js";
import { draw } from "./draw.js";
import type { Core, Effect, Input, Members, Now } from "./protocol.js";
import { EventQueue } from "./event-queue.js";
import { SimulatedLinks } from "./simulated-links.js";

/** Uniform between the two, ms. */
export type Span = readonly [lowMs: number, highMs: number];

export interface SimulationOptions {
  readonly seed: number;
  readonly nodes: readonly NodeName[];
  readonly createCore: (members: Members) => Core;
  /** How long a message takes, between nodes, and between a client and a node. */
  readonly latencyMs: Span;
  /** Of messages between nodes: the part that is lost, the part that arrives twice. 0 .. 1 */
  readonly lossRate: number;
  readonly duplicateRate: number;
  /** How long an entry takes to become durable. */
  readonly diskMs: Span;
  /** How far each node's wall clock may be off, either way. */
  readonly clockSkewMs: number;
  /** How far the rate of each node's clocks may be off, as a part of it; absent: they all run alike. */
  readonly clockDrift?: number;
  /** Called with every input and every effect that is done, as one line of words. */
  readonly trace?: (line: string) => void;
}

/** The far end of the links of clients. Never the name of a node. */
const CLIENTS = "clients";

const EPOCH_MS = 1_700_000_000_000;
/** The part of the messages on a cut link that is held until it heals, as TCP does; the rest is lost. */
const HELD_RATE = 0.5;
/** The part of the entries under way to the disk that a crash leaves there. */
const KEPT_RATE = 0.5;

/** Requests, messages and timers before a node's clock and life are added. */
type Cause =
  | { readonly is: "request"; readonly id: number; readonly request: Request }
  | { readonly is: "message"; readonly from: NodeName; readonly message: Json }
  | { readonly is: "timer"; readonly name: string }
  | { readonly is: "connected"; readonly peer: NodeName };

interface SimulatedNode {
  readonly name: NodeName;
  /** Of the wall clock. */
  skewMs: number;
  /** Of its clocks: so many of its ms are one of ours. */
  readonly rate: number;
  /** Counts the starts. What belongs to an earlier life is void. */
  life: number;
  /** null while it is down. */
  core: Core | null;
  paused: boolean;
  /** What happened to it while it was paused. */
  inbox: (() => void)[];
  /** As JSON text, as on a disk. */
  durable: string[];
  /** Effects still to be done, in order; the first one is a persist under way if `writing`. */
  effects: Effect[];
  writing: boolean;
  timers: Map<string, number>;
  /** Dies when so many more effects are done; null: does not. */
  fuse: number | null;
}

export class Simulation {
  readonly #options: SimulationOptions;
  readonly #nodes: ReadonlyMap<NodeName, SimulatedNode>;
  readonly #events = new EventQueue();
  /** Between nodes; to and from "clients". */
  readonly links = new SimulatedLinks();
  readonly #asked = new Map<number, (reply: Reply) => void>();
  #loses = true;
  #nowMs = 0;
  #draws = 0;
  #ids = 0;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#nodes = new Map(
      options.nodes.map((name) => {
        const skewMs = (2 * this.#draw("skew") - 1) * options.clockSkewMs;
        const rate = 1 + (2 * this.#draw("drift") - 1) * (options.clockDrift ?? 0);
        return [name, newNode(name, skewMs, rate)];
      }),
    );
    for (const name of options.nodes) this.start(name);
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Runs what is due until then, and moves the clock there. */
  runUntil(ms: number): void {
    for (let event = this.#events.take(ms); event !== null; event = this.#events.take(ms)) {
      this.#nowMs = event.atMs;
      event.action();
    }
    this.#nowMs = ms;
  }

  /** Runs the next event, whenever it is due, and moves the clock there; false when nothing will ever happen again. */
  runNext(): boolean {
    const event = this.#events.take(Number.POSITIVE_INFINITY);
    if (event === null) return false;
    this.#nowMs = event.atMs;
    event.action();
    return true;
  }

  /** For the clients and the nemesis of a test: something of theirs, later. */
  after(ms: number, action: () => void): void {
    this.#events.add(this.#nowMs + ms, action);
  }

  /** The client's connection dies with the node: an answer may never come. */
  request(to: NodeName, request: Request, answer: (reply: Reply) => void): void {
    const node = this.#node(to);
    const { life } = node;
    const id = this.#ids++;
    this.#asked.set(id, answer);
    this.#carry(CLIENTS, to, "request", JSON.stringify(request).length, () =>
      this.#give(node, life, { is: "request", id, request }),
    );
  }

  /** It is to lead. Nothing happens where it is down, or no leader ever changes. */
  promote(name: NodeName, answer: (reply: Reply) => void): void {
    const node = this.#node(name);
    if (node.core?.promote === undefined) return;
    const id = this.#ids++;
    this.#asked.set(id, answer);
    this.#trace(node, "is to lead");
    this.#do(node, node.core.promote(id, this.#now(node)));
  }

  /** From nothing but its disk. */
  start(name: NodeName): void {
    const node = this.#node(name);
    if (node.core !== null) return;
    const others = this.#options.nodes.filter((other) => other !== name);
    const { createCore, seed } = this.#options;
    node.core = createCore({ self: name, peers: others, seed, lives: node.life++ });
    this.#step(node, { is: "start", entries: node.durable.map(parse), ...this.#now(node) });
    const { life } = node;
    for (const peer of others) {
      const other = this.#node(peer);
      const soon = (): number => this.#span("connect", this.#options.latencyMs);
      this.after(soon(), () => this.#give(node, life, { is: "connected", peer }));
      this.after(soon(), () => this.#give(other, other.life, { is: "connected", peer: name }));
    }
  }

  /** SIGKILL, now. What was not durable is gone, but for the entry that the disk was writing: a coin decides. */
  crash(name: NodeName): void {
    const node = this.#node(name);
    if (node.core === null) return;
    this.#trace(node, "crashes");
    const [first] = node.effects;
    if (node.writing && first !== undefined && this.#draw("kept") < KEPT_RATE) keep(node, first);
    node.core = null;
    node.paused = false;
    node.fuse = null;
    node.writing = false;
    node.inbox = [];
    node.effects = [];
    node.timers = new Map();
  }

  /** SIGKILL between two effects: when so many more of them are done. */
  crashAfterEffects(name: NodeName, effects: number): void {
    const node = this.#node(name);
    if (node.core !== null) node.fuse = effects;
  }

  pause(name: NodeName): void {
    const node = this.#node(name);
    if (node.core !== null) node.paused = true;
  }

  resume(name: NodeName): void {
    const node = this.#node(name);
    if (!node.paused) return;
    node.paused = false;
    const { inbox } = node;
    node.inbox = [];
    for (const happened of inbox) happened();
    this.#pump(node);
  }

  /** Sets its wall clock forward, or back where negative. */
  jumpClock(name: NodeName, ms: number): void {
    const node = this.#node(name);
    node.skewMs += ms;
    this.#trace(node, "has its clock set", ms);
  }

  isUp(name: NodeName): boolean {
    return this.#node(name).core !== null;
  }

  isPaused(name: NodeName): boolean {
    return this.#node(name).paused;
  }

  /** While it is down: empties its disk, and tells how many bytes there were. */
  wipe(name: NodeName): number {
    const { durable } = this.#node(name);
    const bytes = durable.reduce((sum, entry) => sum + entry.length, 0);
    durable.length = 0;
    return bytes;
  }

  /** What the node would answer to whoever asks how it is, seen from outside; null: nothing. */
  health(name: NodeName): Json {
    const node = this.#node(name);
    const id = this.#ids++;
    const request = { op: "health" } as const;
    const effects = node.core?.step({ is: "request", id, request, ...this.#now(node) }) ?? [];
    const reply = effects.find((effect) => effect.is === "reply" && effect.id === id);
    return reply?.is === "reply" && reply.reply.ok ? reply.reply.value : null;
  }

  cut(from: NodeName, to: NodeName): void {
    this.links.cut(from, to);
  }

  /** One link, or all of them. */
  heal(from?: NodeName, to?: NodeName): void {
    const held = from === undefined || to === undefined ? this.links.healAll() : this.links.heal(from, to);
    for (const deliver of held) this.after(this.#span("healed", this.#options.latencyMs), deliver);
  }

  /** From now on no message is lost. */
  stopLosing(): void {
    this.#loses = false;
  }

  #node(name: NodeName): SimulatedNode {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new Error(`${name} is none of ${this.#options.nodes.join(", ")}`);
    return node;
  }

  #now(node: SimulatedNode): Now {
    const nowMs = this.#nowMs * node.rate;
    return { nowMs, clockMs: EPOCH_MS + nowMs + node.skewMs };
  }

  /** Something happens to a node, if that life of it is still there; when it is paused, later. */
  #give(node: SimulatedNode, life: number, cause: Cause): void {
    if (node.core === null || node.life !== life) return;
    if (node.paused) node.inbox.push(() => this.#give(node, life, cause));
    else this.#step(node, { ...cause, ...this.#now(node) });
  }

  #step(node: SimulatedNode, input: Input): void {
    if (node.core === null) return;
    this.#trace(node, "is told", input);
    this.#do(node, node.core.step(input));
  }

  #do(node: SimulatedNode, effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.is === "timer") this.#setTimer(node, effect.name, effect.afterMs);
      else node.effects.push(effect);
    }
    this.#pump(node);
  }

  /** Does effects in order; a persist stops the rest until the disk is done. */
  #pump(node: SimulatedNode): void {
    while (node.core !== null && !node.paused && !node.writing) {
      const [effect] = node.effects;
      if (effect === undefined) return;
      if (node.fuse === 0) return this.crash(node.name);
      if (node.fuse !== null) node.fuse--;
      if (effect.is === "persist" || effect.is === "compact") return this.#write(node, effect);
      node.effects.shift();
      this.#trace(node, "does", effect);
      this.#say(node, effect);
    }
  }

  #write(node: SimulatedNode, effect: Effect): void {
    const { life } = node;
    node.writing = true;
    const done = (): void => {
      if (node.core === null || node.life !== life) return;
      if (node.paused) {
        node.inbox.push(done);
        return;
      }
      keep(node, effect);
      node.writing = false;
      node.effects.shift();
      this.#trace(node, "has durable", effect);
      this.#pump(node);
    };
    this.after(this.#span("disk", this.#options.diskMs), done);
  }

  #say(node: SimulatedNode, effect: Effect): void {
    if (effect.is === "reply") {
      const answer = this.#asked.get(effect.id);
      this.#asked.delete(effect.id);
      this.#carry(node.name, CLIENTS, "reply", JSON.stringify(effect.reply).length, () => answer?.(effect.reply));
    } else if (effect.is === "send") {
      const { life } = node;
      const text = JSON.stringify(effect.message);
      const transmit = (): void => this.#transmit(node.name, effect.to, text);
      if (effect.delayMs === undefined) transmit();
      // The delayed message waits inside its sender, and dies with it.
      else this.after(effect.delayMs, () => node.life === life && node.core !== null && transmit());
    }
  }

  #transmit(from: NodeName, to: NodeName, text: string): void {
    const copies = this.#draw("duplicate") < this.#options.duplicateRate ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (this.#draw("loss") < this.#options.lossRate && this.#loses) continue;
      for (const lateMs of this.links.fates(from, to, text.length, (label) => this.#draw(label)))
        this.after(this.#span("latency", this.#options.latencyMs) + lateMs, () => this.#arrive(from, to, text));
    }
  }

  #arrive(from: NodeName, to: NodeName, text: string): void {
    if (!this.links.isCut(from, to)) {
      const node = this.#node(to);
      this.links.passed(from, to, text.length);
      this.#give(node, node.life, { is: "message", from, message: parse(text) });
    } else {
      const isHeld = this.#draw("held") < HELD_RATE;
      this.links.hold(from, to, text.length, isHeld ? () => this.#arrive(from, to, text) : null);
    }
  }

  /** Between a client and a node: late, and held while the link is cut, but a connection loses and doubles nothing. */
  #carry(from: NodeName, to: NodeName, label: string, bytes: number, deliver: () => void): void {
    const [lateMs = 0] = this.links.fates(from, to, bytes, (what) => this.#draw(what));
    const arrive = (): void => {
      if (this.links.isCut(from, to)) this.links.hold(from, to, bytes, arrive);
      else {
        this.links.passed(from, to, bytes);
        deliver();
      }
    };
    this.after(this.#span(label, this.#options.latencyMs) + lateMs, arrive);
  }

  #setTimer(node: SimulatedNode, name: string, afterMs: number): void {
    const { life } = node;
    const token = this.#ids++;
    node.timers.set(name, token);
    this.after(afterMs / node.rate, () => {
      if (node.life === life && node.timers.get(name) === token) this.#give(node, life, { is: "timer", name });
    });
  }

  #span(label: string, [lowMs, highMs]: Span): number {
    return lowMs + (highMs - lowMs) * this.#draw(label);
  }

  #draw(label: string): number {
    return draw(this.#options.seed, this.#draws++, label);
  }

  #trace(node: SimulatedNode, verb: string, what?: Input | Effect | Json): void {
    this.#options.trace?.(
      `${this.#nowMs.toFixed(3)} ${node.name} ${verb} ${what === undefined ? "" : JSON.stringify(what)}`,
    );
  }
}

function newNode(name: NodeName, skewMs: number, rate: number): SimulatedNode {
  const empty = { paused: false, inbox: [], durable: [], effects: [], writing: false, timers: new Map(), fuse: null };
  return { name, skewMs, rate, life: 0, core: null, ...empty };
}

/** What the disk holds after it. */
function keep(node: SimulatedNode, effect: Effect): void {
  if (effect.is === "persist") node.durable.push(JSON.stringify(effect.entry));
  else if (effect.is === "compact") node.durable = effect.entries.map((entry) => JSON.stringify(entry));
}

/** What `JSON.stringify` made of a Json a moment ago. */
const parse = (text: string): Json => JSON.parse(text) as Json;
