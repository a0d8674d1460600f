/**
 * What all committed entries have come to: the values, and what each client was last told.
 *
 * Every replica applies the same commands in the same order, so nothing here may depend on anything else. A client that
 * was not answered asks again with the same number, perhaps at another leader, while its first request is in the log
 * already: the second is recognised by what is remembered of its session, changes nothing, and gets the answer of the
 * first (Ongaro 2014, "Consensus: Bridging Theory and Practice", 6.3).
 */

import type { DoneMicroOp, Json, MicroOp, Reply, Session } from "../../wire.js";
import { isArray, isObject, sameJson } from "../json.js";
import { runMicroOp } from "../micro-op.js";
import type { Command } from "./message.js";

/** Of so many clients the last answer is known; beyond, that of the longest silent one is forgotten. */
const SESSIONS_MAX = 4096;

interface Told {
  readonly seq: number;
  readonly reply: Reply;
}

export class Machine {
  #values = new Map<string, Json>();
  /** The longest silent client first. */
  #sessions = new Map<string, Told>();

  get size(): number {
    return this.#values.size;
  }

  valueOf(key: string): Json {
    return this.#values.get(key) ?? null;
  }

  dump(): Json {
    return Object.fromEntries([...this.#values].map(([key, value]) => [key, [value]]));
  }

  apply(command: Command): Reply {
    switch (command.op) {
      case "noop":
        return DONE;
      case "voters":
        return { ok: true, value: command.voters };
      case "write":
        this.#values.set(command.key, command.value);
        return DONE;
      case "cas":
        if (!sameJson(this.valueOf(command.key), command.from)) {
          return mismatch(`found ${JSON.stringify(this.valueOf(command.key))}`);
        }
        this.#values.set(command.key, command.to);
        return DONE;
      case "txn":
      default: {
        const { reply, writes } = this.run(command.ops);
        for (const [key, value] of writes) this.#values.set(key, value);
        return reply;
      }
    }
  }

  /** All steps one after another with nothing in between; or none, where one does not fit. */
  run(ops: readonly MicroOp[]): { readonly reply: Reply; readonly writes: ReadonlyMap<string, Json> } {
    const done: DoneMicroOp[] = [];
    const writes = new Map<string, Json>();
    for (const op of ops) {
      const [, key] = op;
      const own = writes.get(key);
      const ran = runMicroOp(op, own === undefined ? this.valueOf(key) : own);
      if (!ran.ok) return { reply: mismatch(ran.why), writes: new Map() };
      if (ran.write !== null) writes.set(key, ran.write.value);
      done.push(ran.done);
    }
    return { reply: { ok: true, value: done }, writes };
  }

  /** What this request was told when it was done; null: it was not. */
  told({ client, seq }: Session): Reply | null {
    const last = this.#sessions.get(client);
    if (last === undefined || last.seq < seq) return null;
    if (last.seq === seq) return last.reply;
    const message = `${client} has asked its request ${last.seq} since, nobody waits for ${seq}`;
    return { ok: false, error: "bad-request", message };
  }

  remember({ client, seq }: Session, reply: Reply): void {
    this.#sessions.delete(client);
    this.#sessions.set(client, { seq, reply });
    const [longestSilent] = this.#sessions.keys();
    if (this.#sessions.size > SESSIONS_MAX && longestSilent !== undefined) this.#sessions.delete(longestSilent);
  }

  encode(parts = { sessions: true }): Json {
    const known = parts.sessions ? [...this.#sessions] : [];
    const sessions = known.map(([client, { seq, reply }]): Json => [client, seq, reply as Json]);
    return { values: [...this.#values], sessions };
  }

  /** What `encode` made. */
  decode(json: Json): void {
    if (!isObject(json)) return;
    const { values, sessions } = json as { readonly values?: Json; readonly sessions?: Json };
    // Made by `encode`, guarded by the checksum of the log, or by a peer that runs this program.
    this.#values = new Map(isArray(values) ? (values as readonly (readonly [string, Json])[]) : []);
    const told = isArray(sessions) ? (sessions as readonly (readonly [string, number, Reply])[]) : [];
    this.#sessions = new Map(told.map(([client, seq, reply]) => [client, { seq, reply }]));
  }
}

const DONE: Reply = { ok: true, value: null };

function mismatch(message: string): Reply {
  return { ok: false, error: "mismatch", message };
}
