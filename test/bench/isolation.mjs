// What the isolation checker costs from file to verdict as the history grows. Every row is a process of its own: CPU
// seconds of reading, of checking, of all of it with its start, cold; the same per transaction; the same once the code is
// compiled (repeated, the best); and what `kvtest check` as a command takes, with the most memory that it held. Below it
// the curve, and beside it Elle's. CPU time, because machines are shared.
//
//   node test/bench/isolation.mjs [list-append|rw-register] [transactions ...]
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const self = fileURLToPath(import.meta.url);
const dist = (path) => import(`../../dist/checker/isolation/${path}.js`);

/** A valid history: transactions take effect at one moment between invocation and completion, 20 at a time. */
function generate(file, workload, txns) {
  let state = 1;
  const draw = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const [write, store, written] = [workload === "list-append" ? "append" : "w", new Map(), new Map()];
  const active = Array.from({ length: 10 }, (_, i) => i);
  let nextKey = 10;
  const transaction = () =>
    Array.from({ length: 1 + Math.floor(draw() * 4) }, () => {
      // Key i of ten is twice as hot as key i - 1; one that was written 32 times retires.
      const slot = Math.max(0, 9 + Math.floor(Math.log2(draw() + 2 ** -10)));
      if (draw() < 0.5) return ["r", active[slot], null];
      if ((written.get(active[slot]) ?? 0) >= 32) active[slot] = nextKey++;
      const value = (written.get(active[slot]) ?? 0) + 1;
      written.set(active[slot], value);
      return [write, active[slot], value];
    });
  const run = (mops) =>
    mops.map(([f, key, value]) => {
      const held = store.get(key) ?? null;
      if (f === "r") return [f, key, Array.isArray(held) ? [...held] : held];
      store.set(key, workload === "list-append" ? [...(held ?? []), value] : value);
      return [f, key, value];
    });
  const out = openSync(file, "w");
  let [lines, index, begun] = [[], 0, 0];
  const emit = (process, type, value) => {
    lines.push(JSON.stringify({ index, time: index * 40_000, process, type, f: "txn", value }));
    index++;
    if (lines.length < 20_000) return;
    writeSync(out, `${lines.join("\n")}\n`);
    lines = [];
  };
  const clients = Array.from({ length: 20 }, (_, process) => ({ process, step: 0, mops: [], type: "ok" }));
  while (clients.length > 0) {
    const at = Math.floor(draw() * clients.length);
    const client = clients[at];
    if (client.step === 0 && begun === txns) {
      clients.splice(at, 1);
      continue;
    }
    if (client.step === 0) {
      begun++;
      client.mops = transaction();
      client.type = draw() < 0.01 ? "fail" : "ok";
      emit(client.process, "invoke", client.mops);
    } else if (client.step === 1 && client.type === "ok") client.mops = run(client.mops);
    else if (client.step === 2) emit(client.process, client.type, client.mops);
    client.step = (client.step + 1) % 3;
  }
  if (lines.length > 0) writeSync(out, `${lines.join("\n")}\n`);
  closeSync(out);
}

const cpuMs = () => (process.cpuUsage().user + process.cpuUsage().system) / 1000;

/** In a child: one file, one verdict. */
async function measure(file, workload) {
  const { JsonLinesReader } = await dist("history/json-lines");
  const { checkIsolation } = await dist("check");
  const once = () => {
    const start = cpuMs();
    const reader = new JsonLinesReader(workload);
    const [input, chunk] = [openSync(file, "r"), new Uint8Array(1 << 20)];
    for (let size = readSync(input, chunk); size > 0; size = readSync(input, chunk)) {
      reader.push(chunk.subarray(0, size));
    }
    closeSync(input);
    const history = reader.end();
    const read = cpuMs();
    const { valid, details } = checkIsolation(history, { workload });
    const end = cpuMs();
    const { dependencies } = details;
    return { valid, dependencies, txns: history.txns, readMs: read - start, checkMs: end - read, bothMs: end - start };
  };
  const cold = once();
  const repeats = Math.min(20, Math.ceil(1_000_000 / cold.txns));
  const warmMs = Math.min(...Array.from({ length: repeats }, () => once().bothMs));
  console.log(JSON.stringify({ ...cold, warmMs }));
}

/** In a child: the command itself, as a user gives it; what it took goes to stderr. */
async function command(file, workload) {
  process.on("exit", () => {
    console.error(JSON.stringify({ commandMs: cpuMs(), maxRssMb: Math.round(process.resourceUsage().maxRSS / 1024) }));
  });
  process.argv = [process.argv[0], "kvtest", "check", file, "--workload", workload];
  await import("../../dist/src/cli/main.js");
}

/**
 * Elle ccdee6f on Java 17, cold, from a file of the same make (20 clients, 10 keys at a time, 32 writes a key): CPU
 * seconds and MB. At a million with 10 clients and a heap of 6 GB, the smallest that did.
 */
