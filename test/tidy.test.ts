import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { ALLOWED } from "./tidy/allowed.js";
import { clocks, draws, prints } from "./tidy/effects.js";
import { focus } from "./tidy/focus.js";
import { imports, packages } from "./tidy/imports.js";
import { names } from "./tidy/names.js";
import { places } from "./tidy/places.js";
import { explained, links } from "./tidy/prose.js";
import { needless, sizes } from "./tidy/sizes.js";
import type { Rule, Source } from "./tidy/source.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
};
const everyPackage = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.devDependencies)];

/** Text that we write. Histories and lockfiles are data. */
const OURS = /\.(ts|mts|mjs|js|json|md|yml|yaml|txt|css|html|sh)$|(^|\/)\.?[\w-]+$/;
const DATA = /^(test\/corpus|runs)\/|^package-lock\.json$/;

/** Files that git keeps or would keep. */
function repository(): readonly Source[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root });
  return String(listed)
    .split("\0")
    .filter((path) => path !== "" && OURS.test(path) && !DATA.test(path) && existsSync(join(root, path)))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

const allowedAndNeeded = new Set<string>();
const rules: { readonly [name: string]: Rule } = {
  "imports go downwards only": imports,
  "packages are declared": packages(manifest),
  "names say what is inside": names,
  "files and functions are short": sizes(ALLOWED, allowedAndNeeded),
  "only src/cli prints": prints,
  "pure code has no clock and no randomness": clocks,
  "draws come from the seed": draws,
  "no test is switched off in silence": focus,
  "no machine is named": places,
  "links lead somewhere": links((path) => existsSync(join(root, path))),
  "every package says what it is for": explained(everyPackage),
};

describe("the repository", () => {
  const sources = repository();

  test("is all there", () => {
    expect(sources.length).toBeGreaterThan(100);
    expect(sources.map(({ path }) => path)).toContain("checker/history/event.ts");
    expect(sources.map(({ path }) => path)).toContain("src/replica/main.ts");
  });

  for (const [name, rule] of Object.entries(rules)) {
    test(name, () => {
      expect(sources.flatMap(rule)).toEqual([]);
    });
  }

  test("nothing is allowed to be long that is not", () => {
    expect(needless(ALLOWED, allowedAndNeeded)).toEqual([]);
  });
});

/** What the rules say about a file with this text. */
const violations = (path: string, text: string): readonly string[] =>
  Object.values({ ...rules, sizes: sizes({}), links: links(() => false) })
    .flatMap((rule) => [...rule({ path, text })])
    .filter((problem, i, all) => all.indexOf(problem) === i);

const lines = (n: number) => "x;\n".repeat(n);

const call = (name: string) => `${name}("x", () => {});`;

const readme = (line: string) =>
  `# kvtest\n\n## Packages\n\n- \`zod\`: reads files; [vega-lite](x): what to draw\n${line}\n\n## Next\n\nvega is what we use.\n`;

