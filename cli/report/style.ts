/** The looks of a report, in both colour schemes, on paper and down to 360 pixels. */
export const style = `
:root{color-scheme:light dark;--page:#fff;--ink:#1b1f27;--quiet:#5b6472;--line:#dfe3ea;--soft:#f5f6f9;--accent:#2a5db0;--good:#1d7a4c;--warn:#9a5b00;--bad:#b3261e;--goodsoft:#e4f3ea;--warnsoft:#fbf0dc;--badsoft:#fbe6e4;--accentsoft:#e6edf8;--step:#8490a1;--agent:#6f94cf;--inference:#3aa394;--tool:#6f8f2e;--decision:#9a7cc9;--critical:#d9731a;--queued:#b68a3f;--o0:#2a6fb8;--o1:#c9822b;--o2:#7d5fb2;--o3:#3d9686;--o4:#b5577a;--o5:#84909f}
@media (prefers-color-scheme:dark){:root{--page:#14171c;--ink:#e7eaf0;--quiet:#9aa4b3;--line:#2c323c;--soft:#1c2027;--accent:#84adec;--good:#6ecf9b;--warn:#e5b567;--bad:#f1897f;--goodsoft:#17301f;--warnsoft:#332811;--badsoft:#3a1c1a;--accentsoft:#1b2a42;--step:#66717f;--agent:#5f85c4;--inference:#3d9f91;--tool:#93b04c;--decision:#8f75c0;--critical:#ea8f3c;--queued:#7d6a42;--o0:#5b96d8;--o1:#d69a4b;--o2:#a48bd3;--o3:#5bb3a4;--o4:#cf7d9b;--o5:#8b96a5}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
body{margin:0;overflow-wrap:anywhere;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif}
main{max-width:1180px;margin:0 auto;padding:40px 28px 80px}
h1,h2,h3,h4,h5,p,dl,ul,ol,pre,figure{margin:0}
h1{font-size:32px;line-height:1.2;font-weight:650;letter-spacing:-.01em}
h2{font-size:21px;font-weight:650;margin:0 0 14px;letter-spacing:-.005em}
h3{font-size:16px;font-weight:650;margin:24px 0 8px}
h4{font-size:14px;font-weight:650;margin:20px 0 6px}
h5{font-size:13px;font-weight:650;margin:14px 0 4px}
section{margin-top:52px;padding-top:26px;border-top:1px solid var(--line);scroll-margin-top:48px}
nav+section{border-top:0;margin-top:8px}
small{font-size:12px;color:var(--quiet)}
a{color:var(--accent);text-decoration:none}
a:hover{text-decoration:underline}
code,pre{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,Liberation Mono,monospace}
pre{background:var(--soft);border:1px solid var(--line);border-radius:6px;padding:12px 14px;white-space:pre-wrap;max-height:520px;overflow-y:auto}
pre.command{margin:10px 0}
.quiet,.note,.left-out,.legend{color:var(--quiet)}
.note,.left-out,.legend{font-size:13px}
.note,.left-out{margin-top:10px;max-width:78ch}
.legend{display:flex;flex-wrap:wrap;gap:2px 14px;margin-bottom:10px}
.legend span{white-space:nowrap}
.n{text-align:right;font-variant-numeric:tabular-nums}
.kicker{font-size:12px;font-weight:600;letter-spacing:.08em;text-transform:uppercase;color:var(--quiet);margin-bottom:6px}
.status{display:flex;flex-wrap:wrap;gap:8px 12px;align-items:center;margin-top:12px}
.message,.warning{border-left:3px solid var(--warn);background:var(--warnsoft);padding:8px 12px;margin:14px 0 0;border-radius:0 4px 4px 0}
.lines{white-space:pre-wrap}
.badge{display:inline-block;font-size:13px;font-weight:600;padding:2px 10px;border-radius:999px;background:var(--soft)}
.badge.settled{background:var(--goodsoft);color:var(--good)}
.badge.unsettled{background:var(--warnsoft);color:var(--warn)}
.badge.waiting{background:var(--accentsoft);color:var(--accent)}
.badge.bad,.bad{color:var(--bad)}
.badge.bad{background:var(--badsoft)}
span.bad{font-size:12px}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(200px,1fr));gap:16px 28px;margin:26px 0 18px}
.facts dt{font-size:12px;color:var(--quiet)}
.facts dd{margin:0;font-variant-numeric:tabular-nums}
nav{position:sticky;top:0;z-index:2;display:flex;flex-wrap:wrap;gap:4px 18px;padding:10px 0;margin-top:22px;background:var(--page);border-bottom:1px solid var(--line);font-size:14px}
details{margin-top:10px}
summary{cursor:pointer;color:var(--accent)}
summary h3{display:inline;margin:0;color:var(--ink)}
summary h3+*{margin-left:10px}
summary small,summary .quiet{font-size:13px;margin-left:10px}
table{border-collapse:collapse;width:100%;font-size:14px}
th,td{padding:6px 10px;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
th:first-child,td:first-child{padding-left:0}
th:last-child,td:last-child{padding-right:0}
thead th{font-size:12px;font-weight:500;color:var(--quiet);vertical-align:bottom;white-space:nowrap}
tbody th{font-weight:600}
th.n,td.n{text-align:right;white-space:nowrap}
.wide{width:28%}
.wide small{display:block}
td small{display:block}
.digest{color:var(--quiet)}
svg{display:block;overflow:hidden}
.meter,.track,.arrow{width:100%}
.key{display:inline-block;width:12px;height:12px;border-radius:3px;margin-right:5px;vertical-align:-1px}
.key.critical{height:4px;vertical-align:3px}
.key.step{background:var(--step)}.key.agent{background:var(--agent)}.key.inference{background:var(--inference)}.key.tool{background:var(--tool)}.key.decision{background:var(--decision)}.key.failed{background:var(--bad)}.key.critical{background:var(--critical)}.key.cut{background:var(--line)}.key.queued,.key.wait{background:var(--queued)}.key.tokens{background:var(--agent)}
.run,.step{fill:var(--step)}.agent{fill:var(--agent)}.inference{fill:var(--inference)}.tool{fill:var(--tool)}.decision{fill:var(--decision)}.queued,.wait{fill:var(--queued)}.tokens{fill:var(--agent)}
.failed{fill:var(--bad)}
.critical{fill:var(--critical)}
.cut{fill:var(--line)}
.tick,.life{stroke:var(--line);stroke-width:1}
text{font-size:12px;fill:var(--quiet);font-variant-numeric:tabular-nums}
.lane{display:grid;grid-template-columns:minmax(0,290px) minmax(0,1fr) 64px 72px 72px 72px;gap:0 12px;align-items:center;font-size:13px;border-bottom:1px solid var(--line);min-height:28px}
.lane.ruler{font-size:12px;color:var(--quiet)}
.lane .what,.part .what{white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.lane .what b{font-weight:600}
.unit{font-size:12px;color:var(--quiet)}
.in1 .what{padding-left:14px}.in2 .what{padding-left:28px}.in3 .what{padding-left:42px}.in4 .what{padding-left:56px}.in5 .what{padding-left:70px}.in6 .what{padding-left:84px}.in7 .what{padding-left:98px}
.lane.use{grid-template-columns:minmax(0,290px) minmax(0,1fr);padding:6px 0}
.item{margin:12px 0 18px}
.item h4 small{margin-left:10px;font-weight:400}
.part{display:grid;grid-template-columns:minmax(0,290px) minmax(0,1fr) 72px;gap:0 12px;align-items:center;font-size:13px}
.case{margin-top:0;padding:7px 0;border-bottom:1px solid var(--line)}
.case[open]{padding-bottom:22px}
.case summary{padding:2px 0}
.question{margin:12px 0 0;max-width:90ch}
.tree{display:grid;grid-template-columns:minmax(0,1fr) 110px minmax(0,.8fr) 60px minmax(0,1.1fr);margin:18px 0 8px;font-size:13px}
.column{display:flex;flex-direction:column;justify-content:space-around}
.node{display:grid;grid-template-columns:minmax(0,1fr) auto;gap:0 10px;margin:4px 0;padding:5px 10px;border:1px solid var(--line);border-left-width:4px;border-radius:5px;min-height:48px;align-content:center}
.node b,.node span{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.node b{grid-column:1}
.node span{grid-column:1;color:var(--quiet);font-size:12px}
.node i{grid-column:2;grid-row:1/3;align-self:center;font-style:normal;font-variant-numeric:tabular-nums;white-space:nowrap}
.node.uncounted{border-style:dashed;color:var(--quiet)}
.options .node{border-left-width:1px;border-right-width:4px}
.node.o0{border-left-color:var(--o0)}.node.o1{border-left-color:var(--o1)}.node.o2{border-left-color:var(--o2)}.node.o3{border-left-color:var(--o3)}.node.o4{border-left-color:var(--o4)}.node.o5{border-left-color:var(--o5)}
.options .node{border-left-color:var(--line)}
.options .o0{border-right-color:var(--o0)}.options .o1{border-right-color:var(--o1)}.options .o2{border-right-color:var(--o2)}.options .o3{border-right-color:var(--o3)}.options .o4{border-right-color:var(--o4)}.options .o5{border-right-color:var(--o5)}
.bands{position:relative;min-height:56px}
.bands svg{position:absolute;inset:0;width:100%;height:100%}
.band{fill:none;vector-effect:non-scaling-stroke;opacity:.55}
.band.lead{stroke-width:4}
.o0{stroke:var(--o0)}.o1{stroke:var(--o1)}.o2{stroke:var(--o2)}.o3{stroke:var(--o3)}.o4{stroke:var(--o4)}.o5{stroke:var(--o5)}
.meter .o0{fill:var(--o0);stroke:none}.meter .o1{fill:var(--o1);stroke:none}.meter .o2{fill:var(--o2);stroke:none}.meter .o3{fill:var(--o3);stroke:none}.meter .o4{fill:var(--o4);stroke:none}.meter .o5{fill:var(--o5);stroke:none}
.verdict{display:flex;flex-direction:column;justify-content:center;gap:10px}
.gates{list-style:none;padding:0}
.gates li{padding:2px 0}
.gates b::before{display:inline-block;width:10px;height:10px;margin-right:8px;border-radius:50%;background:var(--good);content:counter(gate,none)}
.gates .shut b::before{background:var(--bad);border-radius:2px}
.gates span{display:block;padding-left:18px;color:var(--quiet);font-size:12px}
.outcome{border-radius:6px;padding:9px 12px;background:var(--goodsoft)}
.outcome.unsettled{background:var(--warnsoft)}
.outcome span,.outcome i{display:block;font-size:12px;font-style:normal;color:var(--quiet);font-variant-numeric:tabular-nums}
.outcome b{font-size:16px}
.sums{display:grid;grid-template-columns:minmax(90px,130px) minmax(0,1fr);gap:3px 16px;font-size:13px;margin:10px 0}
.sums dt{color:var(--quiet)}
.sums dd{margin:0;font-variant-numeric:tabular-nums}
.voices{list-style:none;padding:0;max-width:90ch}
.voices li{padding:3px 0}
q{font-style:italic}
.scroll{overflow-x:auto}
.rounds td.moved{background:var(--warnsoft)}
.rounds .sum td,.rounds .sum th{border-bottom:0;font-weight:600}
.rounds .sum th{white-space:nowrap}
.arrow-row{display:grid;grid-template-columns:minmax(0,270px) minmax(0,1fr);gap:0 14px;align-items:center;font-size:13px;min-height:24px}
.arrow-row .what{white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.arrow-row .what b{font-weight:500}
.arrow-row .what small{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.sequence h3{font-size:14px;margin:14px 0 2px}
.call h3{font-size:13px;margin:14px 0 4px}
.heads{position:sticky;top:42px;background:var(--page);z-index:1;border-bottom:1px solid var(--line)}
.speakers{display:grid;grid-auto-flow:column;grid-auto-columns:minmax(0,1fr)}
.speakers span{text-align:center;font-size:12px;padding:4px 2px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.arrow line{stroke:var(--agent);stroke-width:1.6}
.arrow svg{overflow:visible}
.arrow path,.arrow circle{fill:var(--agent)}
.arrow.back line{stroke:var(--inference)}.arrow.back path{fill:var(--inference)}
.arrow.failed line{stroke:var(--bad)}.arrow.failed path,.arrow.failed circle{fill:var(--bad)}
.arrow line.life{stroke:var(--line);stroke-width:1}
.commands{display:grid;grid-template-columns:minmax(0,auto) minmax(0,1fr);gap:8px 22px;align-items:baseline}
.commands dd{margin:0;color:var(--quiet)}
@media (max-width:820px){
.legend span{white-space:normal}
main{padding:22px 16px 60px}
h1{font-size:25px}
section{margin-top:36px;padding-top:20px}
.facts{grid-template-columns:1fr 1fr;gap:12px 16px;font-size:14px}
.lane{grid-template-columns:minmax(0,1fr) auto auto auto auto;gap:0 8px;padding:4px 0;font-size:12px}
.lane .track{grid-column:1/-1;grid-row:2}
.lane.ruler .n{display:none}
.lane .p95{display:none}
.lane.use{grid-template-columns:minmax(0,1fr)}
.in1 .what,.in2 .what,.in3 .what,.in4 .what,.in5 .what,.in6 .what,.in7 .what{padding-left:0}
.part{grid-template-columns:minmax(0,130px) minmax(0,1fr) 60px;gap:0 8px;font-size:12px}
.tree{grid-template-columns:minmax(0,1.15fr) 34px minmax(0,1fr)}
.bands.after{display:none}
.verdict{grid-column:1/-1;margin-top:10px}
.node{padding:4px 7px;gap:0 5px;grid-template-columns:minmax(0,1fr)}
.node i{grid-column:1;grid-row:auto;justify-self:start;font-size:12px}
.node{min-height:66px}
table.cards thead{display:none}
table.cards,table.cards tbody{display:block}
table.cards tr{display:block;padding:8px 0;border-bottom:1px solid var(--line)}
table.cards th,table.cards td{display:grid;grid-template-columns:110px minmax(0,1fr);gap:10px;border:0;padding:1px 0;text-align:left;white-space:normal}
table.cards tbody th{display:block;grid-column:1/-1}
table.ballots tr{display:grid;grid-template-columns:1fr 1fr;gap:0 14px}
table.ballots td{grid-template-columns:76px minmax(0,1fr)}
table.cards td::before{content:attr(data-label);color:var(--quiet);font-size:12px}
table.cards td.wide{display:block;width:auto}
table.cards td.wide::before{display:none}
.wide{width:24%}
.sums{grid-template-columns:86px minmax(0,1fr);gap:3px 10px}
.arrow-row{grid-template-columns:minmax(0,1fr);padding:2px 0}
.arrow-row .what small{position:static;clip-path:none;margin-left:6px}
.heads .what{display:none}
.speakers span{writing-mode:vertical-rl;justify-self:center;max-height:96px;text-align:start}
.commands{grid-template-columns:minmax(0,1fr);gap:2px}
.commands dd{margin-bottom:10px}
}
@media print{
body{font-size:12px}
main{max-width:none;padding:0}
nav{display:none}
.heads{position:static}
section,.case,.lane,.item,tr{break-inside:avoid}
section{break-inside:auto}
pre{max-height:none}
details::details-content{content-visibility:visible;block-size:auto}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
`;
