/** The thread in which the links run: opens a relay and does what it is asked. Started by `openLinks` only. */

import { parentPort, workerData } from "node:worker_threads";
import type { LinkCounters } from "../inject.js";
import type { Answer, Asked } from "./call.js";
import { type LinksOptions, openRelay, type Relay } from "./relay.js";

const port = parentPort;
if (port === null) throw new Error("links-worker.js is started by openLinks, as a worker thread");

const answer = (what: Answer): void => port.postMessage(what);
const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

try {
  // The type is a promise of openLinks, which is the only one that starts this file.
  const relay = await openRelay(workerData as LinksOptions);
  port.on("message", (asked: Asked) => void serve(relay, asked));
  answer({ is: "open", addresses: relay.addresses() });
} catch (error) {
  answer({ is: "failed", why: wordsOf(error) });
}

async function serve(relay: Relay, asked: Asked): Promise<void> {
  try {
    if (asked.call === "messages") answer({ is: "told", id: asked.id, messages: await relay.messages(asked.sinceMs) });
    else answer({ is: "done", id: asked.id, counters: await run(relay, asked) });
  } catch (error) {
    answer({ is: "wrong", id: asked.id, why: wordsOf(error) });
  }
  if (asked.call === "close") port?.close();
}

async function run(
  relay: Relay,
  asked: Exclude<Asked, { readonly call: "messages" }>,
): Promise<readonly LinkCounters[]> {
  if (asked.call === "counters") return relay.counters();
  if (asked.call === "set") await relay.set(asked.from, asked.to, asked.change);
  else if (asked.call === "setUpstream") await relay.setUpstream(asked.node, asked.upstream);
  else await relay.close();
  return [];
}