const ELLE = {
  "list-append": { 10_000: [6.21, 310], 100_000: [24.76, 1406], 1_000_000: [150.15, 6433] },
  "rw-register": { 10_000: [4.82, 288], 100_000: [19.7, 1910] },
};

const child = (mode, file, workload) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [self, mode, file, workload], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return { stdout, stderr };
};

const COLUMNS = [
  ["transactions", 12],
  ["MB", 6],
  ["read s", 8],
  ["check s", 9],
  ["us each", 9],
  ["us warm", 9],
  ["edges", 9],
  ["command s", 11],
  ["MB held", 9],
  ["Elle s", 8],
  ["MB held", 9],
];

const row = (cells) => console.log(cells.map((cell, i) => String(cell).padStart(COLUMNS[i][1])).join(""));

function main(workload, sizes) {
  const folder = mkdtempSync(join(tmpdir(), "kvtest-bench-"));
  console.log(`${workload}, strict-serializable\n`);
  row(COLUMNS.map(([name]) => name));
  const points = [];
  try {
    for (const txns of sizes) {
      const file = join(folder, `${txns}.jsonl`);
      generate(file, workload, txns);
      const { valid, dependencies, readMs, checkMs, warmMs } = JSON.parse(child("--measure", file, workload).stdout);
      if (valid !== "valid") throw new Error(`the generated history is ${valid}`);
      const { commandMs, maxRssMb } = JSON.parse(child("--command", file, workload).stderr.trim().split("\n").at(-1));
      const [each, warm] = [readMs + checkMs, warmMs].map((ms) => (ms * 1000) / txns);
      const [elle, elleMb] = ELLE[workload][txns] ?? [null, null];
      row([
        txns,
        (statSync(file).size / 1e6).toFixed(0),
        ...[readMs, checkMs].map((ms) => (ms / 1000).toFixed(2)),
        ...[each, warm].map((us) => us.toFixed(2)),
        dependencies,
        (commandMs / 1000).toFixed(2),
        maxRssMb,
        elle ?? "",
        elleMb ?? "",
      ]);
      points.push({ txns, warm, command: commandMs / 1000, elle });
      rmSync(file);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  curve(points);
  const each = points.map(({ warm }) => warm);
  console.log(
    `\nPer transaction, warm: the dearest size costs ${(Math.max(...each) / Math.min(...each)).toFixed(2)} times the cheapest.`,
  );
  for (const { txns, command: took, elle } of points) {
    if (elle !== null)
      console.log(`At ${txns} transactions the command takes 1/${(elle / took).toFixed(0)} of Elle's CPU time.`);
  }
}

/** A value's place among `cells` cells between `low` and `high`, in powers of ten. */
const scale = (low, high, cells) => (value) =>
  Math.round(((Math.log10(value) - Math.log10(low)) / (Math.log10(high / low) || 1)) * (cells - 1));

/** CPU seconds over transactions, both in powers of ten: what is linear is a straight line at 45 degrees. */
function curve(points) {
  const [width, height] = [60, 16];
  const series = [
    ["E", ({ elle }) => elle],
    ["o", ({ warm, txns }) => (warm * txns) / 1e6],
    ["*", ({ command: took }) => took],
  ];
  const values = series.flatMap(([, of]) => points.map(of)).filter((value) => value !== null);
  const x = scale(points[0].txns, points.at(-1).txns, width);
  const [least, most] = [
    10 ** Math.floor(Math.log10(Math.min(...values))),
    10 ** Math.ceil(Math.log10(Math.max(...values))),
  ];
  const y = scale(least, most, height);
  const grid = Array.from({ length: height }, () => Array.from({ length: width }, () => " "));
  for (const [mark, of] of series) {
    for (const point of points) if (of(point) !== null) grid[y(of(point))][x(point.txns)] = mark;
  }
  console.log("\nCPU s     E Elle, cold    * kvtest check, cold    o read and check, warm");
  for (let line = height - 1; line >= 0; line--) {
    const tenth = Math.round(Math.log10(most / least));
    const power = Array.from({ length: tenth + 1 }, (_, i) => least * 10 ** i).find((value) => y(value) === line);
    const label = power === undefined ? "" : String(Number(power.toPrecision(1)));
    console.log(`${label.padStart(7)} |${grid[line].join("").trimEnd()}`);
  }
  console.log(`${"".padStart(7)} +${"-".repeat(width)}`);
  const names = Array.from({ length: width + 9 }, () => " ");
  for (const { txns } of points)
    String(txns)
      .split("")
      .forEach((digit, i) => (names[x(txns) + i] = digit));
  console.log(`${"".padStart(9)}${names.join("").trimEnd()}  transactions`);
}

const [first, second, third] = process.argv.slice(2);
if (first === "--measure") await measure(second, third);
else if (first === "--command") await command(second, third);
else {
  const sizes = process.argv.slice(3).map(Number);
  main(first ?? "list-append", sizes.length > 0 ? sizes : [10_000, 30_000, 100_000, 300_000, 1_000_000]);
}
