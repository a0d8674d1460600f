/** The head that every page of ours has: nothing is fetched, both colour schemes, and it fits a telephone. */

import { html, type Html, NOTHING, trusted } from "./html.js";

export interface HeadParts {
  readonly title: string;
  /** Content security policy; it must name the hash of `style`. */
  readonly policy: string;
  readonly style: string;
  /** Whatever else this page has. */
  readonly more?: Html;
}

/** From the document type to the end of the head. */
export const headOf = ({ title, policy, style, more = NOTHING }: HeadParts): Html => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${more}<title>${title}</title>
<style>${trusted(style)}</style>
</head>`;
