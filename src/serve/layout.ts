/** What all pages of the catalogue have in common. */

import { html, type Html, NOTHING } from "../report/html.js";

export interface PageOptions {
  readonly title: string;
  /** Its script, as the server names it; null: none. */
  readonly script: "catalogue" | "live" | null;
}

export const pageOf = ({ title, script }: PageOptions, body: Html): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} (kvtest)</title>
<link rel="stylesheet" href="/assets/style.css">
<link rel="icon" href="data:,">
</head>
<body>
<main class="wide">
<header class="top"><b>kvtest</b><a href="/">Runs</a><a href="/view">Check a file</a></header>
${body}
</main>
${script === null ? NOTHING : html`<script src="/assets/${script}.js"></script>`}
</body>
</html>
`.markup;

export const notFound = (what: string): string =>
  pageOf(
    { title: "Not found", script: null },
    html`<h1 class="plain">Not found</h1><p>There is no ${what} here. <a href="/">All runs</a></p>`,
  );
