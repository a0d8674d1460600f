/**
 * Markup in which text cannot become markup.
 *
 * Everything that comes from a run (keys, values, errors, names of nodes) is untrusted: `html` escapes whatever is put
 * into it unless it is itself the result of `html`. There is one way around, `trusted`, for our own style and script.
 */

export class Html {
  readonly markup: string;
  constructor(markup: string) {
    this.markup = markup;
  }
}

export type Content = Html | string | number | null | readonly Content[];

/** A template tag: ``html`<b>${text}</b>` ``. null vanishes, arrays are joined without a separator. */
export const html = (strings: TemplateStringsArray, ...contents: readonly Content[]): Html => {
  let markup = strings[0] ?? "";
  for (const [i, content] of contents.entries()) markup += markupOf(content) + (strings[i + 1] ?? "");
  return new Html(markup);
};

/** Markup that is ours: never call it with anything that comes from a run. */
export const trusted = (markup: string): Html => new Html(markup);

export const NOTHING = new Html("");

const markupOf = (content: Content): string => {
  if (content === null) return "";
  if (content instanceof Html) return content.markup;
  if (typeof content === "string") return escapeText(content);
  if (typeof content === "number") return String(content);
  return content.map(markupOf).join("");
};

const ENTITIES: { readonly [character: string]: string } = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Safe between tags and inside quoted attributes. */
export const escapeText = (text: string): string =>
  visible(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");

// Control characters, zero-width characters, line separators, direction overrides and lone surrogates: a key that
// contains them could make a report say something else than what was stored, so they are written out.
const UNSEEN =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|\p{Cs}/gu;

/** The text with every character that cannot be seen written as \uXXXX. */
export const visible = (text: string): string =>
  text.replace(UNSEEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** JSON that can stand inside a script element: no `<`, so neither `</script` nor `<!--`. */
export const jsonInScript = (value: unknown): Html =>
  new Html(
    JSON.stringify(value).replace(/[<\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`),
  );
