/**
 * Leaderless: any node coordinates what it is asked, and asks the replicas of the key.
 *
 * A write goes to the N replicas of its key and is answered when W of them have stored it. A read asks all N and is
 * answered from the first R states, the coordinator's own included where it is a replica. By itself nothing is sent
 * twice: a replica that missed a write learns of it by the next write of the key, or never. What is done about that can
 * be switched on one by one, after DeCandia et al. 2007, "Dynamo: Amazon's Highly Available Key-value Store": read
 * repair, sloppy quorums, hinted handoff, anti-entropy, gossip. This file is the replica's half and the switchboard;
 * `quorum/` has the parts.
 *
 * R + W > N does not make this linearizable: a write under way can be seen by one read and missed by the next, and
 * last-write-wins orders by clocks. A cas is a quorum read, a comparison, and a quorum write: not atomic. Two of them
 * can both succeed from the same value.
 */

import type { Json, NodeName, QuorumConfig } from "../wire.js";
import { bugsOf } from "./bugs.js";
import { ReplicationDelay } from "./delay.js";
import { isBootEntry, Lives } from "./lives.js";
import type { Core, Effect, Input, Members, Now } from "./protocol.js";
import { AntiEntropy } from "./quorum/anti-entropy.js";
import { Clerk, isViewEntry } from "./quorum/clerk.js";
import { Coordinator } from "./quorum/coordinator.js";
import { Gossip } from "./quorum/gossip.js";
import { Graves } from "./quorum/graves.js";
import { Handoff } from "./quorum/handoff.js";
import { Holdings } from "./quorum/holdings.js";
import { type Kit, tell } from "./quorum/kit.js";
import { decode, type Message } from "./quorum/message.js";
import { Mover } from "./quorum/mover.js";
import { Placement } from "./quorum/placement.js";
import type { Versioning } from "./versioning.js";

export class QuorumCore<State extends Json> implements Core {
  readonly #kit: Kit<State>;
  readonly #coordinator: Coordinator<State>;
  readonly #handoff: Handoff<State>;
  readonly #antiEntropy: AntiEntropy<State>;
  readonly #graves: Graves<State>;
  readonly #gossip: Gossip<State>;
  readonly #mover: Mover<State>;
  readonly #clerk: Clerk<State>;

