/** One finding as an explained anomaly: a sentence, its transactions, its edges. */

import type { Json } from "../../history/event.js";
import type { ExplainedAnomaly } from "../details.js";
import { mopValue, type TxnHistory } from "../history/columns.js";
import { type Finding, INITIAL, txnsOf } from "../infer/finding.js";
import type { Inferred } from "../infer/infer.js";
import { badReadArrow, lostUpdateArrows } from "./arrows.js";
import { Cast, keyWords, words } from "./cast.js";
import { Evidence } from "./evidence.js";
import { explainStep } from "./reasons.js";

export const explain = (history: TxnHistory, inferred: Inferred, type: string, finding: Finding): ExplainedAnomaly => {
  const cast = new Cast(history);
  if (finding.is === "cycle") {
    const steps = finding.steps.slice(0, STEPS_MAX);
    for (const step of steps) cast.name(step.from);
    const edges = steps.map((step) => explainStep(history, inferred, step, cast));
    const [transactions, length] = [cast.shown(), finding.steps.length];
    return { type, because: cycleWords(edges, length), transactions, edges, omitted: length - transactions.length };
  }
  const evidence = evidenceOf(history, inferred, cast, type, finding);
  const because = new Sentences(history, cast).of(type, finding);
  const edges = evidence ?? arrowsOf(history, cast, finding, because);
  const transactions = cast.shown();
  const omitted = [...new Set(txnsOf(finding))].filter((txn) => !cast.has(txn)).length;
  return { type, because, transactions, edges, omitted };
};

/** null of what needs none of its own. */
const evidenceOf = (
  history: TxnHistory,
  inferred: Inferred,
  cast: Cast,
  type: string,
  finding: Finding,
): ExplainedAnomaly["edges"] | null => {
  const evidence = new Evidence(history, inferred, cast);
  if (finding.is === "internal") return evidence.internal(finding);
  if (finding.is === "dirty-update") return evidence.dirtyUpdate(finding);
  if (finding.is === "disagreement") return evidence.disagreement(finding);
  if (type === "duplicate-elements" && finding.is === "odd-element") return evidence.repeated(finding);
  return type === "future-read" && finding.is === "odd-element" ? evidence.future(finding) : null;
};

const arrowsOf = (history: TxnHistory, cast: Cast, finding: Finding, because: string): ExplainedAnomaly["edges"] => {
  if (finding.is === "bad-read") return [badReadArrow(history, cast, finding, because)];
  if (finding.is === "lost-update") return lostUpdateArrows(history, cast, finding, finding.txns.slice(0, TXNS_MAX));
  return [];
};

/** A longer cycle is no longer followed by anybody, only believed; its shape shows in the beginning. */
const STEPS_MAX = 100;
const STEPS_IN_WORDS_MAX = 8;

const cycleWords = (edges: ExplainedAnomaly["edges"], length: number): string => {
  const steps = edges.slice(0, STEPS_IN_WORDS_MAX).map(({ from, to, because }, i) => {
    return `${i === length - 1 ? "yet " : ""}${from} precedes ${to}, because ${because}`;
  });
  const more = length - steps.length;
  return steps.join("; ") + (more > 0 ? `; and so on for ${more} more steps, back to T1` : "");
};

/** Transactions beyond these are counted, not shown. */
const TXNS_MAX = 6;

type Case<Is extends Finding["is"]> = Extract<Finding, { readonly is: Is }>;

class Sentences {
  readonly #history: TxnHistory;
  readonly #cast: Cast;
  readonly #list: boolean;

  constructor(history: TxnHistory, cast: Cast) {
    this.#history = history;
    this.#cast = cast;
    this.#list = history.workload === "list-append";
  }

