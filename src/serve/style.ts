/** The style of the catalogue's pages: the report's, and what only they have. */

import { COMPARE_STYLE } from "../report/compare-page.js";
import { STYLE } from "../report/style.js";

export const SERVE_STYLE = `${STYLE}${COMPARE_STYLE}.wide{max-width:1360px}
.top{display:flex;flex-wrap:wrap;gap:4px 22px;align-items:baseline;margin-bottom:20px;font-size:.9375rem}
.top b{font-size:1.0625rem;font-weight:680;letter-spacing:-.01em}
.top a{text-decoration:none}.top a:hover{text-decoration:underline}
h1.plain{font-size:1.75rem;margin:8px 0 14px;letter-spacing:-.01em;display:block;overflow-wrap:anywhere}
.runs th button{border:0;background:none;padding:0;color:inherit;font-size:inherit;font-weight:inherit}
.runs th button::after{content:"";display:inline-block;width:1em;text-align:center}
.runs th[aria-sort=ascending] button::after{content:"↑"}
.runs th[aria-sort=descending] button::after{content:"↓"}
.runs td{padding-block:7px;font-size:.875rem}
.runs td,table.runs.cards td{min-width:0}
.runs td[data-column=started] div{white-space:nowrap}
.runs td.id{min-width:15em}
.runs td.why{color:var(--muted);min-width:18em}
.runs tr[hidden]{display:none}
.cards td:first-child b{white-space:nowrap}
.standing{color:var(--muted);white-space:nowrap}
.standing.running{color:var(--link);font-weight:600}
.bar-of{display:flex;gap:10px 14px;align-items:center;flex-wrap:wrap;margin:12px 0}
button.danger{color:var(--invalid);border-color:var(--invalid)}
button:disabled{opacity:.5;cursor:default}
.live canvas{display:block;width:100%;height:150px}
.live .violation{margin-top:16px;color:var(--invalid);font-weight:600}
.files td:last-child,.files th:last-child{text-align:right}
@media print{.top,.bar-of{display:none}}
`;
