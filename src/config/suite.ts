/** A suite of tests as plain data: what `kvtest ci` runs. Every problem is reported, with where it stands. */

import { z } from "zod";
import type { DatabaseDefinition } from "../client/database.js";
import { NETWORKS } from "../client/network.js";
import { type Expectation, parseExpectation } from "./expectation.js";
import type { OwnHardware, OwnProtocol } from "./config.js";
import { parseRunFlags, type RunFlags, type TestConfig } from "./flags.js";
import { isRegister } from "../workload/options.js";

const UNKNOWN_POLICIES = ["fail", "retry", "pass"] as const;
export type UnknownPolicy = (typeof UNKNOWN_POLICIES)[number];

/** The flags of `kvtest run`, as they are called there (time-limit) or as a name (timeLimit). */
export interface SuiteFlags {
  readonly [flag: string]: string | number | boolean | readonly (string | number)[];
}

export interface TestDefinition {
  readonly name: string;
  /** Flags of `kvtest run`, over those of the suite. */
  readonly run?: SuiteFlags;
  /** Claims (linearizable, fresh, converges, ...) and limits ("p99 < 50ms during partition"). Default: linearizable. */
  readonly expect?: readonly string[] | string;
  /** "invalid": the test passes when a claim is refuted or a limit missed. Default: valid. */
  readonly expected?: "valid" | "invalid";
  /** In place of the suite's. */
  readonly database?: DatabaseDefinition;
  readonly unknown?: UnknownPolicy;
  readonly retries?: number;
}

/** What a `kvtest.config.ts` exports by default, and what a `kvtest.config.yaml` holds. */
export interface SuiteDefinition {
  /** Absent: the reference store. */
  readonly database?: DatabaseDefinition;
  /** What an unknown verdict comes to; default: fail. */
  readonly unknown?: UnknownPolicy;
  /** How often a test is run again after an unknown verdict (with `unknown: retry`) or a missed limit; default: 2. */
  readonly retries?: number;
  /** Flags of all tests. */
  readonly run?: SuiteFlags;
  readonly tests: readonly TestDefinition[];
}

/** Says nothing at run time; the compiler checks the suite. */
export const defineConfig = (suite: SuiteDefinition): SuiteDefinition => suite;

export interface SuiteTest {
  readonly name: string;
  readonly test: TestConfig;
  /** null: the reference store. */
  readonly database: DatabaseDefinition | null;
  readonly expect: readonly Expectation[];
  readonly expected: "valid" | "invalid";
  readonly unknown: UnknownPolicy;
  readonly retries: number;
  readonly allowVacuous: boolean;
  /** The file that the faults are read from, as the suite names it; null: they are drawn. */
  readonly faults: string | null;
  /** Was the seed given? Else a retry draws another one. */
  readonly isSeeded: boolean;
}

export interface Suite {
  readonly tests: readonly SuiteTest[];
}

export interface SuiteProblem {
  /** Where in the data it stands: ["tests", 0, "expect", 1]. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export interface SuiteOptions {
  /** What the flags of `kvtest run` are called, in camel case; whether they are switches, or may be given often. */
  readonly flags: ReadonlyMap<string, { readonly isSwitch: boolean; readonly isList: boolean }>;
  /** A seed for every test that names none. */
  readonly freshSeed: (test: number) => number;
}

const json = z.union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()]))]);
const code = z.custom<(...args: never) => unknown>((value) => typeof value === "function", "expected a function");
const statuses = z.array(z.int().min(100).max(599)).exactOptional();
const request = z.strictObject({
  method: z.string().exactOptional(),
  path: z.string().startsWith("/", 'expected a path that begins with "/"'),
  headers: z.record(z.string(), z.string()).exactOptional(),
  body: z.string().exactOptional(),
  value: z.string().startsWith("/", 'expected a JSON pointer such as "/value"').exactOptional(),
  absent: statuses,
  mismatch: statuses,
  notDone: statuses,
});
const reading = z.union(
  [
    z.strictObject({
      http: z.string().startsWith("/"),
      value: z.string().startsWith("/").exactOptional(),
    }),
    code,
  ],
  { error: 'expected { http: "/path", value: "/pointer" } or a function' },
);
const hardware = z.strictObject({
  clock: z.literal("libfaketime").exactOptional(),
  readClock: reading.exactOptional(),
  disk: z
    .union([z.literal("libfiu"), z.strictObject({ tmpfsMb: z.number().min(1) })], {
      error: 'expected "libfiu" or { tmpfsMb: 64 }',
    })
    .exactOptional(),
  diskHits: reading.exactOptional(),
});
const database = z
  .strictObject({
    name: z.string().min(1),
    start: z.union(
      [
        z.strictObject({
          command: z.string().min(1),
          args: z.array(z.union([z.string(), z.number()]).transform(String)).exactOptional(),
          env: z.record(z.string(), z.union([z.string(), z.number()]).transform(String)).exactOptional(),
          cwd: z.string().exactOptional(),
          peer: z.string().exactOptional(),
          separator: z.string().exactOptional(),
        }),
        code,
      ],
      "expected { command, args, env, cwd, peer, separator } or a function",
    ),
    ready: z
      .union([z.literal("tcp"), z.strictObject({ http: z.string().startsWith("/") }), code], {
        error: 'expected "tcp", { http: "/path" } or a function',
      })
      .exactOptional(),
    readyWithinMs: z.number().positive().exactOptional(),
    network: z.enum(NETWORKS).exactOptional(),
    client: code.exactOptional(),
    http: z
      .strictObject({
        read: request,
        write: request,
        cas: request.exactOptional(),
        dump: request.exactOptional(),
        greet: z.string().startsWith("/").exactOptional(),
      })
      .exactOptional(),
    leader: code.exactOptional(),
    hardware: hardware.exactOptional(),
  })
  .refine(({ client, http }) => (client === undefined) !== (http === undefined), {
    error: "expected either client (a function) or http (requests as data)",
  });
