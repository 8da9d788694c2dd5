// Coverage by component, with its thresholds, and file by file below.

import { el, place, section } from "./dom.js";
import { called, owner, percent, plural, ranges } from "./words.js";

/** The panel, or nothing where no coverage was measured. */
export function coverage(run) {
  if (run.coverage.length === 0) {
    return null;
  }
  const thresholds = new Map(
    run.gates.flatMap((gate) => gate.thresholds).map((threshold) => [threshold.component, threshold]),
  );
  const groups = grouped(run);
  const whole = { name: "The whole repository", files: run.coverage, threshold: thresholds.get("*") };
  const parts = [...groups].map(([name, files]) => ({ name, files, threshold: thresholds.get(name) }));
  return section(
    "coverage",
    "Coverage",
    el(
      "div.coverage",
      {},
      [whole, ...parts].map((group, index) => component(group, index > 0)),
    ),
  );
}

/** Files by component name, names in order. */
export function grouped(run) {
  const groups = new Map();
  for (const file of run.coverage) {
    const name = owner(run.components, file.path);
    groups.set(name, [...(groups.get(name) || []), file]);
  }
  return new Map([...groups].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function totals(files) {
  const sum = (name) => files.reduce((total, file) => total + file[name], 0);
  return {
    lines: [sum("lines_covered"), sum("lines_valid")],
    branches: [sum("branches_covered"), sum("branches_valid")],
  };
}

function component({ name, files, threshold }, open) {
  const { lines, branches } = totals(files);
  const head = [
    el("span.name", {}, called(name), threshold && !threshold.met ? el("span.tag.v-failed", {}, "too low") : null),
    meter("lines", lines, threshold?.lines_required),
    meter("branches", branches, threshold?.branches_required),
  ];
  if (!open) {
    return el("div.group.whole", {}, el("div.head", {}, head));
  }
  return el("details.group", {}, el("summary", {}, el("div.head", {}, head)), table(files));
}

function meter(name, [covered, valid], required) {
  const share = percent(covered, valid);
  const low = required !== undefined && share < required;
  const text = valid ? `${share.toFixed(1)} %` : "none";
  const label = `${name}: ${text}, ${covered} of ${valid}${required === undefined ? "" : `, ${required} % due`}`;
  return el(
    `div.meter${low ? ".low" : ""}`,
    { role: "img", "aria-label": label, title: label },
    el("span.caption", {}, `${name} `, el("b", {}, text)),
    el(
      "span.rail",
      {},
      place(el("span.bar"), 0, share),
      required === undefined ? null : place(el("span.due"), Math.min(required, 99.6), 0),
    ),
  );
}

function table(files) {
  const worst = [...files].sort(
    (a, b) => percent(a.lines_covered, a.lines_valid) - percent(b.lines_covered, b.lines_valid),
  );
  const lines = worst.map((file) =>
    el(
      "tr",
      {},
      el(
        "td.place",
        {},
        el("code", {}, file.path),
        file.missing.length ? el("p.missing", {}, `never run: ${ranges(file.missing)}`) : null,
      ),
      el("td.number", {}, meter("lines", [file.lines_covered, file.lines_valid])),
      el("td.number", {}, meter("branches", [file.branches_covered, file.branches_valid])),
    ),
  );
  const head = el(
    "tr",
    {},
    el("th", { scope: "col" }, plural(files.length, "file")),
    el("th", { scope: "col" }, "Lines"),
    el("th", { scope: "col" }, "Branches"),
  );
  return el("div.scroll", {}, el("table.files", {}, el("thead", {}, head), el("tbody", {}, lines)));
}
