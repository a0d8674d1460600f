// What the isolation checker costs from file to verdict as the history grows. Every row is a process of its own: CPU
// seconds of reading, of checking, of all of it with its start, cold; the same per transaction; the same once the code is
// compiled (repeated, the best); and the most memory held in the cold run. CPU time, because machines are shared.
//
//   node test/bench/isolation.mjs [list-append|rw-register] [transactions ...]
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
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
  const cpuMsCold = cpuMs();
  const maxRssMb = Math.round(process.resourceUsage().maxRSS / 1024);
  const repeats = Math.min(20, Math.ceil(1_000_000 / cold.txns));
  const warmMs = Math.min(...Array.from({ length: repeats }, () => once().bothMs));
  console.log(JSON.stringify({ ...cold, cpuMs: cpuMsCold, maxRssMb, warmMs }));
}

function main(workload, sizes) {
  const folder = mkdtempSync(join(tmpdir(), "kvtest-bench-"));
  console.log(`${workload}, strict-serializable\n`);
  console.log("transactions     MB   read s  check s   all s   us/txn  us warm  MB held    edges");
  try {
    for (const txns of sizes) {
      const file = join(folder, `${txns}.jsonl`);
      generate(file, workload, txns);
      const child = spawnSync(process.execPath, [self, "--measure", file, workload], { encoding: "utf8" });
      if (child.status !== 0) throw new Error(child.stderr);
      const { valid, dependencies, readMs, checkMs, cpuMs, maxRssMb, warmMs } = JSON.parse(child.stdout);
      if (valid !== "valid") throw new Error(`the generated history is ${valid}`);
      const megabytes = spawnSync("stat", ["-c", "%s", file], { encoding: "utf8" }).stdout / 1e6;
      const cells = [txns, megabytes.toFixed(0), (readMs / 1000).toFixed(2), (checkMs / 1000).toFixed(2)];
      const more = [
        (cpuMs / 1000).toFixed(2),
        ...[readMs + checkMs, warmMs].map((ms) => ((ms * 1000) / txns).toFixed(2)),
      ];
      cells.push(...more, maxRssMb, dependencies);
      const widths = [12, 7, 9, 9, 8, 9, 9, 9, 9];
      console.log(cells.map((cell, i) => String(cell).padStart(widths[i])).join(""));
      rmSync(file);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [first, second, third] = process.argv.slice(2);
if (first === "--measure") await measure(second, third);
else {
  const sizes = process.argv.slice(3).map(Number);
  main(first ?? "list-append", sizes.length > 0 ? sizes : [10_000, 100_000, 1_000_000]);
}
