/** `kvtest nodes`: a cluster to play with. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { Cluster } from "../cluster/cluster.js";
import { type ClusterFlags, parseClusterFlags } from "../config/flags.js";
import { describeProtocol } from "../report/describe.js";
import { addClusterOptions } from "./cluster-options.js";
import { UsageError } from "./exit.js";
import { lifeline } from "./lifeline.js";
import { serveControl } from "../shell/channel.js";
import { ClusterControl } from "../shell/control.js";

interface Flags extends ClusterFlags {
  readonly dir?: string;
  readonly port?: string;
  readonly json?: boolean;
}

export function nodesCommand(): Command {
  const command = new Command("nodes").description("start a cluster and leave it up until Ctrl-C");
  return addClusterOptions(command)
    .option("--port <n>", "first port; each node takes two (default: any free ones)")
    .option("--dir <dir>", "where the nodes keep their data and logs (default: a temporary folder, deleted at the end)")
    .option("--json", "print the addresses as JSON")
    .addHelpText(
      "after",
      `
Examples:
  kvtest nodes
  kvtest nodes --mode quorum --nodes 3 --read-quorum 1 --write-quorum 1 --port 21000
  kvtest shell n1
  curl -d '{"key":"a","value":1}' http://127.0.0.1:21001/write
  curl 'http://127.0.0.1:21003/read?key=a'`,
    )
    .action(async (flags: Flags) => {
      await stayUp(flags);
    });
}

async function stayUp(flags: Flags): Promise<void> {
  const parsed = parseClusterFlags(flags, 0);
  const problems = parsed.ok ? [] : [...parsed.problems];
  const portBase = flags.port === undefined ? null : Number(flags.port);
  if (portBase !== null && !(Number.isInteger(portBase) && portBase >= 1024 && portBase <= 65_000)) {
    problems.push(`--port ${flags.port}: expected a whole number from 1024 to 65000`);
  }
  if (!parsed.ok || problems.length > 0) throw new UsageError("these flags do not make a cluster:", problems);
  const { nodes, protocol, ...rest } = parsed.value;
  const temporary = flags.dir === undefined ? mkdtempSync(join(tmpdir(), "kvtest-")) : null;
  const life = lifeline(() => undefined);
  try {
    const cluster = await Cluster.start({ nodes, protocol, ...rest, dir: temporary ?? flags.dir ?? ".", portBase });
    life.onEmergency(() => cluster.killNow());
    const title = describeProtocol(protocol, nodes.length);
    const control = await serveControl(new ClusterControl(cluster, title));
    const addresses = cluster.nodes.map(({ name, ready }) => ({
      name,
      tcp: `127.0.0.1:${ready?.port}`,
      http: `http://127.0.0.1:${ready?.httpPort}`,
    }));
    if (flags.json === true) process.stdout.write(`${JSON.stringify(addresses)}\n`);
    else {
      process.stdout.write(`${title}\n`);
      for (const { name, tcp, http } of addresses)
        process.stdout.write(`  ${name.padEnd(4)} ${http}   (JSON lines: ${tcp})\n`);
      process.stdout.write(`kvtest shell n1 --cluster ${control.id} talks to them; Ctrl-C stops them\n`);
    }
    await aborted(life.signal);
    await control.close();
    await cluster.stop();
  } finally {
    life.release();
    if (temporary !== null) rmSync(temporary, { recursive: true, force: true });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