const flags = z.record(z.string(), json);
const policy = z.enum(UNKNOWN_POLICIES);
const retries = z.int().min(0).max(100);
const suite = z.strictObject({
  database: database.exactOptional(),
  unknown: policy.exactOptional(),
  retries: retries.exactOptional(),
  run: flags.exactOptional(),
  tests: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        run: flags.exactOptional(),
        expect: z
          .union([z.string(), z.array(z.string())], "expected one expectation or a list of them")
          .exactOptional(),
        expected: z.enum(["valid", "invalid"]).exactOptional(),
        database: database.exactOptional(),
        unknown: policy.exactOptional(),
        retries: retries.exactOptional(),
      }),
    )
    .min(1, "expected at least one test"),
});

export type ParsedSuite =
  | { readonly ok: true; readonly suite: Suite }
  | { readonly ok: false; readonly problems: readonly SuiteProblem[] };

/** `input`: what a file held or exported; of any shape. */
export function parseSuite(input: unknown, options: SuiteOptions): ParsedSuite {
  const parsed = suite.safeParse(input);
  if (!parsed.success) return { ok: false, problems: parsed.error.issues.map(problemOf) };
  // Its functions are checked to be functions; what they take and give, only the compiler can tell.
  const definition = parsed.data as unknown as SuiteDefinition;
  const problems: SuiteProblem[] = [];
  const tests = definition.tests.map((test, i) => testOf(definition, test, i, options, problems));
  const names = new Map<string, number>();
  for (const [i, { name }] of tests.entries()) {
    const first = names.get(name);
    if (first !== undefined)
      problems.push({ path: ["tests", i, "name"], message: `${JSON.stringify(name)}: is tests.${first} already` });
    else names.set(name, i);
  }
  return problems.length === 0 ? { ok: true, suite: { tests } } : { ok: false, problems };
}

const problemOf = (issue: { readonly path: readonly PropertyKey[]; readonly message: string }): SuiteProblem => ({
  path: issue.path.map((part) => (typeof part === "symbol" ? String(part) : part)),
  message: issue.message,
});

/** Flags that speak of the reference store. */
const REFERENCE_FLAGS = [
  "mode",
  "writeQuorum",
  "readQuorum",
  "readFrom",
  "isolation",
  "versioning",
  "readRepair",
  "replicationDelay",
  "quorumTimeout",
  "fsync",
] as const;
/** Flags of the command line and not of a test, and what says it here. */
const ELSEWHERE: { readonly [flag: string]: string } = {
  claim: "expect says it",
  failFast: "a suite judges whole runs",
  out: "kvtest ci --out says it",
  json: "kvtest ci --json says it",
  quiet: "kvtest ci --quiet says it",
};

