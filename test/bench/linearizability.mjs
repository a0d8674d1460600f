// How the check of registers with distinct values grows, from file to verdict, and beside it what Porcupine needed for
// the histories of ../shared/corpus, where that is there: for each a process of `kvtest check`, and of that what lies between the file and the verdict,
// and for Porcupine's own logs, as it was measured, the check alone in one process. Processes report their CPU time and
// their peak memory: neither depends much on what else the machine does.
//
//     npm run build && node test/bench/linearizability.mjs            10 000 to 1 000 000 operations, under a minute
//     node test/bench/linearizability.mjs --full                      to 10 000 000, and all sizes of the corpus
import { spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readAnyHistory } from "../../dist/checker/history/formats/any.js";
import { checkLinearizable } from "../../dist/checker/linearizability/check.js";
import { RegisterEvents } from "../../dist/checker/linearizability/stream/events.js";
import { DistinctStream } from "../../dist/checker/linearizability/stream/stream.js";
import { hurry } from "../../dist/src/check/short-run.js";

const self = fileURLToPath(import.meta.url);
const commandLine = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));
const corpus = fileURLToPath(new URL("../../../shared/corpus/linearizability/", import.meta.url));
const [mode, ...rest] = process.argv.slice(2);
const full = mode === "--full";

if (mode === "generate") generate(rest[0], Number(rest[1]));
else if (mode === "stream") report(rest[0], streamed);
else if (mode === "warm") reportWarm(rest[0], rest[1]);
else if (mode === "columns") reportColumns(Number(rest[0]));
else if (mode === "logs") reportLogs();
else main();

