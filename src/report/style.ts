/**
 * The page's style. Colours are from the Okabe-Ito palette, darkened or lightened for contrast, and never alone: every
 * verdict has a shape and a word, every outcome a shape, every fault a hatch and a name.
 */

const LIGHT = `
--paper:#fcfcfa;--card:#ffffff;--ink:#1b1d21;--muted:#5c626c;--line:#e2e3e0;--link:#0b5cad;
--valid:#00694f;--invalid:#b83200;--unknown:#7a5600;
--ok:#3d7ab8;--fail:#c23b00;--info:#a16a00;--fault:#7d5a86;
--p50:#6d9dca;--p95:#3d7ab8;--p99:#12406e;
--read-fill:#d5ebe3;--read-line:#00735a;--write-fill:#d9e7f5;--write-line:#1f63a6;--cas-fill:#efdfeb;--cas-line:#8f4d7c;
--other-fill:#e8e8e4;--other-line:#6a6d72;--fail-fill:#fff;--fail-line:#c23b00;--info-fill:#faecd0;--info-line:#a16a00;
--hatch:#f3eff4;--hatch-line:#e3d9e6;--odd:#fbe3d8;
--ww:#b83200;--wr:#00735a;--rw:#1f63a6;--order:#8f4d7c;--txn-ok:#33576b;--txn-info:#7a5600;--txn-fail:#a03000;`;
const DARK = `
--paper:#15171a;--card:#1b1e22;--ink:#e7e8ea;--muted:#a0a6af;--line:#2f333a;--link:#7db7f0;
--valid:#3fc39c;--invalid:#ff8552;--unknown:#e5b345;
--ok:#6ea9e0;--fail:#ff7a45;--info:#e8b13a;--fault:#b48fc0;
--p50:#44698c;--p95:#6ea9e0;--p99:#cfe4f8;
--read-fill:#123f35;--read-line:#3fc39c;--write-fill:#17385a;--write-line:#6ea9e0;--cas-fill:#472a40;--cas-line:#d592c0;
--other-fill:#33363c;--other-line:#9aa0a8;--fail-fill:#15171a;--fail-line:#ff7a45;--info-fill:#4a380f;--info-line:#e8b13a;
--hatch:#1f1c24;--hatch-line:#322b39;--odd:#4f2613;
--ww:#ff8552;--wr:#3fc39c;--rw:#6ea9e0;--order:#d592c0;--txn-ok:#3d5d70;--txn-info:#7a5a14;--txn-fail:#94401c;`;

/** For pictures that stand alone. */
export const COLOURS_OF_LIGHT: ReadonlyMap<string, string> = new Map(
  [...LIGHT.matchAll(/--([a-z\d-]+):([^;]+);/g)].map(([, name = "", colour = ""]) => [name, colour]),
);