function testOf(
  definition: SuiteDefinition,
  test: TestDefinition,
  index: number,
  options: SuiteOptions,
  problems: SuiteProblem[],
): SuiteTest {
  const at = (...path: readonly (string | number)[]) => ["tests", index, ...path];
  const own = test.database ?? definition.database ?? null;
  const shared =
    index === 0
      ? flagsOf(definition.run ?? {}, ["run"], options, problems)
      : flagsOf(definition.run ?? {}, [], options, []);
  const flags: RunFlags & { readonly allowVacuous?: boolean } = {
    ...shared,
    ...flagsOf(test.run ?? {}, at("run"), options, problems),
  };
  const expect = expectationsOf(test, at, problems);
  const claims = [...new Set(expect.flatMap((one) => (one.is === "claim" ? [one.claim] : [])))];
  const said = claims.length === 0 ? {} : { claim: claims.join(",") };
  if (own !== null) {
    for (const flag of REFERENCE_FLAGS) {
      if (flags[flag] !== undefined)
        problems.push({ path: at("run"), message: `${kebab(flag)}: is of the reference store, not of ${own.name}` });
    }
  }
  const parsed = parseRunFlags(
    { ...(own === null ? {} : { nodes: "3" }), ...flags, ...said },
    options.freshSeed(index),
  );
  for (const message of parsed.ok ? [] : parsed.problems) problems.push({ path: at("run"), message });
  const fallback = parseRunFlags({}, 0);
  const config = parsed.ok ? parsed.value : fallback.ok ? fallback.value : null;
  if (config === null) throw new Error("the defaults of kvtest run do not make a test");
  if (own !== null)
    ownProblems(own, config, claims, (message, ...path) => problems.push({ path: at(...path), message }));
  return {
    name: test.name,
    test: {
      ...config,
      claims,
      ...(own?.network === undefined || own.network === "links" ? {} : { network: own.network }),
      ...(own === null ? {} : { protocol: protocolOf(own) }),
    },
    database: own,
    expect,
    expected: test.expected ?? "valid",
    unknown: test.unknown ?? definition.unknown ?? "fail",
    retries: test.retries ?? definition.retries ?? 2,
    allowVacuous: flags.allowVacuous === true,
    faults: flags.faults ?? null,
    isSeeded: flags.seed !== undefined,
  };
}

function protocolOf({ name, hardware }: DatabaseDefinition): OwnProtocol {
  const { clock, disk } = hardware ?? {};
  const named: OwnHardware = {
    ...(clock === undefined ? {} : { clock }),
    ...(disk === undefined ? {} : { disk: disk === "libfiu" ? disk : "tmpfs" }),
  };
  return { mode: "own", database: name, ...(Object.keys(named).length === 0 ? {} : { hardware: named }) };
}

function ownProblems(
  own: DatabaseDefinition,
  { workload }: TestConfig,
  claims: readonly string[],
  problem: (message: string, ...path: readonly (string | number)[]) => void,
): void {
  if (!isRegister(workload)) {
    problem(
      `workload ${workload.name}: needs transactions; a database of one's own is asked to read, write and cas`,
      "run",
    );
  }
  if (claims.includes("converges") && own.http !== undefined && own.http.dump === undefined) {
    problem(`converges: nobody can tell unless ${own.name} tells its state (http.dump)`, "expect");
  }
}

function expectationsOf(
  { expect = "linearizable" }: TestDefinition,
  at: (...path: readonly (string | number)[]) => readonly (string | number)[],
  problems: SuiteProblem[],
): readonly Expectation[] {
  const texts = typeof expect === "string" ? [expect] : expect;
  const found = texts.flatMap((text, i): readonly Expectation[] => {
    const one = parseExpectation(text);
    if (one.is !== "problem")
      return one.is === "limit" && one.measure === "converges within" ? [CONVERGES, one] : [one];
    problems.push({ path: typeof expect === "string" ? at("expect") : at("expect", i), message: one.problem });
    return [];
  });
  if (texts.length === 0) problems.push({ path: at("expect"), message: "expected at least one claim or limit" });
  return found.filter((one, i) => found.findIndex(({ text }) => text === one.text) === i);
}

const CONVERGES: Expectation = { is: "claim", text: "converges", claim: "converges" };

function flagsOf(
  given: SuiteFlags,
  path: readonly (string | number)[],
  { flags }: SuiteOptions,
  problems: SuiteProblem[],
): RunFlags {
  const entries = Object.entries(given).flatMap(([name, value]): readonly (readonly [string, FlagValue])[] => {
    const flag = name.replace(/^--/, "").replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    const known = flags.get(flag);
    const problem = (message: string) => {
      problems.push({ path: [...path, name], message: `${name}: ${message}` });
      return [];
    };
    if (ELSEWHERE[flag] !== undefined) return problem(ELSEWHERE[flag] ?? "");
    if (known === undefined)
      return problem(
        `no flag of kvtest run; it has ${[...flags.keys()]
          .filter((one) => ELSEWHERE[one] === undefined)
          .map(kebab)
          .join(", ")}`,
      );
    if (known.isSwitch !== (typeof value === "boolean")) {
      // YAML reads `fsync: on` as a word, and `off` too; only true and false are switches.
      return problem(known.isSwitch ? "expected true or false" : "expected a value, not true or false");
    }
    if (typeof value === "boolean") return [[flag, value] as const];
    const all = (Array.isArray(value) ? value : [value]).map(String);
    return [[flag, known.isList ? all : all.join(",")] as const];
  });
  // The names were looked up, and `parseRunFlags` checks every value.
  return Object.fromEntries(entries);
}

type FlagValue = boolean | string | readonly string[];

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