  constructor(config: QuorumConfig, members: Members, versioning: Versioning<State>) {
    const lives = new Lives(members.lives);
    const kit: Kit<State> = {
      config,
      members,
      versioning,
      delay: new ReplicationDelay(config.replicationDelayMs, members),
      lives,
      holdings: new Holdings(() => lives.nameOf(members.self), versioning),
      placement: new Placement(config, members),
      bug: bugsOf(members),
    };
    this.#kit = kit;
    this.#coordinator = new Coordinator(kit);
    this.#handoff = new Handoff(kit);
    this.#antiEntropy = new AntiEntropy(kit);
    this.#gossip = new Gossip(kit);
    this.#graves = new Graves(kit, (key) => this.#antiEntropy.changed(key, null));
    this.#mover = new Mover(kit, (key) => this.#graves.gave(key));
    this.#clerk = new Clerk(kit, {
      coordinator: this.#coordinator,
      mover: this.#mover,
      turned: () => this.#antiEntropy.rebuild(),
    });
  }

  step(input: Input): readonly Effect[] {
    const effects: Effect[] = [];
    switch (input.is) {
      case "start":
        this.#start(input.entries, input, effects);
        break;
      case "request":
        this.#request(input, effects);
        break;
      case "message": {
        const { versioning, placement } = this.#kit;
        const message = decode(input.message, (json): json is State => versioning.isState(json));
        placement.heardOf(input.from);
        if (message !== null) this.#message(input.from, message, input, effects);
        break;
      }
      case "timer":
        this.#timer(input.name, input, effects);
        break;
      case "connected":
        this.#kit.placement.heardOf(input.peer);
        this.#clerk.connected(input.peer, effects);
        break;
    }
    this.#clerk.goOn(effects);
    return effects;
  }

  #start(entries: readonly Json[], now: Now, effects: Effect[]): void {
    const { lives, holdings } = this.#kit;
    for (const entry of entries) {
      if (isBootEntry(entry)) lives.recovered(entry);
      else if (isViewEntry(entry)) this.#clerk.recover(entry);
      else this.#coordinator.recovered(holdings.recover(entry));
    }
    lives.begin(effects);
    this.#antiEntropy.rebuild();
    const { self } = this.#kit.members;
    holdings.changed = (key, _, state) => {
      this.#antiEntropy.changed(key, state);
      if (state !== null) this.#mover.came(key, self);
    };
    holdings.hinted = (to, key) => this.#mover.came(key, to);
    this.#mover.begin();
    for (const part of [this.#handoff, this.#antiEntropy]) part.start(effects);
    for (const part of [this.#graves, this.#gossip]) part.begin(now, effects);
  }

  #timer(name: string, now: Now, effects: Effect[]): void {
    if (name === this.#handoff.timer) this.#handoff.round(effects);
    else if (name === this.#antiEntropy.timer) this.#antiEntropy.round(effects);
    else if (name === this.#graves.timer) this.#graves.round(now, effects);
    else if (name === this.#gossip.timer) this.#gossip.round(now, effects);
    else if (name === this.#clerk.timer) this.#clerk.round(now, effects);
    else if (!this.#clerk.expire(name, now, effects)) this.#coordinator.timer(name, now, effects);
  }

  #request(input: Input & { readonly is: "request" }, effects: Effect[]): void {
    const { id, request } = input;
    switch (request.op) {
      case "read":
      case "cas":
      case "write":
        this.#coordinator.request(request, { is: "client", id }, input, effects);
        break;
      case "txn": {
        const message = "transactions need a leader; the mode is quorum";
        effects.push({ is: "reply", id, reply: { ok: false, error: "unsupported", message } });
        break;
      }
      case "voters":
        if (!this.#kit.placement.isFull) this.#clerk.request(id, request, input, effects);
        else {
          const message = "every node holds every key, so there is no ring; it takes replicas fewer than nodes";
          effects.push({ is: "reply", id, reply: { ok: false, error: "unsupported", message } });
        }
        break;
      case "dump":
        effects.push({ is: "reply", id, reply: { ok: true, value: this.#dump() } });
        break;
      case "health":
        effects.push({ is: "reply", id, reply: { ok: true, value: this.#health() } });
        break;
    }
  }

  /** What was deleted is not there. */
  #dump(): Json {
    const { holdings, versioning } = this.#kit;
    const values = [...holdings.entries()].map(([key, state]) => [key, versioning.values(state)] as const);
    return Object.fromEntries(values.filter(([, siblings]) => siblings.length > 0));
  }

  #health(): Json {
    const { config, members, holdings, placement } = this.#kit;
    const { mode, versioning } = config;
    const health = { name: members.self, mode, role: "replica", versioning, keys: holdings.size };
    const hints = Object.fromEntries([...holdings.hints].map(([node, states]) => [node, states.size]));
    return {
      ...health,
      ...(placement.isFull ? {} : { replicas: placement.replicaCount, ring: placement.view.nodes }),
      ...(placement.view.next === null ? {} : { nextRing: placement.view.next, step: placement.view.step }),
      ...(config.sloppyQuorum === true || config.hintedHandoffMs !== undefined ? { hints } : {}),
      ...(placement.suspects.length === 0 ? {} : { away: placement.suspects }),
      ...(holdings.tombstones.size === 0 ? {} : { tombstones: holdings.tombstones.size }),
    };
  }

  #message(from: NodeName, message: Message<State>, now: Now, effects: Effect[]): void {
    const { holdings } = this.#kit;
    switch (message.is) {
      case "store":
        this.#store(from, message, effects);
        break;
      case "remove":
        holdings.drop(message.key, effects);
        tell(from, { is: "stored", op: message.op }, effects);
        break;
      case "fetch":
        tell(from, { is: "fetched", op: message.op, state: holdings.known(message.key) }, effects);
        break;
      case "stored":
        this.#coordinator.hear(from, message, now, effects);
        this.#handedOver(this.#handoff.stored(message.op, effects));
        this.#mover.stored(from, message.op, now, effects);
        break;
      case "fetched":
      case "forwarded":
        this.#coordinator.hear(from, message, now, effects);
        break;
      case "forward":
        if (!holdings.isNew(from, message.op, effects)) break;
        this.#coordinator.request(message.request, { is: "node", node: from, op: message.op }, now, effects);
        break;
      case "handoff":
        if (this.#kit.bug("quorum-hint-overwrites")) holdings.replace(message.key, message.state, effects);
        else holdings.keep(message.key, message.state, effects);
        tell(from, { is: "stored", op: message.op }, effects);
        break;
      case "tree":
      case "leaf":
      case "want":
        this.#antiEntropy.hear(from, message, effects);
        break;
      case "graves":
        this.#graves.asked(from, message.op, message.keys, now, effects);
        break;
      case "alive":
        this.#graves.answered(from, message.op, message.keys, effects);
        break;
      case "gossip":
        this.#gossip.hear(message.beats, now);
        break;
      case "view":
      case "viewed":
      case "change":
      case "changed":
        this.#clerk.hear(from, message, now, effects);
        break;
    }
  }

  #handedOver(key: string | null): void {
    if (key !== null) this.#graves.gave(key);
  }

  #store(from: NodeName, message: Message<State> & { readonly is: "store" }, effects: Effect[]): void {
    const { holdings, bug } = this.#kit;
    const { op, key, state, for: to } = message;
    const answer = (): void => void (op === null || tell(from, { is: "stored", op }, effects));
    if (bug("quorum-ack-before-fsync")) answer();
    if (to !== undefined) holdings.hint(to, key, state, effects);
    else if (op === null && bug("quorum-repair-overwrites")) holdings.replace(key, state, effects);
    else holdings.keep(key, state, effects);
    if (!bug("quorum-ack-before-fsync")) answer();
  }
}
