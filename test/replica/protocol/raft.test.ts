import { expect, test } from "vitest";
import { type Recipe, simulate } from "../../../src/hunt/simulated.js";
import type { BugName } from "../../../src/replica/protocol/bugs.js";
import type { Effect } from "../../../src/replica/protocol/protocol.js";
import type { Json } from "../../../src/replica/wire.js";
import { Alone, raftConfig, replies, sentTo } from "./alone.js";
import { agree, linearizable } from "./seeds.js";

function search(seeds: number, recipe: Recipe) {
  const found = { wrong: [] as number[], stuck: [] as number[], differ: [] as number[] };
  const counts: { [what: string]: number } = {};
  for (let seed = 1; seed <= seeds; seed++) {
    const run = simulate({ durationMs: 2000, ...recipe, seed });
    if (!linearizable(run)) found.wrong.push(seed);
    if (!run.progressed) found.stuck.push(seed);
    if (!agree(run)) found.differ.push(seed);
    for (const [what, n] of Object.entries(run.counts)) counts[what] = (counts[what] ?? 0) + n;
  }
  return { found, counts };
}

const NOTHING = { wrong: [], stuck: [], differ: [] };
const SETTINGS: { readonly [name: string]: Recipe } = {
  "3 nodes": { protocol: raftConfig() },
  "5 nodes": { protocol: raftConfig(), nodes: 5 },
  "5 nodes, and who votes changes": { protocol: raftConfig(), nodes: 5, changeEveryMs: 150 },
  "leases, and clocks that jump and drift within the bound": {
    protocol: raftConfig({ read: "lease" }),
    jumpEveryMs: 100,
    network: { clockDrift: 0.1 },
  },
  "no pre-votes": { protocol: raftConfig({ preVote: false }) },
};

for (const [name, options] of Object.entries(SETTINGS)) {
  test(`${name}: linearizable, in agreement and going on after healing, whatever breaks`, () => {
    const { found, counts } = search(40, options);
    expect(found).toEqual(NOTHING);
    const seen = ["read ok", "write ok", "cas ok", "cas mismatch", "write partial", "write not-leader"];
    for (const what of [...seen, "kill", "pause", "isolate", "cut"]) expect(counts[what], what).toBeGreaterThan(5);
    if (options.changeEveryMs !== undefined) {
      for (const what of ["add ok", "remove ok"]) expect(counts[what], what).toBeGreaterThan(5);
    }
  });
}

function planted(
  config: ReturnType<typeof raftConfig>,
  { bug, persisted = [] }: { readonly bug?: BugName | undefined; readonly persisted?: readonly Json[] },
): Alone {
  return new Alone(config, "n1", persisted, ["n1", "n2", "n3"], bug);
}

/** A leader of term 1, by the votes of a node that the test plays. */
function leading(settings: Parameters<typeof raftConfig>[0] = {}): Alone {
  const node = new Alone(raftConfig(settings));
  node.fire("election", 250);
  node.hear("n2", { is: "voted", term: 0, asked: 1, pre: true, granted: true });
  node.hear("n2", { is: "voted", term: 1, asked: 1, pre: false, granted: true });
  return node;
}

test("who is not the leader says so, and who is if it knows", () => {
  const node = new Alone(raftConfig());
  expect(replies(node.read("x"))).toMatchObject([{ error: "not-leader" }]);
  node.hear("n2", { is: "append", term: 1, prevAt: 0, prevTerm: 0, entries: [], commit: 0, round: 1 });
  expect(replies(node.write("x", 1))).toMatchObject([{ error: "not-leader", leader: "n2" }]);
});

test("a write is answered when a majority has it, and is kept here before it is sent", () => {
  const node = leading();
  const effects = node.write("x", 7);
  expect(replies(effects)).toEqual([]);
  expect(effects.filter(({ is }) => is !== "timer").map(({ is }) => is)).toEqual(["persist", "send", "send"]);
  expect(sentTo("n2", effects)).toMatchObject([{ is: "append", prevAt: 1, entries: [{ at: 2, term: 1 }] }]);
  expect(replies(node.hear("n2", { is: "appended", term: 1, ok: true, at: 2, round: 1 }))).toEqual([
    { ok: true, value: null },
  ]);
});

test("a read waits for a majority that answers a round which began after it", () => {
  const node = leading();
  node.hear("n2", { is: "appended", term: 1, ok: true, at: 1, round: 1 });
  expect(replies(node.read("x"))).toEqual([]);
  expect(replies(node.hear("n3", { is: "appended", term: 1, ok: true, at: 1, round: 1 }))).toEqual([]);
  expect(replies(node.hear("n3", { is: "appended", term: 1, ok: true, at: 1, round: 2 }))).toEqual([
    { ok: true, value: null },
  ]);
});

/** The messages to n2 that are more than a heartbeat. */
const entriesOf = (effects: readonly Effect[]): readonly Json[] =>
  sentTo("n2", effects).filter((message) => (message as { entries?: Json[] }).entries?.length !== 0);

test("what the injected delay holds back is not sent again for every question that overtakes it", () => {
  const node = leading({ replicationDelayMs: [1000, 1000] });
  const denies = { is: "appended", term: 1, ok: false, at: 1, round: 1 } as const;
  node.hear("n2", denies);
  node.write("x", 7);
  node.nowMs += 999;
  expect(entriesOf(node.hear("n2", denies))).toEqual([]);
  node.nowMs += 1;
  expect(entriesOf(node.hear("n2", denies))).toMatchObject([{ entries: [{ at: 1 }, { at: 2 }] }]);
});