export const STYLE = `
:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){${DARK}}}
*{box-sizing:border-box}
html{scroll-padding-top:1rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
main{max-width:1120px;margin:0 auto;padding:28px 24px 72px}
code,pre,.intervals text,.label{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
code{font-size:.9em}
a{color:var(--link);text-underline-offset:2px;text-decoration-thickness:1px}
:focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:2px}
h2{font-size:1.4rem;line-height:1.25;font-weight:640;margin:0 0 6px;letter-spacing:-.01em}
h3{font-size:1rem;font-weight:640;margin:26px 0 6px}
p{margin:0 0 10px}
section{margin-top:56px}
.hint{color:var(--muted);max-width:76ch;margin-bottom:18px}
.scroll+.note{margin-top:10px}
.note{color:var(--muted);font-size:.875rem;max-width:90ch}
.prose{max-width:76ch}
.muted,small{color:var(--muted)}
small{display:block;font-size:.8125rem;line-height:1.4}
.number{font-variant-numeric:tabular-nums;white-space:nowrap}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip{position:absolute;left:-999px}.skip:focus{left:16px;top:8px;background:var(--card);padding:6px 10px;z-index:3}
.defs{position:absolute}

.run{display:flex;flex-wrap:wrap;gap:2px 14px;color:var(--muted);font-size:.875rem;margin:0}
.run span{color:var(--ink)}
h1{display:flex;align-items:center;gap:16px;margin:18px 0 12px;font-size:clamp(2.5rem,7vw,3.75rem);line-height:1;font-weight:680;letter-spacing:-.02em}
h1 .glyph{width:.86em;height:.86em;flex:none}
.glyph{width:16px;height:16px;overflow:visible}
.glyph circle,.glyph .face{fill:currentColor;stroke:none}
.glyph path{fill:none;stroke:var(--paper);stroke-width:2.6;stroke-linecap:round;stroke-linejoin:round}
h1.valid,.verdict.valid{color:var(--valid)}h1.invalid,.verdict.invalid{color:var(--invalid)}h1.unknown,.verdict.unknown{color:var(--unknown)}
.because{font-size:1.25rem;line-height:1.45;max-width:64ch;margin-bottom:14px}
.also{color:var(--muted);font-size:.9375rem}
.tested{color:var(--muted);font-size:.9375rem;max-width:110ch}
.tested span{display:inline-block}
.tested span:not(.sr):not(:last-child)::after{content:"\\00a0·"}
.figures{display:grid;grid-template-columns:repeat(6,1fr);margin:26px 0 0;border-top:1px solid var(--line);border-bottom:1px solid var(--line)}
.figures div{padding:14px 14px 14px 0}
.figures div+div{padding-left:14px;border-left:1px solid var(--line)}
.figures dt{color:var(--muted);font-size:.8125rem}
.figures dd{margin:0}
.figures b{display:block;font-size:1.5rem;line-height:1.35;font-weight:620;font-variant-numeric:tabular-nums;letter-spacing:-.01em;white-space:nowrap}
.figures b.none{color:var(--muted);font-weight:400}
.figures dd span{display:block;color:var(--muted);font-size:.8125rem;line-height:1.35}
nav{display:flex;flex-wrap:wrap;gap:4px 20px;margin-top:16px;font-size:.9375rem}
nav a{text-decoration:none;padding:2px 0}nav a:hover{text-decoration:underline}

.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9375rem}
th{text-align:left;font-weight:500;color:var(--muted);font-size:.8125rem;padding:6px 18px 6px 0;border-bottom:1px solid var(--line);white-space:nowrap}
td{vertical-align:top;padding:9px 18px 9px 0;border-bottom:1px solid var(--line)}
th:last-child,td:last-child{padding-right:0}
table.grid td{overflow-wrap:normal;min-width:4.5em}
table.cards td{min-width:5.5em}
.verdict{display:inline-flex;align-items:center;gap:7px;font-weight:600;white-space:nowrap}
.odd{display:inline-block;background:var(--odd);border-radius:3px;padding:1px 7px;margin:-1px 0 -1px -7px}
.odd i{font-style:normal;font-weight:700;color:var(--invalid)}
.plain{list-style:none;margin:0 0 10px;padding:0}.plain li{padding:3px 0}

.example{border-top:1px solid var(--line);padding:14px 0 6px}
.example+.key{border-top:1px solid var(--line);padding-top:12px}
summary{cursor:pointer;font-size:1.0625rem;margin-bottom:8px}
summary b{font-weight:640}
.meaning{display:block;color:var(--muted);font-size:.9375rem;margin:2px 0 0 1.1em}
.anomaly .scroll{margin:6px 0 10px}
.anomaly svg{display:block}
.anomaly svg text,.step,.k-edge,.transactions code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.transaction rect{fill:var(--card);stroke:var(--txn-ok)}.transaction rect+rect{fill:var(--txn-ok)}
.transaction.info rect{stroke:var(--txn-info)}.transaction.info rect+rect{fill:var(--txn-info)}
.transaction.fail rect{stroke:var(--txn-fail)}.transaction.fail rect+rect{fill:var(--txn-fail)}
.transaction text{fill:var(--ink)}.transaction rect+text{fill:#fff}
.edge path{stroke:var(--e)}.edge text,[id^=arrow-] path{fill:var(--e)}.edge rect{fill:var(--paper)}
.ww,.wwp,[id^=arrow-ww]{--e:var(--ww)}.wr,.wrp,[id^=arrow-wr]{--e:var(--wr)}.rw,.rwp,[id^=arrow-rw]{--e:var(--rw)}
.process,.realtime,[id^=arrow-process],[id^=arrow-realtime]{--e:var(--order)}
.own,.differs,[id^=arrow-own],[id^=arrow-differs]{--e:var(--invalid)}
.k-edge{color:var(--e);font-size:.875em;font-weight:700;white-space:nowrap}
.reasons{list-style:none;margin:0 0 12px;padding:0}
.reasons li{display:grid;grid-template-columns:10.5em minmax(0,1fr);gap:0 14px;padding:3px 0}
.step{font-size:.875rem;white-space:nowrap;padding-top:1px}
.transactions{font-size:.9375rem}
.transactions li:target{outline:2px solid var(--link);outline-offset:2px}
.transactions code{background:var(--card);border:1px solid var(--line);border-radius:4px;padding:0 5px}
.more summary{font-size:.9375rem;color:var(--muted);margin-top:14px}
.why{max-width:76ch;font-size:.9375rem}.why p{margin:0 0 2px}.why ol{margin:0 0 10px;padding-left:1.6em}.why li{padding:1px 0}
.intervals{display:grid;grid-template-columns:auto minmax(0,1fr);margin:14px 0 8px}
.processes svg{display:block}
.intervals.narrow{display:none}
.intervals text{font-size:11px;fill:var(--muted)}
.intervals svg{display:block}
.intervals .scroll{scrollbar-width:thin}
.op .bar{stroke-width:1.4}
.op.read .bar{fill:var(--read-fill);stroke:var(--read-line)}
.op.write .bar{fill:var(--write-fill);stroke:var(--write-line)}
.op.cas .bar{fill:var(--cas-fill);stroke:var(--cas-line)}
.op.other .bar{fill:var(--other-fill);stroke:var(--other-line)}
.op.fail .bar{fill:var(--fail-fill);stroke:var(--fail-line)}
.op.info .bar{fill:var(--info-fill);stroke:var(--info-line);stroke-dasharray:5 3}
.op .gave-up{stroke:var(--info-line);stroke-width:1.4}
.intervals .op .label{fill:var(--ink)}
.large .op .label,.narrow .op .label{font-size:13px}
.small .op.told .bar{stroke:var(--ink);stroke-width:2.4}
.small .op.told .label{font-weight:700}
.op:target .bar,.op.here .bar{stroke:var(--ink);stroke-width:3.2}
.op:hover .bar{stroke-width:2.6}
.row{stroke:var(--line)}
.tick{stroke:var(--line);stroke-dasharray:2 3}
.fault rect{fill:url(#hatch)}
.intervals .fault text{fill:var(--fault);font-weight:600}
.hatch-ground{fill:var(--hatch)}.hatch-line{stroke:var(--hatch-line);stroke-width:2}
.lamport{display:block;margin:6px 0 4px}
.lamport text{font-size:11.5px;fill:var(--ink);paint-order:stroke;stroke:var(--paper);stroke-width:3.5px;stroke-linejoin:round}
.lamport .name{font-size:13px;font-weight:640}
.lamport .time,.lamport .op-name{fill:var(--muted)}
.lamport .fault text{fill:var(--fault);font-weight:600}
.lamport .lane{stroke:var(--line);stroke-width:1.5}
.message line,.message .head{fill:none;stroke:var(--muted);stroke-width:1.5}
.message circle{fill:var(--muted)}
.message.of-client line,.message.of-client .head{stroke:var(--link)}.message.of-client circle{fill:var(--link)}
.message.late line,.message.lost line{stroke-dasharray:5 4}
.message.lost .head{stroke:var(--fail);stroke-width:2}
.message:hover line,.message:hover .head{stroke:var(--ink);stroke-width:2.4}
.overheard{font-size:.9375rem;padding-left:2.2em}
.reading{min-height:1.5em;font-size:.875rem;margin:0 0 4px}
.key{list-style:none;display:flex;flex-wrap:wrap;gap:4px 18px;padding:0;margin:6px 0;color:var(--muted);font-size:.8125rem}
.key li{display:flex;align-items:center;gap:7px}
.key svg{flex:none}
.k-ok{fill:var(--ok)}.k-fail{fill:var(--fail)}.k-info{fill:var(--info)}
.k-p50,.k-p95,.k-p99{fill:none;stroke-width:2}.k-p50{stroke:var(--p50)}.k-p95{stroke:var(--p95)}.k-p99{stroke:var(--p99)}

figure{margin:30px 0 0}
figcaption h3{margin:0}
figcaption p{margin:0}
figcaption .key{margin:4px 0 6px}
.plot{min-height:120px;position:relative}
.picture{position:relative}
.plot canvas{display:block;max-width:100%!important}
.plot canvas.points{position:absolute;left:0;top:0;pointer-events:none}
.mark{position:absolute;top:0;bottom:0;background:var(--link);opacity:.16;pointer-events:none;z-index:1}
.plot,.timeline,.overview{touch-action:pan-y;user-select:none}
.steps{display:inline-flex;gap:6px;margin-left:6px}
.steps button{min-width:2.2em}
.filters{display:flex;flex-wrap:wrap;gap:8px 14px;align-items:end;margin:12px 0 14px;font-size:.8125rem;color:var(--muted)}
.filters[hidden]{display:none}
.filters label{display:grid;gap:2px}
input,select{font:inherit;font-size:.9375rem;color:var(--ink);background:var(--card);border:1px solid var(--muted);border-radius:6px;padding:3px 8px;min-width:0;max-width:100%}
.filters [type=search]{width:17em}.filters [name=key]{width:9em}.filters [name=process]{width:5.5em}
.filters output{padding-bottom:5px;font-variant-numeric:tabular-nums}
.overview,.timeline{position:relative}
.overview{min-height:40px;margin-bottom:4px}
.overview canvas{display:block}
.scroller{overflow-y:auto;overflow-x:hidden;border-bottom:1px solid var(--line);scrollbar-width:thin}
.scroller canvas{position:sticky;top:0;display:block}
.chosen{min-height:2.4em;padding-top:8px}
.chosen button{margin-left:2px}
.zooms{display:flex;flex-wrap:wrap;gap:6px;align-items:center;font-size:.875rem;color:var(--muted)}
.zooms[hidden]{display:none}
button{font:inherit;font-size:.875rem;color:var(--ink);background:var(--card);border:1px solid var(--line);border-radius:6px;padding:3px 10px;cursor:pointer}
button:hover{border-color:var(--muted)}
button[aria-pressed=true]{background:var(--ink);border-color:var(--ink);color:var(--paper)}
.tooltip{position:fixed;z-index:2;max-width:min(440px,calc(100vw - 16px));background:var(--ink);color:var(--paper);font-size:.8125rem;padding:5px 9px;border-radius:5px;pointer-events:none}

.command{display:flex;gap:10px;align-items:flex-start;margin-bottom:10px}
pre{margin:0;flex:1;min-width:0;background:var(--card);border:1px solid var(--line);border-radius:6px;padding:9px 12px;font-size:.875rem;white-space:pre-wrap;overflow-wrap:anywhere}
.settings{margin:18px 0 0}
.settings div{display:grid;grid-template-columns:120px minmax(0,1fr);gap:0 18px;padding:6px 0;border-bottom:1px solid var(--line)}
.settings dt{color:var(--muted)}.settings dd{margin:0}

.viewer{max-width:1120px;margin:0 auto;padding:22px 24px 0}
.drop{border:2px dashed var(--muted);border-radius:10px;padding:26px 24px;text-align:center;margin:18px 0}
.drop .note{margin-inline:auto}
.drop.over{border-color:var(--link);background:var(--card)}
.problems{color:var(--invalid)}
.problems li{overflow-wrap:anywhere}
.viewer input[type=file]{border:0;background:none;font-size:.875rem}
#shown main{padding-top:8px}

@media (max-width:900px){.figures{grid-template-columns:repeat(3,1fr)}.figures div:nth-child(n+4){border-top:1px solid var(--line)}.figures div:nth-child(4){padding-left:0;border-left:0}}
@media (max-width:620px){
main{padding:18px 16px 48px}
section{margin-top:44px}
.because{font-size:1.125rem}
.figures{grid-template-columns:repeat(2,1fr)}
.figures div:nth-child(n+3){border-top:1px solid var(--line)}
.figures div:nth-child(odd){padding-left:0;border-left:0}
.figures div:nth-child(even){padding-left:14px;border-left:1px solid var(--line)}
.figures b{font-size:1.3125rem}
table.cards,table.cards tbody,table.cards tr,table.cards td{display:block}
table.cards thead{display:none}
table.cards tr{border-bottom:1px solid var(--line);padding:10px 0}
table.cards td{border:0;padding:2px 0;display:grid;grid-template-columns:92px minmax(0,1fr);gap:10px}
table.cards td::before{content:attr(data-label);color:var(--muted);font-size:.8125rem}
table.cards td[data-label=""]{grid-template-columns:minmax(0,1fr)}table.cards td[data-label=""]::before{content:none}
table.grid th,table.grid td{padding-right:12px}
.settings div,.reasons li{grid-template-columns:minmax(0,1fr)}
.intervals.large{display:none}.intervals.narrow{display:grid}
.command{flex-direction:column}
.command pre{width:100%}
}
@media print{
body{background:#fff}
main{max-width:none;padding:0}
.zooms,.skip,nav,button,.reading,.filters{display:none!important}
section{margin-top:32px}
figure,.example,tr{break-inside:avoid}
.anomaly svg{max-width:100%;height:auto}
.scroll{overflow:visible}
.intervals.large{display:none}.intervals.narrow{display:grid}.intervals.small{zoom:.64}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
`;
