/* How the page looks: a phone's width or a desk's, light or dark as the reader's system is. */
#ifndef HARNESS_PAGE_STYLE_H
#define HARNESS_PAGE_STYLE_H

static const char page_style[] =
    ":root{color-scheme:light dark;--ink:#1d2329;--dim:#5c6670;--paper:#fff;--card:#f4f6f8;--line:#d8dde2;"
    "--good:#17703a;--bad:#b3261e;--skip:#7a5a00;--link:#0b57a4}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e4e8ec;--dim:#9aa5af;--paper:#14181c;--card:#1e242a;--line:#343c44;"
    "--good:#6fcf8f;--bad:#ff8a80;--skip:#e0b84c;--link:#8ab8f0}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;padding:1.5rem 1rem 4rem;max-width:56rem;color:var(--ink);background:var(--paper);"
    "font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}\n"
    "h1{font-size:1.5rem;line-height:1.25;margin:0 0 .25rem}\n"
    "h2{font-size:1.2rem;margin:2.5rem 0 .75rem}\n"
    "h3{font-size:1rem;margin:0 0 .5rem}\n"
    "p{margin:.5rem 0}\n"
    "a{color:var(--link)}\n"
    "code,pre{font-family:ui-monospace,monospace;font-size:.875rem}\n"
    "pre{margin:.5rem 0;padding:.6rem .75rem;background:var(--paper);border:1px solid var(--line);border-radius:.4rem;"
    "white-space:pre-wrap}\n"
    ".dim{color:var(--dim);font-size:.875rem}\n"
    ".numbers{display:grid;grid-template-columns:repeat(auto-fit,minmax(5.5rem,1fr));gap:.75rem;margin:1.25rem 0 .5rem;"
    "padding:0;list-style:none}\n"
    ".numbers li{padding:.6rem .9rem;background:var(--card);border-radius:.5rem}\n"
    ".numbers b{display:block;font-size:1.6rem;line-height:1.2}\n"
    ".card{margin:.75rem 0;padding:.9rem 1rem;background:var(--card);border-left:.25rem solid var(--bad);"
    "border-radius:.4rem}\n"
    ".card.lenient{border-color:var(--skip)}\n"
    ".says{margin:.5rem 0 0;padding:0 0 0 .9rem;border-left:.15rem solid var(--line)}\n"
    ".clauses{margin:0;padding:0;list-style:none}\n"
    ".clauses>li{padding:.6rem 0 .6rem 1.75rem;border-top:1px solid var(--line);position:relative}\n"
    ".clauses>li>.mark{position:absolute;left:.1rem;font-weight:700}\n"
    ".good{color:var(--good)}.bad{color:var(--bad)}.skip{color:var(--skip)}\n"
    ".case{display:inline-block;margin-right:.5rem}\n"
    "details{margin:.5rem 0;border:1px solid var(--line);border-radius:.5rem;padding:0 1rem}\n"
    "summary{cursor:pointer;padding:.7rem 0;font-weight:600}\n"
    "summary .dim{font-weight:400}\n";

#endif