test("an answer to what a leader said in an earlier reign confirms no read of this one", () => {
  const follower = new Alone(raftConfig(), "n2");
  const append = { is: "append", term: 2, prevAt: 0, prevTerm: 0, entries: [], commit: 0, round: 1 } as const;
  follower.hear("n1", append);
  const [late] = sentTo("n1", follower.hear("n1", { ...append, term: 1, round: 300 }));
  const node = planted(raftConfig({ preVote: false }), { persisted: [{ term: 1, vote: "n1" }] });
  node.fire("election", 250);
  node.hear("n2", { is: "voted", term: 2, asked: 2, pre: false, granted: true });
  node.hear("n2", { is: "appended", term: 2, ok: true, at: 1, round: 1 });
  node.read("x");
  expect(replies(node.hear("n2", late!))).toEqual([]);
  expect(replies(node.hear("n3", { is: "appended", term: 2, ok: true, at: 1, round: 2 }))).toHaveLength(1);
});

test("a request that is asked again is done once, and answered alike", () => {
  const node = leading();
  const session = { client: "c", seq: 1 };
  const cas = { op: "cas", key: "x", from: null, to: 1, session } as const;
  node.ask(cas);
  node.ask(cas);
  const answers = replies(node.hear("n2", { is: "appended", term: 1, ok: true, at: 3, round: 1 }));
  expect(answers).toEqual([
    { ok: true, value: null },
    { ok: true, value: null },
  ]);
  expect(replies(node.ask(cas))).toEqual([{ ok: true, value: null }]);
});

test("a vote is kept before it is given, and outlives the node", () => {
  const node = new Alone(raftConfig({ preVote: false }));
  const question = { is: "vote", term: 3, lastAt: 0, lastTerm: 0, pre: false };
  node.nowMs = 500;
  expect(sentTo("n2", node.hear("n2", question))).toMatchObject([{ is: "voted", granted: true }]);
  const again = planted(raftConfig({ preVote: false }), { persisted: node.persisted });
  again.nowMs = 500;
  expect(sentTo("n3", again.hear("n3", question))).toMatchObject([{ is: "voted", granted: false }]);
  expect(sentTo("n2", again.hear("n2", question))).toMatchObject([{ is: "voted", granted: true }]);
});

/** What a restarted node says to another candidate of the term in which it had voted, or to one of an earlier term. */
function votesAgain(term: number, bug?: BugName): boolean {
  const config = raftConfig({ preVote: false });
  const question = { is: "vote", lastAt: 0, lastTerm: 0, pre: false };
  const node = planted(config, { bug });
  node.nowMs = 500;
  expect(sentTo("n2", node.hear("n2", { ...question, term: 3 }))).toMatchObject([{ granted: true }]);
  const again = planted(config, { bug, persisted: node.persisted });
  again.nowMs = 500;
  const [answer] = sentTo("n3", again.hear("n3", { ...question, term }));
  return (answer as { granted: boolean }).granted;
}

test("without a durable vote or term a node votes twice", () => {
  expect([votesAgain(3), votesAgain(2)]).toEqual([false, false]);
  expect([votesAgain(3, "raft-vote-not-durable"), votesAgain(2, "raft-vote-not-durable")]).toEqual([true, false]);
  expect([votesAgain(3, "raft-term-not-durable"), votesAgain(2, "raft-term-not-durable")]).toEqual([true, true]);
});

const OLD = { at: 1, term: 1, command: { op: "write", key: "x", value: 1 } };

/** Leads in term 2, with an entry of term 1 that nobody knows to be committed. */
function heir(bug?: BugName): Alone {
  const node = planted(raftConfig({ preVote: false }), { bug, persisted: [{ term: 1, vote: null }, OLD] });
  node.fire("election", 250);
  node.hear("n2", { is: "voted", term: 2, asked: 2, pre: false, granted: true });
  return node;
}

/** What it holds once a majority has the old entry, and nothing of its own term. */
function commitsOld(bug?: BugName): unknown {
  const node = heir(bug);
  node.hear("n2", { is: "appended", term: 2, ok: true, at: 1, round: 1 });
  return (replies(node.ask({ op: "dump" }))[0] as { value: unknown }).value;
}

test("an entry of an earlier term is committed by one of this term, not because a majority has it", () => {
  expect(commitsOld()).toEqual({});
  expect(commitsOld("raft-commits-earlier-term")).toEqual({ x: [1] });
});

/** Messages about a change that was just asked for. */
function changesSent(node: Alone): number {
  return sentTo("n2", node.ask({ op: "voters", change: "remove", node: "n3" })).length;
}

test("who votes is not changed before an entry of this term is committed", () => {
  expect(changesSent(heir())).toBe(0);
  expect(changesSent(heir("raft-config-before-own-term"))).toBe(1);
  const settled = heir();
  settled.hear("n2", { is: "appended", term: 2, ok: true, at: 2, round: 1 });
  expect(changesSent(settled)).toBe(1);
});

function votersAt(at: number, ...voters: string[]): Json {
  return { at, term: 1, command: { op: "voters", voters } };
}

test("who was added and removed again stands, as long as neither is known to be committed", () => {
  const persisted = [{ term: 1, vote: null }, votersAt(1, "n1", "n2", "n3"), votersAt(2, "n2", "n3")];
  const node = planted(raftConfig({ voters: ["n2", "n3"] }), { persisted });
  expect(sentTo("n2", node.fire("election", 250))).toMatchObject([{ is: "vote", pre: true, lastAt: 2 }]);
});

function traceOf(seed: number): string {
  const lines: string[] = [];
  simulate({ protocol: raftConfig(), seed, trace: (line) => lines.push(line) });
  return lines.join("\n");
}

test("the same seed gives the same trace, another seed another", () => {
  expect(traceOf(7)).toBe(traceOf(7));
  expect(traceOf(7)).not.toBe(traceOf(8));
});