function main() {
  const dir = mkdtempSync(join(tmpdir(), "kvtest-bench-"));
  try {
    growth(dir, full ? [1e4, 1e5, 1e6, 1e7] : [1e4, 1e5, 1e6]);
    if (existsSync(corpus)) {
      logs();
      besidePorcupine(dir);
    } else console.log(`no ${corpus}: nothing to compare with`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Time an operation must not grow with the history. What the engine costs until it is warm is told apart. */
function growth(dir, sizes) {
  const warm = join(dir, "warm.jsonl");
  child("generate", warm, "200000");
  console.log("distinct values, 50 processes, 1000 keys; CPU time, medians of 5 processes");
  console.log("operations       bytes   verdict   file to verdict     of a warm process, an operation   peak memory");
  for (const size of sizes) {
    const file = join(dir, `${size}.jsonl`);
    child("generate", file, `${size}`);
    const rounds = size >= 1e7 ? 1 : 5;
    const found = median(() => child("stream", file), rounds);
    const again = median(() => child("warm", warm, file), rounds);
    const perOp = (again.cpuMs * 1e6) / size;
    console.log(
      `${`${size}`.padStart(10)}  ${`${(statSync(file).size / 1e6).toFixed(1)} MB`.padStart(10)}  ${found.valid.padStart(8)}  ${`${(found.cpuMs / 1000).toFixed(2)} s`.padStart(16)}  ${`${perOp.toFixed(0)} ns, ${(1e3 / perOp).toFixed(2)} M/s`.padStart(34)}  ${mb(found).padStart(12)}`,
    );
    rmSync(file);
  }
  const columns = median(() => child("columns", "2000000"));
  console.log(
    `the check alone, once events are numbers: ${(columns.operations / columns.cpuMs / 1e3).toFixed(1)} M operations/s`,
  );
}

/** Generated registers and maps: our file to verdict beside Porcupine's parse and check. */
function besidePorcupine(dir) {
  const { histories } = JSON.parse(readFileSync(join(corpus, "scaling.json"), "utf8"));
  const chosen = histories.filter(({ generator: { ops, procs, values, keys } }) =>
    full ? ops >= 10_000 : ops === 10_000 && (keys > 0 ? procs === 50 : procs >= 20) && values === "5",
  );
  const start = median(() => program(dir, ["-e", "0"]), 5);
  console.log(
    "\nhistory                                   verdict     kvtest CPU (wall), memory   file to verdict     Porcupine check CPU, with parsing (wall), memory\n" +
      `(kvtest: a whole process, of which the start of Node takes ${start.cpuMs.toFixed(0)} ms; and of it the CPU from the file to the verdict, which is what Porcupine's are)`,
  );
  let slower = 0;
  for (const { file, generator, verdict, porcupine } of chosen) {
    const path = join(dir, "history.jsonl");
    const args = Object.entries(generator).flatMap(([name, value]) => [`--${name}`, `${value}`]);
    spawnSync(process.execPath, [join(corpus, "generate.mjs"), path, ...args]);
    const found = median(() => program(dir, [commandLine, "check", path, "--only-claims"]));
    slower += porcupine.verdict === verdict && found.fileMs > porcupine.parse_plus_check_wall_ms ? 1 : 0;
    const between = `${found.fileMs.toFixed(0)} ms`;
    const same = found.valid === (verdict === "ok" ? "valid" : "invalid") ? "" : `  DIFFERS from ${verdict}`;
    const ours = `${found.cpuMs.toFixed(0)} ms (${found.wallMs.toFixed(0)} ms)`.padStart(17);
    const [alone, parsed] = [porcupine.check_cpu_ms, porcupine.parse_plus_check_wall_ms].map((ms) =>
      ms === undefined ? "-" : `${ms.toFixed(0)} ms`,
    );
    const theirs = `${alone}, ${parsed}`;
    const answer = porcupine.verdict === verdict ? "" : `  (${porcupine.verdict})`;
    console.log(
      `${file.replace("generated/", "").replace(".jsonl", "").padEnd(40)}  ${found.valid.padEnd(8)}  ${ours} ${mb(found).padStart(8)} ${between.padStart(15)}  ${theirs.padStart(24)} ${`${(porcupine.max_rss_mb ?? 0).toFixed(0)} MB`.padStart(9)}${answer}${same}`,
    );
    rmSync(path);
  }
  console.log(
    `${slower} of ${chosen.length} took longer from file to verdict than Porcupine, where it came to the same`,
  );
}

function mb({ rssMb }) {
  return `${rssMb.toFixed(0)} MB`;
}

function child(...args) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [self, ...args], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${args.join(" ")} failed: ${stderr}`);
  return stdout === "" ? null : JSON.parse(stdout);
}

function median(run, rounds = 5) {
  const found = Array.from({ length: rounds }, run).toSorted((a, b) => a.cpuMs - b.cpuMs);
  return found[Math.floor(rounds / 2)];
}

function report(file, check) {
  const valid = check(file);
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  console.log(JSON.stringify({ valid, cpuMs: (userCPUTime + systemCPUTime) / 1000, rssMb: maxRSS / 1024 }));
}

/** What a process of Node used, told on its fourth descriptor when it ends; `fileMs`: CPU from its first look at the file to its first word. */
function program(dir, args) {
  const tell = join(dir, "tell.cjs");
  if (!existsSync(tell)) writeFileSync(tell, `(${telling.toString()})();\n`);
  const stdio = ["ignore", "ignore", "ignore", "pipe"];
  const { status, output } = spawnSync(process.execPath, ["--require", tell, ...args], { stdio, encoding: "utf8" });
  return { valid: ["valid", "invalid", "unknown"][status] ?? `exit ${status}`, ...JSON.parse(output[3]) };
}

function telling() {
  const fs = require("node:fs");
  const begun = process.cpuUsage();
  const cpuMs = () => {
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1000;
  };
  let [first, said] = [null, null];
  for (const name of ["statSync", "readFileSync", "openSync", "createReadStream"]) {
    const own = fs[name];
    fs[name] = (path, ...rest) => {
      if (`${path}`.endsWith("history.jsonl")) first ??= cpuMs();
      return own(path, ...rest);
    };
  }
  const { write } = process.stdout;
  process.stdout.write = (...words) => {
    said ??= cpuMs();
    return write.apply(process.stdout, words);
  };
  process.on("exit", () => {
    const rssMb = process.resourceUsage().maxRSS / 1024;
    const used = {
      cpuMs: cpuMs() + (begun.user + begun.system) / 1000,
      wallMs: performance.now(),
      rssMb,
      fileMs: said - first,
    };
    fs.writeSync(3, JSON.stringify(used));
  });
}

/** Porcupine's logs of etcd and of a key-value store: the check alone, all of them in one process, five times over. */
function logs() {
  const { verdicts, passes, porcupineMs } = child("logs");
  const median = passes.toSorted((a, b) => a - b)[2];
  console.log(
    `\nlogs of etcd and kv, check CPU of all ${verdicts.of} (verdicts: ${verdicts.same} of ${verdicts.of}): kvtest ${passes.map((ms) => ms.toFixed(0)).join(", ")} ms in turn, median ${median.toFixed(0)} ms; Porcupine ${porcupineMs.toFixed(0)} ms`,
  );
}

function reportLogs() {
  // As `kvtest check` does for itself.
  hurry(join(corpus, "answers.json"));
  const { histories } = JSON.parse(readFileSync(join(corpus, "answers.json"), "utf8"));
  const chosen = histories.filter(({ format }) => format === "etcd-log" || format === "kv-txt");
  const read = chosen.map(({ file, verdict, porcupine }) => ({
    history: readAnyHistory(readFileSync(join(corpus, file))).history,
    expected: verdict === "ok" ? "valid" : "invalid",
    porcupineMs: (porcupine.strict_failed_cas_no_hash ?? porcupine.partitioned_by_key_with_hash).check_cpu_ms,
  }));
  let same = 0;
  const passes = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage();
    const answers = read.map(({ history }) => checkLinearizable(history).valid);
    const { user, system } = process.cpuUsage(before);
    same = answers.filter((valid, i) => valid === read[i].expected).length;
    return (user + system) / 1000;
  });
  const porcupineMs = read.reduce((sum, one) => sum + one.porcupineMs, 0);
  console.log(JSON.stringify({ verdicts: { same, of: read.length }, passes, porcupineMs }));
}

/** CPU time of one check in a process that has done others before. */
function reportWarm(warm, file) {
  for (let round = 0; round < 3; round++) streamed(warm);
  // Short histories several times over: a clock tick would be all that is seen of one.
  const rounds = Math.max(1, Math.round(2e7 / statSync(file).size));
  const before = process.cpuUsage();
  let valid = "";
  for (let round = 0; round < rounds; round++) valid = streamed(file);
  const { user, system } = process.cpuUsage(before);
  console.log(
    JSON.stringify({ valid, cpuMs: (user + system) / 1000 / rounds, rssMb: process.resourceUsage().maxRSS / 1024 }),
  );
}

/** The check on numbers: the same events three times, the last of which is timed. */
function reportColumns(operations) {
  const [keys, processes] = [1000, 50];
  const columns = Array.from({ length: 6 }, () => new Int32Array(2 * operations));
  const [process_, type, f, key, from, to] = columns;
  // Values are numbered key by key as they come: the first of each key is its initial one.
  const held = Int32Array.from({ length: keys }, (_, k) => k);
  const keyOf = new Int32Array(keys + operations);
  for (let k = 0; k < keys; k++) keyOf[k] = k;
  let [values, at] = [keys, 0];
  for (let op = 0; op < operations; op += processes) {
    for (const phase of [0, 1]) {
      for (let slot = 0; slot < processes; slot++, at++) {
        const k = (op * 7 + slot * 13) % keys;
        const isWrite = (op + slot) % 2 === 0;
        [process_[at], type[at], f[at], key[at], from[at], to[at]] = [slot, phase, isWrite ? 1 : 0, k, -1, -1];
        if (isWrite && phase === 0) {
          keyOf[values] = k;
          to[at] = values++;
        } else if (isWrite) held[k] = to[at - processes];
        else if (phase === 1) from[at] = held[k];
      }
    }
  }
  const check = () => {
    const events = new RegisterEvents(() => {});
    for (let k = 0; k < keys; k++) events.columns.addKey(k, k);
    const event = { process: 0, type: 0, f: 0, key: 0, from: 0, to: 0 };
    for (let i = 0; i < at; i++) {
      [event.process, event.type, event.f] = [process_[i], type[i], f[i]];
      [event.key, event.from, event.to] = [key[i], from[i], to[i]];
      const problem = events.take(event, i);
      if (problem !== null) throw new Error(problem);
    }
    return events.end(keys, (value) => keyOf[value]);
  };
  check();
  check();
  const before = process.cpuUsage();
  const found = check();
  const { user, system } = process.cpuUsage(before);
  if (found.is !== "swept" || found.clashes.size > 0) throw new Error("a legal history was not found valid");
  console.log(JSON.stringify({ valid: "valid", operations, cpuMs: (user + system) / 1000, rssMb: 0 }));
}

function streamed(file) {
  const stream = new DistinctStream();
  eachChunk(file, (chunk) => stream.push(chunk));
  return stream.end().is;
}

function eachChunk(file, take) {
  const descriptor = openSync(file, "r");
  const chunk = Buffer.allocUnsafe(1 << 20);
  for (let size = readSync(descriptor, chunk); size > 0; size = readSync(descriptor, chunk))
    take(chunk.subarray(0, size));
  closeSync(descriptor);
}

/** A simulated map of registers: half reads, a quarter writes of new values, a quarter cas, 1 % crash. */
function generate(file, operations) {
  const [processes, keys] = [50, 1000];
  let seed = 7;
  const draw = () => {
    seed = (seed + 0x6d2b79f5) >>> 0;
    let x = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
  const held = Array.from({ length: keys }, () => null);
  const running = Array.from({ length: processes }, () => null);
  const names = running.map((_, process) => process);
  const descriptor = openSync(file, "w");
  let [lines, index, begun, value, open, nextProcess] = ["", 0, 0, 0, 0, processes];
  const write = (slot, type, { f, key }, v) => {
    lines += `{"index":${index},"time":${1000 * index},"process":${names[slot]},"type":"${type}","f":"${f}","key":"k${key}","value":${JSON.stringify(v)}}\n`;
    index++;
    if (lines.length > 1 << 20) {
      writeSync(descriptor, lines);
      lines = "";
    }
  };
  while (begun < operations || open > 0) {
    const slot = Math.floor(draw() * processes);
    const op = running[slot];
    if (op === null) {
      if (begun === operations) continue;
      const key = Math.floor(draw() * keys);
      const f = draw() < 0.5 ? "read" : draw() < 0.5 ? "write" : "cas";
      const argument = f === "read" ? null : f === "write" ? ++value : [held[key], ++value];
      running[slot] = { f, key, argument, result: undefined };
      write(slot, "invoke", running[slot], argument);
      begun++;
      open++;
    } else if (op.result === undefined) {
      op.result = op.f === "read" ? held[op.key] : op.argument;
      if (op.f === "write") held[op.key] = op.argument;
      if (op.f === "cas" && held[op.key] === op.argument[0]) held[op.key] = op.argument[1];
      else if (op.f === "cas") op.result = null;
    } else {
      running[slot] = null;
      open--;
      if (draw() < 0.01) {
        write(slot, "info", op, op.argument);
        names[slot] = nextProcess++;
      } else write(slot, op.f === "cas" && op.result === null ? "fail" : "ok", op, op.result ?? op.argument);
    }
  }
  writeSync(descriptor, lines);
  closeSync(descriptor);
}