describe("the rules bite", () => {
  test("a pure folder may import no Node and no package", () => {
    expect(violations("checker/x.ts", `import { spawn } from "node:child_process";`)).toEqual([
      "checker/x.ts: may not import node:child_process (checker is pure)",
    ]);
    for (const path of [
      "src/generator/x.ts",
      "src/workload/x.ts",
      "src/replica/wire.ts",
      "src/replica/protocol/x.ts",
    ]) {
      expect(violations(path, `export { z } from "zod";`)).toHaveLength(1);
      expect(violations(path, `const fs = await import("node:fs");`)).toHaveLength(1);
      expect(violations(path, `type X = import("node:net").Socket;`)).toHaveLength(1);
    }
    expect(violations("src/report/page/x.ts", `import "node:fs";`)).toHaveLength(1);
    expect(violations("src/report/page/x.ts", `import "vega";`)).toEqual([]);
    expect(violations("src/report/page/x.mjs", `import "node:fs"; import "esbuild";`)).toEqual([]);
  });

  test("nothing imports upwards or sideways, in any form of import", () => {
    const sideways: readonly (readonly [string, string])[] = [
      ["checker/history/x.ts", "../../nemesis/fault.js"],
      ["nemesis/x.ts", "../checker/verdict.js"],
      ["nemesis/x.ts", "../src/replica/wire.js"],
      ["src/generator/x.ts", "../replica/wire.js"],
      ["src/generator/x.ts", "../workload/workload.js"],
      ["src/workload/x.ts", "../config/config.js"],
      ["src/workload/x.ts", "../../nemesis/fault.js"],
      ["src/client/x.ts", "../workload/workload.js"],
      ["src/config/x.ts", "../run/run.js"],
      ["src/archive/x.ts", "../interpreter/journal.js"],
      ["src/interpreter/x.ts", "../cluster/cluster.js"],
      ["src/cluster/x.ts", "../run/run.js"],
      ["src/report/x.ts", "../archive/archive.js"],
      ["src/run/x.ts", "../cli/main.js"],
      ["src/replica/x.ts", "../../checker/verdict.js"],
      ["src/replica/x.ts", "../../nemesis/fault.js"],
      ["src/replica/x.ts", "../client/connection.js"],
      ["src/replica/wire.ts", "./protocol/protocol.js"],
      ["src/replica/protocol/x.ts", "../node.js"],
      ["src/cluster/x.ts", "../replica/node.js"],
      ["src/report/page/x.ts", "../../run/run.js"],
      ["src/elsewhere/x.ts", "../../checker/verdict.js"],
      ["src/cli/x.ts", "../elsewhere/x.js"],
      ["src/cli/x.ts", "../../test/report/made.js"],
    ];
    for (const [path, name] of sideways) {
      for (const text of [
        `import { x } from "${name}";`,
        `import type { X } from "${name}";`,
        `import {\n  x, // from "elsewhere"\n  y,\n} from '${name}';`,
        `import "${name}";`,
        `export * from "${name}";`,
        `const x = await import("${name}");`,
        `let x: import("${name}").X;`,
      ]) {
        expect(violations(path, text), `${path}: ${text}`).toHaveLength(1);
      }
    }
  });

  test("imports downwards, within a part, and of what only looks like an import are let through", () => {
    for (const [path, name] of [
      ["checker/history/x.ts", "../verdict.js"],
      ["src/workload/x.ts", "../generator/each.js"],
      ["src/workload/x.ts", "../../checker/verdict.js"],
      ["src/client/x.ts", "../replica/wire.js"],
      ["src/cluster/x.ts", "../client/connection.js"],
      ["src/report/section/x.ts", "../words.js"],
      ["src/report/x.ts", "./page/payload.js"],
      ["src/report/page/x.ts", "../plot/specs.js"],
      ["src/replica/x.ts", "./protocol/leader.js"],
      ["src/replica/protocol/x.ts", "../wire.js"],
      ["src/cli/x.ts", "../run/run.js"],
      ["src/run/x.ts", "../../nemesis/index.js"],
      ["test/x.test.ts", "../src/replica/node.js"],
    ] as const) {
      expect(violations(path, `import { x } from "${name}";`), path).toEqual([]);
    }
    expect(violations("checker/x.ts", `// import "node:fs";\nconst s = 'import "node:fs"';`)).toEqual([]);
  });

  test("nobody imports the replica program, not even a test", () => {
    for (const path of ["src/cluster/node.ts", "test/replica/x.test.ts"]) {
      const [problem] = violations(path, `import "../${path.startsWith("test") ? "../src/" : ""}replica/main.js";`);
      expect(problem).toContain("spawned, never imported");
    }
  });

  test("a package that package.json does not name, or names for development only", () => {
    expect(violations("src/run/x.ts", `import "left-pad/x";`)).toEqual([
      "src/run/x.ts: imports left-pad, which is not among the dependencies",
    ]);
    expect(violations("src/run/x.ts", `import "axe-core";`)).toHaveLength(1);
    expect(violations("test/x.test.ts", `import "fast-check"; import "zod"; import "node:fs";`)).toEqual([]);
    expect(violations("test/x.test.ts", `import "@scope/name/x";`)).toEqual([
      "test/x.test.ts: imports @scope/name, which is not among the devdependencies",
    ]);
  });

  test("names that say nothing, and doors where there are none", () => {
    for (const path of ["src/run/util.ts", "src/run/types.ts", "checker/common/x.ts", "test/helpers.ts"]) {
      expect(violations(path, "")).toHaveLength(1);
    }
    expect(violations("src/run/index.ts", "")).toHaveLength(1);
    expect(violations("checker/index.ts", "")).toEqual([]);
  });

  test("long files and long functions, except those that are allowed and really long", () => {
    expect(violations("src/run/x.ts", lines(400))).toEqual([]);
    expect(violations("src/run/x.ts", lines(401))).toEqual(["src/run/x.ts: 401 lines, at most 400"]);
    expect(violations("src/run/x.ts", `function f() {\n${lines(68)}}`)).toEqual([]);
    for (const [text, name] of [
      [`function f() {\n${lines(69)}}`, "f"],
      [`const g = () => {\n${lines(69)}};`, "g"],
      [`class C {\n m() {\n${lines(69)}}\n}`, "m"],
      [`test("x", () => {\n${lines(69)}});`, "(anonymous)"],
    ] as const) {
      expect(violations("src/run/x.ts", text)).toEqual([expect.stringContaining(`function ${name}: 71 lines`)]);
    }
    expect(violations("test/x.test.ts", `describe("x", () => {\n${lines(100)}});`)).toEqual([]);

    const used = new Set<string>();
    const allowed = { "a.ts": "because", "b.ts#f": "because" };
    expect(sizes(allowed, used)({ path: "a.ts", text: lines(500) })).toEqual([]);
    expect(needless(allowed, used)).toEqual(["b.ts#f: is allowed to be long, and is not"]);
  });

  test("printing outside of src/cli", () => {
    for (const text of [`console.log("x");`, `process.stdout.write("x");`, `const { write } = process.stderr;`]) {
      for (const path of ["checker/x.ts", "nemesis/x.ts", "src/run/x.ts", "src/replica/node.ts"]) {
        expect(violations(path, text)).toEqual([expect.stringContaining("only src/cli does")]);
      }
      for (const path of ["src/cli/x.ts", "src/replica/main.ts", "test/x.test.ts"])
        expect(violations(path, text)).toEqual([]);
    }
    expect(violations("src/run/x.ts", `// console.log("x")`)).toEqual([]);
  });

  test("clocks and randomness in pure code, and draws past the seed anywhere", () => {
    expect(violations("checker/x.ts", `const t = Date.now();`)).toHaveLength(1);
    expect(violations("src/replica/protocol/x.ts", `performance.now();`)).toHaveLength(1);
    expect(violations("src/run/x.ts", `performance.now();`)).toEqual([]);
    expect(violations("src/run/x.ts", `Math.random();`)).toHaveLength(1);
    expect(violations("test/x.test.ts", `Math.random();`)).toEqual([]);
  });

  test("tests that are switched off", () => {
    for (const name of ["test.only", "describe.only", "it.only", "test.concurrent.only", "test.skip", "test.todo"]) {
      expect(violations("test/x.test.ts", call(name))).toHaveLength(1);
    }
    expect(violations("test/x.test.ts", `// needs a second machine\n${call("test.skip")}`)).toEqual([]);
    expect(violations("test/x.test.ts", call("test.skipIf(true)"))).toEqual([]);
    expect(violations("test/x.test.ts", `fc.only(); array.skip();`)).toEqual([]);
  });

  test("paths and hosts of a machine", () => {
    for (const place of [
      ["", "work", "main"].join("/"),
      ["", "home", "me", "x"].join("/"),
      ["", "Users", "me"].join("/"),
      ["", "root", "x"].join("/"),
      ["", "tmp", "wt", "x"].join("/"),
      ["https:/", ["registry", "npmjs", "org"].join("."), "x"].join("/"),
      ["http:/", "93.184.216.34", "x"].join("/"),
      [192, 168, 0, 1].join("."),
    ]) {
      for (const path of ["README.md", "src/run/x.ts", "package.json"]) {
        const text = `// see ${place} there`;
        expect(violations(path, text), place).not.toEqual([]);
      }
    }
    for (const fine of [
      "http://127.0.0.1:80/x",
      "src/workload/x.ts",
      "./work/x",
      "/tmp/kvtest",
      "1.10.2.3",
      "~/home/x",
    ]) {
      expect(violations("README.md", `see ${fine} there`)).toEqual([]);
    }
  });

  test("links that lead nowhere, in text, pictures and HTML, but not in code", () => {
    const markdown = '[a](x.md) ![b](y/z.png#top) <img src="w.svg"> [c](https://example.org) [d](#here) `[e](v.md)`';
    expect(violations("src/README.md", `${markdown}\n\`\`\`\n[f](u.md)\n\`\`\`\n`)).toEqual([
      "src/README.md: the link to x.md leads nowhere",
      "src/README.md: the link to y/z.png#top leads nowhere",
      "src/README.md: the link to w.svg leads nowhere",
    ]);
    const asked: string[] = [];
    links((path) => asked.push(path) > 0)({ path: "src/README.md", text: markdown });
    expect(asked).toEqual(["src/x.md", "src/y/z.png", "src/w.svg"]);
  });

  test("a package that the README does not explain", () => {
    const rule = explained(["zod", "vega", "vega-lite"]);
    const silent = [`README.md: "Packages" does not say what vega is for`];
    expect(rule({ path: "README.md", text: readme("") })).toEqual(silent);
    expect(rule({ path: "README.md", text: readme("- vega") })).toEqual(silent);
    expect(rule({ path: "README.md", text: readme("| **vega** | draws it |") })).toEqual([]);
    expect(rule({ path: "README.md", text: "# kvtest" })).toEqual([]);
  });
});
