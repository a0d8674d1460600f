/**
 * What the names of anomalies mean, in a line each.
 *
 * Names are those of Adya (1999) where he has one. The name of a cycle has three parts: which dependencies it is made of
 * (`G2`), `-item` where all are about single keys and none about a predicate, and the order that closes it beside them:
 * `-process` or `-realtime`.
 */

import type { ShownEdge } from "../../checker/isolation/details.js";

const CYCLES: { readonly [base: string]: string } = {
  G0: "Dirty write: transactions overwrote one another in a circle.",
  G1c: "Circular information flow: each transaction saw or overwrote what another of the circle wrote.",
  "G-single": "Read skew: a transaction missed what another wrote, although that other came before it.",
  "G-nonadjacent":
    "Long fork and its like: several transactions missed a write, never two in a row: they saw the writes in different orders.",
  G2: "Write skew and its like: each of several transactions missed what another of them wrote.",
};

const OTHERS: { readonly [type: string]: string } = {
  G1a: "Aborted read: a transaction read what another wrote and took back.",
  G1b: "Intermediate read: a transaction read what its writer itself replaced before it committed.",
  "lost-update": "Several transactions read the same version and wrote its successor: of their updates one survives.",
  internal: "A transaction did not see what it had read or written itself.",
  "dirty-update": "A committed write builds on one that was aborted.",
  "duplicate-elements": "A list holds an element more than once, although it was appended once.",
  "incompatible-order": "Reads show one list in two orders, of which only one can have been.",
  "cyclic-versions": "The versions of one key would have to follow one another in a circle.",
  "future-read": "A transaction read what it wrote only later.",
  "garbage-read": "A transaction read what nobody wrote.",
  "empty-transaction-graph": "No transaction depends on another: there was nothing to check.",
};

const ORDERS: { readonly [suffix: string]: string } = {
  "": "",
  "-process": " Part of the circle is the order within one client.",
  "-realtime": " Part of the circle is real time: what had ended before another began came first.",
};

/** One or two sentences; null for a name that is not known here. */
export const meaningOf = (type: string): string | null => {
  const other = Object.hasOwn(OTHERS, type) ? OTHERS[type] : undefined;
  if (other !== undefined) return other;
  if (type.endsWith("-cycle-exists")) return "There is a cycle that the model forbids, and no single one is shown.";
  const [, base = "", item = "", order = ""] =
    /^(G0|G1c|G-single|G-nonadjacent|G2)(-item)?(-process|-realtime)?$/.exec(type) ?? [];
  const cycle = CYCLES[base];
  if (cycle === undefined) return null;
  const predicate = base === "G0" || base === "G1c" || item !== "" ? "" : " A predicate is part of it.";
  // What was there, and had been for a while, and was not seen: with an order, read skew has a plainer name.
  const plain = base === "G-single" && order !== "" ? cycle.replace("Read skew", "Stale read") : cycle;
  return `${plain}${predicate}${ORDERS[order] ?? ""}`;
};

/** Why the transaction at the tail of an arrow comes before the one at its head. */
export const EDGES: { readonly [kind in ShownEdge["kind"]]: string } = {
  ww: "the second overwrote what the first wrote",
  wr: "the second read what the first wrote",
  rw: "the second overwrote what the first had read: the first did not see it",
  wwp: "the second overwrote what matched a predicate of the first",
  wrp: "the second read by a predicate what the first wrote",
  rwp: "the second changed what a predicate of the first had read",
  process: "one client did the first, then the second",
  realtime: "the first was answered before the second was begun",
  own: "the transaction itself did the one, then the other",
  differs: "two reads of which at most one can be right",
};
