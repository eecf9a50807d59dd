"""The style sheet of the post-training page: light and dark, from a phone to a desk.

It loads nothing.
"""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1c1e24; --soft: #565b66;
  --rule: #d4d7dd; --band: #f3f5f8;
  --link: #1b5c9c; --tile: #6aa5dd; --good: #17693c; --bad: #a8321c; --series-0: #2368a8;
  --series-1: #c2452d;
  --series-2: #1d7a48; --series-3: #7d4fa8; --series-4: #85700a; --series-5: #0d7886;
  --series-6: #5f6570; }
@media (prefers-color-scheme: dark) { :root { --paper: #14161b; --ink: #e9ebef; --soft: #a9afbb;
  --rule: #3a3f4a;
  --band: #1d2027; --link: #8fc1f2; --tile: #2b65a5; --good: #7dd3a2; --bad: #f5a28c;
  --series-0: #7fb4e8;
  --series-1: #f0937c; --series-2: #6cc493; --series-3: #c3a3ea; --series-4: #d8c463;
  --series-5: #5fc9d6;
  --series-6: #a4abb8; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, sans-serif; }
header, main, footer { max-width: 76rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .5rem; text-wrap: balance; }
h2 { font-size: 1.25rem; margin: 3rem 0 .75rem; padding-top: .75rem;
  border-top: 1px solid var(--rule); }
h3 { font-size: 1rem; margin: 0; }
p { max-width: 46rem; margin: .5rem 0; }
a { color: var(--link); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: .5rem; }
.soft, small, caption + *, figcaption, .note { color: var(--soft); }
.note { font-size: .9rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; padding: 0;
  margin: 1rem 0 0; }
.missing { border-left: 4px solid var(--bad); background: var(--band); padding: .75rem 1rem;
  margin: 1.25rem 0; }
.missing p { margin: 0; }
.short { padding-left: 1.1rem; max-width: 46rem; } .short li { margin: .35rem 0; }
.verdicts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr));
  gap: 1rem;
  list-style: none; padding: 0; }
.verdicts li { border: 1px solid var(--rule); border-radius: .5rem; padding: .85rem 1rem; }
.verdicts h3 { display: flex; justify-content: space-between; gap: 1rem; }
.verdicts p { font-size: .925rem; }
.verdicts dl { display: grid; grid-template-columns: 1fr auto; gap: 0 .75rem; margin: .5rem 0 0;
  font-size: .85rem;
  color: var(--soft); }
.verdicts dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; color: var(--ink);
  }
.met { color: var(--good); } .not-met { color: var(--bad); } .open { color: var(--soft); }
.tables { display: flex; flex-wrap: wrap; gap: .5rem 4rem; } .tables > div { min-width: 0;
  max-width: 100%; }
.tables .note { max-width: 34rem; }
.scroll { overflow-x: auto; margin: 1rem 0 .25rem; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding-bottom: .4rem; }
caption span { display: block; max-width: min(100%, calc(100vw - 2.5rem)); }
th, td { padding: .35rem .9rem .35rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--rule); }
thead th::first-letter { text-transform: uppercase; }
thead th { border-bottom: 2px solid var(--rule); vertical-align: bottom; font-weight: 600; }
tbody th { font-weight: 400; white-space: nowrap; }
tbody th:first-child { position: sticky; left: 0; background: var(--paper); font-weight: 600; }
td, thead th.number { text-align: right; white-space: nowrap; }
td small { display: block; font-size: .8em; }
tr.line th, tr.line td { font-style: italic; border-top: 2px solid var(--rule); font-weight: 400; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr));
  gap: 1.5rem 2rem;
  margin: 1.25rem 0; }
figure { margin: 0; min-width: 0; }
figure svg { display: block; width: 100%; height: auto; overflow: visible; }
figure svg text { font-family: system-ui, sans-serif; }
figcaption { font-size: .875rem; margin-top: .35rem; }
details { margin: .35rem 0; } summary { cursor: pointer; color: var(--link); }
figure details p { font-size: .85rem; overflow-wrap: anywhere; }
dl.run { display: grid; grid-template-columns: minmax(8rem, auto) 1fr; gap: .2rem 1rem;
  font-size: .875rem; }
dl.run dt { color: var(--soft); overflow-wrap: anywhere; } dl.run dd { margin: 0;
  overflow-wrap: anywhere; }
footer { margin-top: 3rem; padding-bottom: 2.5rem; font-size: .875rem; color: var(--soft); }
code { font-size: .92em; overflow-wrap: anywhere; }
@media (max-width: 30rem) { header, main, footer { padding-left: 1rem; padding-right: 1rem; } h1 {
  font-size: 1.4rem; }
  th, td { padding-right: .5rem; } table { font-size: .8rem; } td small { font-size: .74em; }
  tbody th { white-space: normal; } }
@media print { nav, .skip { display: none; } figure, .verdicts li { break-inside: avoid; } }
"""
