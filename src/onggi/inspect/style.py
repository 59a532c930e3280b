"""The style sheet of the HTML page; every rule stands below `.onggi`, so that a notebook keeps its own look."""

from __future__ import annotations

from typing import Final

__all__ = ["CSS", "PAGE_CSS"]

PAGE_CSS: Final = """
html{color-scheme:light dark;background:Canvas}
body{margin:0}
body>.onggi{max-width:68rem;margin:0 auto;padding:2rem 1.25rem 3rem;box-sizing:border-box}
"""

CSS: Final = """
.onggi{--ink:#24211d;--soft:#6d665c;--line:#e4ddd2;--paper:#fdfbf7;--key:#0b6b74;--value:#3c6e1f;--call:#8a3ea8;
--good:#2c6e2f;--warn:#8a5a00;--bad:#b3261e;--clay:#b5653a;--tint:#f5efe6;
color:var(--ink);font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;text-align:left}
@media (prefers-color-scheme:dark){.onggi{--ink:#e9e4db;--soft:#a1998c;--line:#3a352e;--paper:#1d1a17;--key:#6cc4cd;
--value:#a3cf7f;--call:#d39be8;--good:#86cf8a;--warn:#e6b450;--bad:#ff8a80;--clay:#d98a5f;--tint:#2a2521}}
.onggi h1{font-size:1.35rem;margin:0 0 .25rem;font-weight:650;overflow-wrap:anywhere}
.onggi h2{font-size:1.05rem;margin:1.75rem 0 .25rem}
.onggi h3{font-size:.95rem;margin:1rem 0 .25rem;color:var(--warn)}
.onggi dl{display:flex;flex-wrap:wrap;gap:.15rem 1.5rem;margin:.15rem 0;padding:0}
.onggi dl div{display:flex;gap:.5rem}
.onggi dt{color:var(--soft);font-weight:400;margin:0}
.onggi dd{margin:0;overflow-wrap:anywhere}
.onggi .verdict{border-left:4px solid currentColor;background:var(--tint);border-radius:0 6px 6px 0;
padding:.6rem .9rem;margin:.9rem 0}
.onggi .verdict p{margin:.1rem 0;color:var(--ink);white-space:pre-wrap;overflow-wrap:anywhere}
.onggi .verdict p:first-child{font-size:1.05rem}
.onggi .verdict p:first-child span:first-child{font-weight:650}
.onggi .good{color:var(--good)}.onggi .warn{color:var(--warn)}.onggi .bad{color:var(--bad)}
.onggi .tree,.onggi code,.onggi .code{font-size:12.5px;
font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.onggi .code{background:var(--paper);border:1px solid var(--line);border-radius:4px;padding:.05rem .35rem}
.onggi .tree{border:1px solid var(--line);border-radius:8px;background:var(--paper);
padding:.5rem .25rem;margin:.75rem 0}
.onggi .tree details,.onggi .tree .leaf{margin-left:1.15rem}
.onggi .tree>details,.onggi .tree>.leaf{margin-left:.25rem}
.onggi .tree summary,.onggi .tree .leaf{display:flex;gap:.75rem;align-items:baseline;
padding:.06rem .5rem;border-radius:4px}
.onggi .tree .leaf{padding-left:1.35rem}
.onggi .tree summary{cursor:pointer;list-style:none}
.onggi .tree summary::-webkit-details-marker{display:none}
.onggi .tree summary::before{content:"▸";color:var(--clay);width:.85rem;flex:none;margin-right:-.75rem}
.onggi .tree details[open]>summary::before{content:"▾"}
.onggi .tree summary:hover,.onggi .tree .leaf:hover{background:var(--tint)}
.onggi .tree summary:focus-visible{outline:2px solid var(--clay)}
.onggi .what{flex:1;min-width:0;overflow:hidden;text-overflow:ellipsis;white-space:pre}
.onggi .size{flex:none;color:var(--soft);font-variant-numeric:tabular-nums}
.onggi .bar{flex:none;width:5rem}
.onggi .share{display:block;height:.5rem;border-radius:2px;background:var(--tint)}
.onggi .share i{display:block;height:100%;min-width:2px;border-radius:2px;background:var(--clay)}
.onggi .key{color:var(--key)}.onggi .value{color:var(--value)}.onggi .call{color:var(--call)}
.onggi .module,.onggi .dim{color:var(--soft)}.onggi .type{font-weight:600}
.onggi .scroll{overflow-x:auto}
.onggi table{border-collapse:collapse;width:100%;margin:.5rem 0;font-size:13px}
.onggi th,.onggi td{text-align:left;vertical-align:top;padding:.25rem .6rem;border-bottom:1px solid var(--line);
background:none;color:inherit}
.onggi td.good{color:var(--good)}.onggi td.warn{color:var(--warn)}.onggi td.bad{color:var(--bad);font-weight:600}
.onggi th{color:var(--soft);font-weight:500}.onggi .number{text-align:right;font-variant-numeric:tabular-nums}
.onggi>details>summary{cursor:pointer}
.onggi footer{color:var(--soft);margin-top:1.5rem;font-size:12.5px}
@media (max-width:40rem){.onggi .bar{display:none}}
"""
