/** Which command installs what, by the package manager of the system. Pure. */

export type Manager = "apt-get" | "dnf" | "apk" | "pacman" | "brew";

const COMMANDS: { readonly [manager in Manager]: string } = {
  "apt-get": "apt-get install -y",
  dnf: "dnf install -y",
  apk: "apk add",
  pacman: "pacman -S --noconfirm",
  brew: "brew install",
};

/** Names of packages, where they are not the same everywhere; null: not to be had there. */
const PACKAGES: { readonly [what: string]: { readonly [manager in Manager]?: string | null } } = {
  iproute2: { dnf: "iproute-tc", brew: null },
  nftables: { brew: null },
  libfaketime: { "apt-get": "faketime" },
  libfiu: { "apt-get": "fiu-utils", dnf: null, apk: null, pacman: null, brew: null },
  chromium: { brew: "--cask chromium" },
  etcd: { "apt-get": "etcd-server" },
  redis: { "apt-get": "redis-server" },
  "util-linux": { brew: null },
};

/** By what /etc/os-release says; null: nobody knows. */
export function managerOf(osRelease: string | null, platform: string): Manager | null {
  if (platform === "darwin") return "brew";
  const ids = new Set(
    (osRelease ?? "")
      .split("\n")
      .flatMap((line) => /^ID(?:_LIKE)?=(.*)$/.exec(line)?.[1]?.replaceAll('"', "").split(" ") ?? []),
  );
  const has = (...names: readonly string[]): boolean => names.some((name) => ids.has(name));
  if (has("debian", "ubuntu")) return "apt-get";
  if (has("fedora", "rhel", "centos")) return "dnf";
  if (has("alpine")) return "apk";
  return has("arch") ? "pacman" : null;
}

/** The command that installs it; in words where there is none. */
export function installOf(what: string, manager: Manager | null, isRoot: boolean): string {
  const name = manager === null ? what : PACKAGES[what]?.[manager];
  if (manager === null) return `install ${what} with the package manager of this system`;
  if (name === null) return `not packaged for ${manager}: see the home page of ${what}`;
  return `${isRoot || manager === "brew" ? "" : "sudo "}${COMMANDS[manager]} ${name ?? what}`;
}
