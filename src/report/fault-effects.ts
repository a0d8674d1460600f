/** What a fault does to its nodes or links, in words, from the fields that a plan and a record have in common. */

import type { Json } from "../../checker/history/event.js";
import { count, counted } from "./words.js";

type Fields = { readonly [name: string]: Json | undefined };

/**
 * `who`: the nodes, or the leader, as they are to be called. Null for a kind, or for fields, that are not known: they may
 * come from another version, or from somebody's own nemesis.
 */
export function describeEffect(kind: string, fields: Fields, who: string): string | null {
  const words = EFFECTS[kind]?.(fields, who) ?? null;
  if (words === null) return null;
  return words + flapping(fields["flap"]);
}

type Describe = (fields: Fields, who: string) => string | null;

const EFFECTS: { readonly [kind: string]: Describe } = {
  kill: ({ signal }, who) => `${signal === "SIGTERM" ? "SIGTERM" : "SIGKILL"} ${who}`,
  pause: (_, who) => `SIGSTOP ${who}`,
  delay: ({ links, latencyMs, jitterMs, distribution }) =>
    linksOf(links, (on) => {
      if (!isNumber(latencyMs) || !isNumber(jitterMs)) return null;
      const shape = typeof distribution === "string" && distribution !== "uniform" ? ` (${distribution})` : "";
      return `${on} slowed by ${latencyMs}${jitterMs === 0 ? "" : ` ± ${jitterMs}`} ms${shape}`;
    }),
  bandwidth: ({ links, bytesPerSecond }) =>
    linksOf(links, (on) =>
      isNumber(bytesPerSecond) ? `${on} narrowed to ${count(bytesPerSecond)} bytes a second` : null,
    ),
  "slow-close": ({ links, delayMs }) =>
    linksOf(links, (on) => (isNumber(delayMs) ? `connections on ${on} end ${count(delayMs)} ms late` : null)),
  corrupt: ({ links, probability }) =>
    linksOf(links, (on) =>
      isNumber(probability) ? `a bit turned over in ${percent(probability)} of what ${on} carry` : null,
    ),
  packet: ({ links, effects }) =>
    linksOf(links, (on) => {
      if (!isFields(effects)) return null;
      const parts = Object.entries(PACKET_WORDS).flatMap(([effect, words]) => {
        const share = effects[effect];
        return isNumber(share) && share > 0 ? [`${percent(share)} ${words}`] : [];
      });
      return `of the messages on ${on} ${parts.join(", ")}`;
    }),
  "crash-loop": ({ upMs, downMs }, who) =>
    isNumber(upMs) && isNumber(downMs)
      ? `SIGKILL ${who} again and again: ${count(upMs)} ms up, ${count(downMs)} ms down`
      : null,
  rolling: ({ signal, downMs, gapMs }, who) =>
    isNumber(downMs) && isNumber(gapMs)
      ? `${signal === "SIGKILL" ? "SIGKILL" : "SIGTERM"} ${who} one after the other: ${count(downMs)} ms down, ${count(gapMs)} ms between`
      : null,
  starve: ({ cpuShare, by }, who) =>
    isNumber(cpuShare)
      ? `${who} left with ${percent(cpuShare)} of a processor (by ${typeof by === "string" ? by : "stop"})`
      : null,
  clock: ({ skew }, who) => (isFields(skew) ? skewed(skew, who) : null),
  disk: ({ trouble }, who) => (isFields(trouble) ? troubled(trouble, who) : null),
  damage: ({ damage }, who) => (isFields(damage) ? damaged(damage, who) : null),
  wipe: (_, who) => `SIGKILL ${who}, disk emptied`,
  remove: (_, who) => `${who} taken out of the cluster`,
  add: (_, who) => `${who} taken into the cluster`,
  promote: (_, who) => `${who} told to lead`,
};

const PACKET_WORDS = { loss: "lost", duplicate: "doubled", reorder: "overtaken" } as const;

function skewed({ is, offsetMs, periodMs, rate }: Fields, who: string): string | null {
  if (is === "rate") return isNumber(rate) ? `clock of ${who} runs ${rate} times as fast` : null;
  if (!isNumber(offsetMs)) return null;
  const off = `${count(Math.abs(offsetMs))} ms ${offsetMs < 0 ? "back" : "ahead"}`;
  if (is === "bump") return `clock of ${who} set ${off}`;
  return isNumber(periodMs) ? `clock of ${who} jumps ${off} and back every ${count(periodMs)} ms` : null;
}

function troubled({ is, on, probability, delayMs }: Fields, who: string): string | null {
  if (is === "full") return `disk of ${who} full`;
  if (is === "read-only") return `disk of ${who} read-only`;
  if (typeof on !== "string") return null;
  if (is === "errors")
    return `disk of ${who} fails ${isNumber(probability) && probability < 1 ? `${percent(probability)} of its` : "all"} ${on}s`;
  return is === "slow" && isNumber(delayMs) ? `disk of ${who} takes ${count(delayMs)} ms longer for every ${on}` : null;
}

function damaged({ is, bits, bytes }: Fields, who: string): string | null {
  const done = {
    "lose-unsynced": "what was not synced lost",
    torn: "the last write torn",
    flip: `${isNumber(bits) && bits !== 1 ? `${count(bits)} bits` : "a bit"} turned over`,
    truncate: `the last ${isNumber(bytes) ? count(bytes) : "?"} bytes of a file cut off`,
  };
  return typeof is === "string" && Object.hasOwn(done, is)
    ? `SIGKILL ${who}, ${done[is as keyof typeof done]}` // one of its keys: looked up just before
    : null;
}

const linksOf = (links: Json | undefined, words: (on: string) => string | null): string | null =>
  Array.isArray(links) ? words(counted(links.length, "link")) : null;

const flapping = (flap: Json | undefined): string =>
  isFields(flap) && isNumber(flap["onMs"]) && isNumber(flap["offMs"])
    ? `, flapping: ${count(flap["onMs"])} ms broken, ${count(flap["offMs"])} ms whole`
    : "";

const percent = (share: number): string => `${Number((100 * share).toFixed(1))} %`;
const isNumber = (json: Json | undefined): json is number => typeof json === "number";
const isFields = (json: Json | undefined): json is { readonly [name: string]: Json } =>
  json !== null && typeof json === "object" && !Array.isArray(json);
