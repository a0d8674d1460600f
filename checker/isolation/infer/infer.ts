/** Everything that is inferred from a history before any cycle is looked for. */

import type { TxnHistory } from "../history/columns.js";
import { Edges } from "../graph/edges.js";
import { Findings } from "./finding.js";
import { listAppendEdges } from "./list-append.js";
import { checkListInternal } from "./list-internal.js";
import { checkListReads } from "./list-reads.js";
import { type External, externals, registerEdges, type VersionEdges } from "./register.js";
import { checkRegisterReads } from "./register-reads.js";
import { checkDirtyUpdates, checkLostUpdates } from "./updates.js";
import { type VersionLists, versionLists } from "./version-lists.js";
import { type VersionRules, versionOrder } from "./version-order.js";
import { type Writers, writersOf } from "./writers.js";

export interface Inferred {
  readonly edges: Edges;
  readonly findings: Findings;
  readonly writers: Writers;
  /** What edges come from: needed again to explain them. */
  readonly basis:
    | { readonly is: "list-append"; readonly versions: VersionLists }
    | { readonly is: "rw-register"; readonly external: External; readonly order: VersionEdges };
}

export const inferListAppend = (history: TxnHistory, asElle: boolean): Inferred => {
  const edges = new Edges();
  const findings = new Findings();
  const writers = writersOf(history);
  const versions = versionLists(history, writers);
  checkListReads(history, writers, versions, findings, !asElle);
  checkListInternal(history, versions, findings, !asElle);
  checkDirtyUpdates(history, writers, versions, findings);
  checkLostUpdates(history, findings);
  listAppendEdges(history, writers, versions, edges);
  return { edges, findings, writers, basis: { is: "list-append", versions } };
};

/** What a history of registers shows whatever the order of versions is. */
export interface RegisterFacts {
  readonly findings: Findings;
  readonly writers: Writers;
  readonly external: External;
}

export const registerFacts = (history: TxnHistory, asElle: boolean): RegisterFacts => {
  const findings = new Findings();
  const writers = writersOf(history);
  checkRegisterReads(history, writers, findings, !asElle);
  checkLostUpdates(history, findings);
  return { findings, writers, external: externals(history, !asElle) };
};

export const inferRegister = (history: TxnHistory, facts: RegisterFacts, rules: VersionRules): Inferred => {
  const { writers, external } = facts;
  const findings = facts.findings.copy();
  const order = versionOrder(history, external, rules, findings);
  const edges = new Edges();
  registerEdges(history, external, order, edges);
  return { edges, findings, writers, basis: { is: "rw-register", external, order } };
};
