/** Plays a story on a real cluster, step by step, and looks whether it goes as it is told. */

import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Cluster } from "../cluster/cluster.js";
import { parseClusterFlags } from "../config/flags.js";
import { describeProtocol } from "../report/describe.js";
import { parseCommand } from "../shell/command.js";
import { ClusterControl } from "../shell/control.js";
import { heldInWords, type Holdings, Session } from "../shell/session.js";
import type { Act, Holds, Step, Story } from "./story.js";

/** How long a state is waited for. */
const HOLDS_WITHIN_MS = 15_000;
const LOOK_EVERY_MS = 20;
const STAYS_MS = 3000;
const TIMEOUT_MS = 10_000;
/** What a quorum has, unless the story says it: a busy node is not to be taken for one that is cut off. */
const QUORUM_TIMEOUT = "2000";
const SEED = 1;

export interface ToldStep {
  readonly say: string;
  /** As it is typed: `n1> put x 1`; null where somebody only looks. */
  readonly typed: string | null;
  readonly answer: readonly string[];
  /** Every replica's own state; null: it did not answer. */
  readonly states: { readonly [node: string]: Holdings | null };
  /** What is otherwise than it is told; empty: nothing. */
  readonly otherwise: readonly string[];
}

export interface ToldAct {
  readonly say: string;
  /** The command that starts such a cluster. */
  readonly nodes: string;
  readonly cluster: string;
  readonly steps: readonly ToldStep[];
}

export interface Told {
  readonly name: string;
  readonly title: string;
  readonly moral: string;
  readonly acts: readonly ToldAct[];
  /** Did everything go as the story says? */
  readonly asTold: boolean;
}

export interface TellOptions {
  readonly signal: AbortSignal;
  /** How long a state is waited for, ms; default 15000. */
  readonly withinMs?: number;
  readonly onCluster: (cluster: Cluster) => void;
  /** Told as soon as it is known. */
  readonly onAct: (act: Omit<ToldAct, "steps">) => void;
  readonly onStep: (step: ToldStep, number: number) => void;
}

/** Stops early when the signal is aborted. */
export async function tell({ name, title, moral, acts }: Story, options: TellOptions): Promise<Told> {
  const told: ToldAct[] = [];
  for (const act of acts) if (!options.signal.aborted) told.push(await play(act, options));
  const steps = told.flatMap((act) => act.steps);
  const whole = steps.length === acts.flatMap((act) => act.steps).length;
  return { name, title, moral, acts: told, asTold: whole && steps.every(({ otherwise }) => otherwise.length === 0) };
}

/** A flag without a value is a switch: `noReadRepair` turns `readRepair` off, as commander has it. */
function flagsOf(cluster: Act["cluster"]): Parameters<typeof parseClusterFlags>[0] {
  const given = Object.entries(cluster).map(([flag, value]): [string, string | boolean] => {
    if (value !== "") return [flag, value];
    const off = /^no([A-Z])(.*)$/.exec(flag);
    return off === null ? [flag, true] : [`${off[1]?.toLowerCase()}${off[2]}`, false];
  });
  return Object.fromEntries(given);
}

const written = (cluster: Act["cluster"]): string =>
  Object.entries(cluster)
    .map(
      ([flag, value]) =>
        `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}${value === "" ? "" : ` ${value}`}`,
    )
    .join(" ");

async function play(act: Act, options: TellOptions): Promise<ToldAct> {
  const parsed = parseClusterFlags(flagsOf({ quorumTimeout: QUORUM_TIMEOUT, ...act.cluster }), SEED);
  if (!parsed.ok) throw new Error(`no such cluster: ${parsed.problems.join("; ")}`);
  const { nodes, protocol } = parsed.value;
  const dir = await mkdtemp(join(tmpdir(), "kvtest-scenario-"));
  const cluster = await Cluster.start({ ...parsed.value, dir, portBase: null });
  options.onCluster(cluster);
  const title = describeProtocol(protocol, nodes.length);
  const head = { say: act.say, nodes: `kvtest nodes ${written(act.cluster)}`, cluster: title };
  options.onAct(head);
  const stage = new Stage(nodes, new ClusterControl(cluster, title), options.withinMs ?? HOLDS_WITHIN_MS);
  const steps: ToldStep[] = [];
  try {
    for (const step of act.steps) {
      if (options.signal.aborted) break;
      const told = await stage.do(step);
      steps.push(told);
      options.onStep(told, steps.length);
    }
  } finally {
    stage.close();
    await cluster.stop();
    rmSync(dir, { recursive: true, force: true });
  }
  return { ...head, steps };
}

/** A cluster and one client beside each of its nodes. */
class Stage {
  readonly #nodes: readonly string[];
  readonly #withinMs: number;
  readonly #clients: ReadonlyMap<string, Session>;

  constructor(nodes: readonly string[], control: ClusterControl, withinMs: number) {
    this.#withinMs = withinMs;
    this.#nodes = nodes;
    this.#clients = new Map(nodes.map((at) => [at, new Session({ control, at, timeoutMs: TIMEOUT_MS })]));
  }

  async do(step: Step): Promise<ToldStep> {
    const { say, at, run, pauseMs } = step;
    if (pauseMs !== undefined) await sleep(pauseMs);
    const client = at === undefined ? undefined : this.#clients.get(at);
    const answer = client === undefined || run === undefined ? [] : await this.#type(client, run);
    const states = await this.#watch(step);
    const otherwise = [
      ...(step.answers === undefined || same(answer, step.answers)
        ? []
        : [`the answer was to be: ${step.answers.join(" / ")}`]),
      ...(isHeld(step.holds, states) ? [] : [`the replicas were to hold: ${JSON.stringify(step.holds)}`]),
    ];
    return { say, typed: at === undefined || run === undefined ? null : `${at}> ${run}`, answer, states, otherwise };
  }

  close(): void {
    for (const client of this.#clients.values()) client.close();
  }

  #type(client: Session, line: string): Promise<readonly string[]> {
    const parsed = parseCommand(line, this.#nodes);
    if (!parsed.ok) throw new Error(`${line}: ${parsed.problem}`);
    return client.do(parsed.command);
  }

  /** Looks until the replicas hold what they are to hold, or the time is up; and where that is to stay, once more. */
  async #watch({ holds, stays }: Step): Promise<ToldStep["states"]> {
    const deadline = performance.now() + this.#withinMs;
    let states = await this.#look();
    while (!isHeld(holds, states) && performance.now() < deadline) {
      await sleep(LOOK_EVERY_MS);
      states = await this.#look();
    }
    if (stays !== true) return states;
    await sleep(STAYS_MS);
    return this.#look();
  }

  async #look(): Promise<ToldStep["states"]> {
    const states = [...this.#clients].map(async ([node, client]) => [node, await client.holdings(node)] as const);
    return Object.fromEntries(await Promise.all(states));
  }
}

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((line, i) => line === b[i]);

function isHeld(holds: Holds, states: ToldStep["states"]): boolean {
  const nodes = Object.keys(states);
  return Object.entries(holds).every(([key, cells]) =>
    nodes.every((node, i) => cellOf(states[node] ?? null, key) === cells[i]),
  );
}

/** What a node holds under a key, as a story spells it. */
export const cellOf = (holdings: Holdings | null, key: string): string =>
  holdings === null ? "down" : heldInWords(holdings[key]);
