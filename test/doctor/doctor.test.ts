import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import type { Finding } from "../../src/doctor/examine.js";
import { installOf, managerOf } from "../../src/doctor/packages.js";
import { freshDir, program } from "../cli/kvtest.js";

interface Told {
  readonly healthy: boolean;
  readonly findings: readonly Finding[];
}

/** `kvtest doctor` where only these programs are to be found. */
async function doctor(programs: {
  readonly [name: string]: string;
}): Promise<{ told: Told; exitCode: number | undefined }> {
  const bin = join(freshDir(), "bin");
  mkdirSync(bin);
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  for (const tool of ["sh", "date", "env"])
    if (existsSync(`/bin/${tool}`)) symlinkSync(`/bin/${tool}`, join(bin, tool));
  const { stdout, exitCode } = await execa(process.execPath, [program, "doctor", "--json"], {
    env: { PATH: [bin].join(delimiter) },
    reject: false,
  });
  return { told: JSON.parse(stdout) as Told, exitCode };
}
const named = ({ findings }: Told, name: string): Finding => findings.find((one) => one.name === name)!;

test("on this machine kvtest has what it needs, and the doctor says what it saw", async () => {
  const { stdout, exitCode } = await execa(process.execPath, [program, "doctor"], { reject: false });
  expect(exitCode, stdout).toBe(0);
  expect(stdout).toMatch(/^ok +Node\.js +v\d+/m);
  expect(stdout).toMatch(/^ok +ports +100 at once on 127\.0\.0\.1/m);
  expect(stdout).toMatch(/^ok +disk +\d.* GB free here; a sync takes \d+\.\d\d ms/m);
  expect(stdout).toContain("kvtest run has all it needs.");
});

test("what is missing is told with what cannot be done, and the command that installs it", async () => {
  const { told, exitCode } = await doctor({});
  expect([exitCode, told.healthy]).toEqual([0, true]);
  for (const name of [
    "tc netem",
    "nftables",
    "libfaketime",
    "libfiu",
    "small disks",
    "etcd",
    "redis",
    "Chromium",
    "network namespaces",
  ]) {
    const finding = named(told, name);
    expect(finding, name).toMatchObject({
      kind: "useful",
      is: "missing",
      without: expect.stringMatching(/\w/) as never,
    });
    expect(finding.install, name).toMatch(/\w/);
  }
});

test("what is there but does not do its work is broken, not there", async () => {
  const { told } = await doctor({
    etcd: "echo etcd Version: 3.5.0",
    "redis-server": "echo cannot open shared object >&2; exit 127",
    // They start the program, and change no clock and no call.
    faketime: 'shift 2; exec "$@"',
    "fiu-run": 'shift 3; exec "$@"',
    chromium: "echo Chromium 1.2.3",
  });
  expect(named(told, "etcd")).toMatchObject({ is: "there", says: "etcd Version: 3.5.0", install: null });
  expect(named(told, "redis")).toMatchObject({ is: "broken", says: "does not run: cannot open shared object" });
  expect(named(told, "libfaketime")).toMatchObject({
    is: "broken",
    says: expect.stringContaining("the clock stayed in 20") as never,
  });
  expect(named(told, "libfiu")).toMatchObject({
    is: "broken",
    says: expect.stringContaining("the calls did not fail") as never,
  });
  expect(named(told, "Chromium")).toMatchObject({ is: "there", says: "Chromium 1.2.3" });
});

test("a program that hangs does not hang the doctor", async () => {
  const { told } = await doctor({ etcd: "while :; do :; done" });
  expect(named(told, "etcd").is).toBe("broken");
});

const release = (text: string) => managerOf(text, "linux");

test("the command is that of the system", () => {
  expect(release('ID=debian\nVERSION_ID="12"')).toBe("apt-get");
  expect(release('ID=linuxmint\nID_LIKE="ubuntu debian"')).toBe("apt-get");
  expect(release("ID=fedora")).toBe("dnf");
  expect(release("ID=alpine")).toBe("apk");
  expect(release("ID=plan9")).toBeNull();
  expect(managerOf(null, "linux")).toBeNull();
  expect(managerOf(null, "darwin")).toBe("brew");
  expect(installOf("libfiu", "apt-get", true)).toBe("apt-get install -y fiu-utils");
  expect(installOf("iproute2", "dnf", false)).toBe("sudo dnf install -y iproute-tc");
  expect(installOf("etcd", "brew", false)).toBe("brew install etcd");
  expect(installOf("libfiu", "brew", false)).toContain("not packaged");
  expect(installOf("redis", null, false)).toContain("package manager");
});
