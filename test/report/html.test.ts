import { expect, test } from "vitest";
import * as fc from "fast-check";
import { escapeText, html, jsonInScript, trusted, visible } from "../../src/report/html.js";
import { HOSTILE } from "./made.js";

test("text put into markup stays text, between tags and in attributes", () => {
  expect(html`<p title="${'"><script>'}">${HOSTILE}</p>`.markup).toBe(
    '<p title="&quot;&gt;&lt;script&gt;">&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;</p>',
  );
});

test("markup put into markup stays markup, lists are joined, null vanishes", () => {
  expect(html`<ul>${[1, 2].map((n) => html`<li>${n}</li>`)}${null}${trusted("<hr>")}</ul>`.markup).toBe(
    "<ul><li>1</li><li>2</li><hr></ul>",
  );
});

test("no text can open a tag, close a quote or begin an entity", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const escaped = escapeText(text);
      expect(escaped).not.toMatch(/[<>"']/);
      expect(escaped.replace(/&(amp|lt|gt|quot|#39);/g, "")).not.toContain("&");
    }),
  );
});

test("characters that nobody sees are written out", () => {
  expect(visible("user\u202egnp.exe\u0000\u200b")).toBe("user\\u202egnp.exe\\u0000\\u200b");
  expect(visible("torn \ud800 pair, whole 🙂, line\nbreak")).toBe("torn \\ud800 pair, whole 🙂, line\nbreak");
});

test("JSON in a script element can neither end it nor open a comment, and reads back the same", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(HOSTILE, "<!--<script>", "\u2028"), (value, evil) => {
      const { markup } = jsonInScript({ value, [evil]: evil });
      expect(markup).not.toContain("<");
      expect(JSON.parse(markup)).toEqual(JSON.parse(JSON.stringify({ value, [evil]: evil })));
    }),
  );
});
