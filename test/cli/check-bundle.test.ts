import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repoRoot } from "./kvtest.js";

test("what `kvtest check` loads is one file without the libraries that it does not need", () => {
  const bundle = readFileSync(join(repoRoot, "dist/src/check/check-command.bundle.js"), "utf8");
  const imported = [...bundle.matchAll(/(?:from|import)\(?"([\w:./-]+)"/g)].map(([, name]) => name);
  expect(new Set(imported.filter((name) => !name!.startsWith("node:")))).toEqual(
    new Set(["commander", "../cli/exit.js", "../archive/archive.js"]),
  );
  expect(bundle).not.toContain("ZodError");
});