  of(type: string, finding: Exclude<Finding, { readonly is: "cycle" }>): string {
    let text: string;
    switch (finding.is) {
      case "bad-read":
        text = this.#badRead(type, finding);
        break;
      case "odd-element":
        text = this.#oddElement(type, finding);
        break;
      case "internal":
        text = this.#internal(finding);
        break;
      case "dirty-update":
        text = this.#dirtyUpdate(finding);
        break;
      case "disagreement":
        text = this.#disagreement(finding);
        break;
      case "lost-update":
        text = this.#lostUpdate(finding);
        break;
      case "cyclic-versions":
        text = this.#cyclicVersions(finding);
        break;
      case "exists":
        for (const txn of finding.txns) this.#cast.name(txn);
        text = `among ${finding.size} transactions there is a cycle that ${finding.model} forbids; no single one is shown`;
        break;
      case "empty":
        text = "no transaction depends on another: there was nothing to check";
        break;
    }
    return text;
  }

  #element(element: number | undefined): string {
    return words(this.#history.elementValue(element ?? 0));
  }

  #key(key: number): string {
    return keyWords(this.#history.keyName(key));
  }

  #keyOf(mop: number): string {
    return this.#key(this.#history.mopKey[mop] ?? 0);
  }

  #read(txn: number, mop: number): string {
    return `${this.#cast.name(txn)} read ${this.#keyOf(mop)} = ${words(mopValue(this.#history, mop)[2])}`;
  }

  #badRead(type: string, { txn, mop, writer, element }: Case<"bad-read">): string {
    const [reader, wrote] = [this.#cast.name(txn), this.#cast.name(writer)];
    const what = `${reader} read ${this.#element(element)} from ${this.#keyOf(mop)}, which ${wrote} wrote`;
    return type === "G1a" ? `${what} and aborted` : `${what} and then replaced itself: an intermediate state`;
  }

  #oddElement(type: string, { txn, mop, element }: Case<"odd-element">): string {
    const what = this.#read(txn, mop);
    const which = this.#element(element);
    if (type === "garbage-read") return `${what}, but no transaction ever wrote ${which} to it`;
    if (type === "future-read") return `${what} before it wrote ${which} itself`;
    return `${what}, where ${which} stands more than once`;
  }

  #internal({ txn, mop, expected, prefix }: Case<"internal">): string {
    const elements = expected.map((element) => this.#history.elementValue(element));
    const value: Json = this.#list ? elements : (elements[0] ?? null);
    const should = prefix ? `a list that ends with ${words(value)}` : words(value);
    return `${this.#read(txn, mop)}, but after what it did before that should have been ${should}`;
  }

  #dirtyUpdate({ key, txns, elements }: Case<"dirty-update">): string {
    const [first = 0] = txns;
    const aborted = `${this.#cast.name(first)} wrote ${this.#element(elements[0])} to ${this.#key(key)} and aborted`;
    const committed = this.#cast.name(txns[txns.length - 1] ?? first);
    return `${aborted}, yet ${committed} committed ${this.#element(elements[elements.length - 1])} on top of it`;
  }

  #disagreement({ txns, mops }: Case<"disagreement">): string {
    const [a, b] = [this.#read(txns[0] ?? 0, mops[0] ?? 0), this.#read(txns[1] ?? 0, mops[1] ?? 0)];
    return `${a} but ${b}: neither is the beginning of the other`;
  }

  #lostUpdate({ key, version, txns }: Case<"lost-update">): string {
    const state = `as ${this.#list ? "ending with " : ""}${version === INITIAL ? "" : this.#element(version)}`;
    const more = txns.length > TXNS_MAX ? ` and ${txns.length - TXNS_MAX} more` : "";
    const who = this.#cast.names(txns.slice(0, TXNS_MAX)) + more;
    const read = `${who} ${txns.length > 2 ? "all" : "both"} read ${this.#key(key)} ${version === INITIAL ? "in its initial state" : state}`;
    return `${read} and each then wrote it, unaware of the other's write`;
  }

  #cyclicVersions({ key, versions, sources, txns }: Case<"cyclic-versions">): string {
    for (const txn of txns) this.#cast.name(txn);
    const name = (version: number): string =>
      version >= this.#history.elements ? "the initial state" : this.#element(version);
    const order = [...versions, versions[0] ?? 0].map(name).join(", then ");
    return `the versions of ${this.#key(key)} would follow each other in a circle: ${order} (by ${sources.join(", ")})`;
  }
}
