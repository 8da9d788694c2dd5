// Draw the run that the page carries.

import { coverage } from "./coverage.js";
import { el, section } from "./dom.js";
import { findings } from "./findings.js";
import { gates } from "./gates.js";
import { figures, header } from "./header.js";
import { slowest, tests } from "./tests.js";
import { timeline } from "./timeline.js";
import { ago, visible } from "./words.js";

/** The whole page as elements. */
export function page(run) {
  const [panel, show] = findings(run);
  const evidence = document.getElementById("evidence");
  const panels = [
    timeline(run),
    gates(run, show),
    panel,
    coverage(run),
    tests(run),
    evidence,
    slowest(run),
    about(run),
  ].filter(Boolean);
  return [header(run), figures(run, Number(evidence?.dataset.signed)), notes(run), menu(panels), ...panels].filter(
    Boolean,
  );
}

function menu(panels) {
  const links = panels.map((panel) =>
    el("li", {}, el("a", { href: `#${panel.id}` }, panel.querySelector("h2").textContent)),
  );
  return el("nav.menu", { "aria-label": "Sections" }, el("ul", {}, links));
}

function notes(run) {
  return run.notes.length
    ? el(
        "ul.notes",
        { "aria-label": "Notes" },
        run.notes.map((note) => el("li", {}, note)),
      )
    : null;
}

function about(run) {
  const facts = [
    ["Run", run.id],
    ["Lockstep", run.lockstep],
    ["Python", run.python],
    ["Platform", run.platform],
    ["Processors", run.cpus],
    ["Tree", run.repository.tree],
  ].filter(([, value]) => value);
  const tools = run.tools.map((tool) =>
    el(
      "tr",
      {},
      el("td", {}, tool.name),
      el("td", {}, tool.version),
      el("td", {}, el("code", {}, tool.digest.slice(0, 16))),
    ),
  );
  const head = el(
    "tr",
    {},
    ["Tool", "Version", "Digest"].map((title) => el("th", { scope: "col" }, title)),
  );
  return section(
    "about",
    "About this run",
    el(
      "dl.facts",
      {},
      facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, String(value)))),
    ),
    tools.length
      ? el(
          "details",
          {},
          el("summary", {}, `Tools (${tools.length})`),
          el("table.tools", {}, el("thead", {}, head), el("tbody", {}, tools)),
        )
      : null,
    el(
      "p.files",
      {},
      "The same as data: ",
      ["run.json", "results.sarif", "junit.xml", "coverage.xml", "summary.md"].map((name) => [
        el("a", { href: name }, name),
        " ",
      ]),
    ),
  );
}

/** How old what was signed is by now; the page itself can only say when it was. */
function age(evidence) {
  for (const time of evidence ? evidence.querySelectorAll("time") : []) {
    const passed = ago(Date.parse(time.dateTime));
    time.after(passed ? `, ${passed}` : "");
  }
}

const record = JSON.parse(document.getElementById("run").textContent, (_, value) =>
  typeof value === "string" ? visible(value) : value,
);
document.title = `${record.outcome}: ${record.repository.name}`;
document.getElementById("page").replaceChildren(...page(record));
age(document.getElementById("evidence"));
