/**
 * The links of a cluster, relayed in a worker thread: the harness and the relay each have a core, and a busy client
 * does not slow the network down. A thread dies with its process, so no link outlives the harness.
 */

import { Worker } from "node:worker_threads";
import type { NodeName } from "../fault.js";
import type { LinkCounters } from "../inject.js";
import type { Answer, Call, Dialled } from "./call.js";
import type { Address } from "./connection.js";
import { Effects } from "./effects.js";
import type { LinkState } from "./link.js";
import type { Framing } from "./mangler.js";
import type { Links, LinksOptions } from "./relay.js";
import type { LinkMessage } from "./tape.js";

/**
 * One listener on loopback (and a Unix socket beside it, if asked for) for every (from, to) with `from` a node or CLIENTS and `to` a node.
 *
 * @throws when names repeat or a listener cannot be opened
 */
export async function openLinks(options: LinksOptions): Promise<Links> {
  // From TypeScript sources (the tests) a worker cannot be loaded: the built file stands in for it.
  const built = import.meta.url.endsWith(".ts") ? "../../dist/nemesis/network/links-worker.js" : "./links-worker.js";
  const worker = new Worker(new URL(built, import.meta.url), { workerData: options, execArgv: [], stderr: false });
  const links = new WorkerLinks(worker, options.framing ?? null);
  await links.opened;
  return links;
}

type Good = Extract<Answer, { readonly is: "done" | "told" }>;

interface Open {
  readonly resolve: (answer: Good) => void;
  readonly reject: (error: Error) => void;
}

class WorkerLinks extends Effects implements Links {
  readonly opened: Promise<void>;
  readonly #worker: Worker;
  readonly #open = new Map<number, Open>();
  #addresses: readonly Dialled[] = [];
  #nextId = 0;
  /** Why nothing can be asked any more. */
  #ended: Error | null = null;
  #closing: Promise<void> | null = null;

  constructor(worker: Worker, framing: Framing | null) {
    super(framing);
    this.#worker = worker;
    this.opened = new Promise<void>((resolve, reject) => {
      worker.on("message", (answer: Answer) => {
        if (answer.is === "open") {
          this.#addresses = answer.addresses;
          resolve();
        } else if (answer.is === "failed") reject(new Error(answer.why));
        else this.#answered(answer);
      });
      worker.once("error", (error) => this.#end(new Error(`the links broke: ${error.message}`, { cause: error })));
      worker.once("error", reject);
      worker.once("exit", () => {
        const closed = new Error("the links are closed");
        this.#end(closed);
        reject(closed);
      });
    });
  }

  address(from: NodeName, to: NodeName): Address {
    const dialled = this.#addresses.find((link) => link.from === from && link.to === to);
    if (dialled === undefined) throw new Error(`no link from "${from}" to "${to}"`);
    return dialled.at;
  }

  async setUpstream(node: NodeName, upstream: Address | null): Promise<void> {
    await this.#ask({ call: "setUpstream", node, upstream });
  }

  async set(from: NodeName, to: NodeName, change: Partial<LinkState>): Promise<void> {
    await this.#ask({ call: "set", from, to, change });
  }

  async counters(): Promise<readonly LinkCounters[]> {
    const answer = await this.#ask({ call: "counters" });
    return answer.is === "done" ? answer.counters : [];
  }

  async messages(sinceMs = 0): Promise<readonly LinkMessage[]> {
    const answer = await this.#ask({ call: "messages", sinceMs });
    return answer.is === "told" ? answer.messages : [];
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#ended === null) await this.#ask({ call: "close" }).catch(() => null);
    await this.#worker.terminate();
  }

  #ask(call: Call): Promise<Good> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== null) {
        reject(this.#ended);
        return;
      }
      const id = this.#nextId++;
      this.#open.set(id, { resolve, reject });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window: it has no origin
      this.#worker.postMessage({ ...call, id });
    });
  }

  #answered(answer: Extract<Answer, { readonly is: "done" | "told" | "wrong" }>): void {
    const open = this.#open.get(answer.id);
    this.#open.delete(answer.id);
    if (answer.is === "wrong") open?.reject(new Error(answer.why));
    else open?.resolve(answer);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const open of this.#open.values()) open.reject(this.#ended);
    this.#open.clear();
  }
}
