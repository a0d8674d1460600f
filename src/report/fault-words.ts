/** What was broken, in words: as planned, as done, and what proves it. */

import type { Json } from "../../checker/history/event.js";
import type { Fault, Grudge } from "../../nemesis/fault.js";
import { describeEffect } from "./fault-effects.js";
import { count, cut, list, value } from "./words.js";

/** A planned fault: `majority: n4 and n5 cut off from n1, n2 and n3, both ways`, `SIGSTOP the leader`. */
export const describeFault = (fault: Fault): string => {
  if (fault.f === "partition") {
    const whom =
      fault.grudge === "isolate-leader"
        ? "cut the leader off from everyone"
        : `${fault.shape}: ${describeGrudge(fault.grudge)}`;
    return whom + describeCut({ ...fault });
  }
  const who = "who" in fault ? (fault.who === "leader" ? "the leader" : list(fault.who)) : "";
  return describeEffect(fault.f, { ...fault }, who) ?? describeRecord({ ...fault });
};

/** What the nemesis recorded when the fault began, in the same words where it has the usual shape. */
export const describeDone = (kind: string, record: Json): string => {
  if (!isObject(record)) return describeRecord(record);
  const { nothing, leader, skipped } = record;
  const parts = [
    ...(typeof nothing === "string" ? [`not done: ${nothing}`] : whatIsDone(kind, record)),
    ...(typeof leader === "string" ? [`${leader} was the leader`] : []),
    ...(isNames(skipped) ? [`left alone: ${skipped.join("; ")}`] : []),
  ];
  return parts.length === 0 ? describeRecord(record) : cut(parts.join("; "), 600);
};

function whatIsDone(kind: string, record: { readonly [name: string]: Json }): readonly string[] {
  const { grudge, nodes, shape, done, nothing: _nothing, leader: _leader, skipped: _skipped, ...rest } = record;
  if (isGrudge(grudge))
    return [`${typeof shape === "string" ? `${shape}: ` : ""}${describeGrudge(grudge)}${describeCut(record)}`];
  const effect = describeEffect(kind, record, isNames(nodes) ? list(nodes) : "");
  if (effect !== null) return [effect, ...(isNames(done) ? done : [])];
  const more = describeRecord(rest);
  return [...(isNames(nodes) ? [`nodes: ${list(nodes)}`] : []), ...(more === "" ? [] : [more])];
}

/** How a cut is made, where it is not by silence for all of the time. */
function describeCut({ mode, flap }: { readonly [name: string]: Json | undefined }): string {
  const words = typeof mode === "string" && mode !== "drop" ? ` (by ${mode})` : "";
  const turns =
    isObject(flap) && typeof flap["onMs"] === "number" && typeof flap["offMs"] === "number"
      ? `, flapping: ${count(flap["onMs"])} ms cut, ${count(flap["offMs"])} ms whole`
      : "";
  return words + turns;
}

/**
 * Receivers with the same senders are said once, and what holds both ways too: `n1 cut off from n2 and n3, both ways`,
 * `n1 and n2 do not hear n3`.
 */
export const describeGrudge = (grudge: Grudge): string => {
  const groups = new Map<string, { readonly senders: readonly string[]; readonly receivers: string[] }>();
  for (const receiver of Object.keys(grudge).sort(byNumber)) {
    const senders = [...(grudge[receiver] ?? [])].sort(byNumber);
    if (senders.length === 0) continue;
    const group = groups.get(senders.join("\n"));
    if (group === undefined) groups.set(senders.join("\n"), { senders, receivers: [receiver] });
    else group.receivers.push(receiver);
  }
  const sentences: string[] = [];
  for (const { senders, receivers } of groups.values()) {
    const back = groups.get(receivers.join("\n"));
    const mutual = back !== undefined && back.receivers.join("\n") === senders.join("\n");
    if (!mutual)
      sentences.push(`${list(receivers)} ${receivers.length === 1 ? "does" : "do"} not hear ${list(senders)}`);
    // The smaller side speaks for both.
    else if (
      receivers.length < senders.length ||
      (receivers.length === senders.length && receivers[0] === first(receivers, senders))
    )
      sentences.push(`${list(receivers)} cut off from ${list(senders)}, both ways`);
  }
  return sentences.length === 0 ? "nobody is cut off" : sentences.join("; ");
};

const byNumber = (a: string, b: string): number => a.localeCompare(b, "en", { numeric: true });
const first = (...groups: readonly (readonly string[])[]): string | undefined => groups.flat().sort(byNumber)[0];

/** A record of any shape, `bit` aside: `nodes: n1, n2; heldBytes: 4,120`. */
export const describeRecord = (record: Json): string => {
  if (record === null) return "";
  if (typeof record === "string") return cut(record, 400);
  if (Array.isArray(record)) return cut(record.map((each) => describeRecord(each)).join(", "), 400);
  if (typeof record !== "object") return value(record);
  const parts = Object.entries(record)
    .filter(([name]) => name !== "bit")
    .map(([name, each]) => {
      if (name === "evidence" && typeof each === "string") return cut(each, 400);
      return isGrudge(each) && name === "grudge" ? describeGrudge(each) : `${name}: ${shortly(each)}`;
    });
  return cut(parts.join("; "), 600);
};

const shortly = (json: Json): string => {
  if (typeof json === "number") return count(json);
  if (typeof json === "string") return cut(json, 200);
  return isNames(json) ? json.join(", ") : value(json, 200);
};

const isObject = (json: Json | undefined): json is { readonly [name: string]: Json } =>
  json !== null && typeof json === "object" && !Array.isArray(json);

const isNames = (json: Json | undefined): json is readonly string[] =>
  Array.isArray(json) && json.every((each) => typeof each === "string");

const isGrudge = (json: Json | undefined): json is Grudge => isObject(json) && Object.values(json).every(isNames);
