/** Style sheet of a page: follows the reader's light or dark mode, prints on white, uses installed fonts. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fff; --ink: #1d2330; --faint: #5d6676; --rule: #d9dee7; --panel: #f6f7fa;
  --line: #1f62c4; --other: #b4530a; --count: #b9c6dd; --good: #1c7a44; --bad: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171d; --ink: #e6e9ef; --faint: #9aa4b5; --rule: #313845; --panel: #1b2028;
    --line: #7fb0ff; --other: #f0a35e; --count: #3d4b63; --good: #6fd39a; --bad: #ff8a80;
  }
}
@media print {
  :root {
    color-scheme: light;
    --ground: #fff; --ink: #000; --faint: #444; --rule: #ccc; --panel: #fff;
    --line: #1f62c4; --other: #b4530a; --count: #c6d0e2; --good: #1c7a44; --bad: #b3261e;
  }
  body { padding: 0; }
  figure, table { break-inside: avoid; }
  h2 { break-after: avoid; }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 68rem; padding: 1.5rem 1.25rem 3rem; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; -webkit-print-color-adjust: exact; print-color-adjust: exact;
}
h1 { font-size: 1.6rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.25rem 0 .5rem; }
h3 { font-size: 1rem; margin: 0; font-family: ui-monospace, monospace; }
p { margin: .4rem 0; max-width: 52rem; }
.faint, figcaption { color: var(--faint); }
.said { border-left: 4px solid var(--good); padding: .5rem .9rem; background: var(--panel); }
.said.not { border-color: var(--bad); }
.grid2, .grid3 { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); }
.grid3 { grid-template-columns: repeat(auto-fill, minmax(19rem, 1fr)); }
figure { margin: 0; padding: .75rem; background: var(--panel); border: 1px solid var(--rule); border-radius: 6px; }
figcaption { font-size: .85rem; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { font-size: 11px; fill: var(--faint); }
svg .name { fill: var(--ink); }
.grid { stroke: var(--rule); stroke-width: .6; }
.axis { stroke: var(--faint); }
.curve { fill: none; stroke: var(--line); stroke-width: 2; stroke-linejoin: round; }
.even { fill: none; stroke: var(--faint); stroke-dasharray: 4 4; }
.dot { fill: var(--line); }
.best { fill: var(--other); }
.count { fill: var(--count); }
.for { fill: var(--line); }
.against { fill: var(--other); }
.whisker { stroke: var(--ink); stroke-width: 1.2; }
table { border-collapse: collapse; margin: .75rem 0; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--faint); padding-bottom: .25rem; }
th, td { padding: .2rem .9rem .2rem 0; text-align: right; border-bottom: 1px solid var(--rule); font-weight: normal; }
th { color: var(--faint); }
th:first-child, td:first-child { text-align: left; }
td { overflow-wrap: anywhere; }
`
