// All findings in one table, filtered by gate, severity, component and text.

import { el, fill, path, section } from "./dom.js";
import { called, plural, where } from "./words.js";

const PAGE = 200;
const GRADES = ["critical", "high", "medium", "low", "error", "warning", "note"];
const COLUMNS = [
  ["grade", "Severity"],
  ["gate", "Gate"],
  ["place", "Place"],
  ["text", "Finding"],
  ["component", "Component"],
];

/** Every finding as a row: what is to be mended, waived or in quarantine. */
export function rows(run) {
  return run.gates.flatMap((gate) => [
    ...gate.findings.map((finding) => row(gate.id, finding, "open")),
    ...gate.waived.map((waived) =>
      row(gate.id, waived.finding, "waived", `Waived by ${waived.owner} until ${waived.expires}: ${waived.reason}`),
    ),
    ...gate.quarantined.map((finding) =>
      row(gate.id, finding, "quarantined", "In quarantine: it runs, it does not gate."),
    ),
  ]);
}

function row(gate, finding, state, note = "") {
  const grade = finding.severity && finding.severity !== "none" ? finding.severity : finding.level;
  const text = `${finding.message} ${finding.tool} ${finding.rule}`;
  return { gate, finding, state, note, grade, component: finding.component, place: where(finding.location), text };
}

/** The rows that `filter` lets through, in its order. */
export function filtered(all, filter) {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const kept = all.filter((one) => {
    const haystack = `${one.gate} ${one.component} ${one.place} ${one.text} ${one.note}`.toLowerCase();
    return (
      (one.state === "open" || filter[one.state]) &&
      ["gate", "grade", "component"].every((name) => !filter[name] || one[name] === filter[name]) &&
      words.every((word) => haystack.includes(word))
    );
  });
  const sign = filter.down ? -1 : 1;
  return kept.sort((a, b) => sign * compare(a, b, filter.sort));
}

function compare(a, b, column) {
  if (column === "grade") {
    return GRADES.indexOf(a.grade) - GRADES.indexOf(b.grade);
  }
  if (column === "place" && a.finding.location.path === b.finding.location.path) {
    return a.finding.location.line - b.finding.location.line;
  }
  return a[column] < b[column] ? -1 : Number(a[column] > b[column]);
}

/** The panel, and a function that narrows it to one gate. */
export function findings(run) {
  const all = rows(run);
  if (all.length === 0) {
    return [section("findings", "Findings", el("p.empty", {}, "No findings.")), () => undefined];
  }
  const filter = {
    text: "",
    gate: "",
    grade: "",
    component: "",
    waived: false,
    quarantined: false,
    sort: "grade",
    down: false,
    shown: PAGE,
  };
  const body = el("tbody");
  const count = el("p.count", { role: "status" });
  const more = el("button.more", { type: "button" }, "Show more");
  const heads = COLUMNS.map(([name, title]) =>
    el("th", { scope: "col" }, el("button", { type: "button", onclick: () => sort(name) }, title)),
  );
  const draw = () => {
    const kept = filtered(all, filter);
    fill(body, kept.slice(0, filter.shown).map(drawn));
    count.textContent = `${kept.length} of ${plural(all.length, "finding")}`;
    more.hidden = kept.length <= filter.shown;
    heads.forEach((head, index) => {
      const order = filter.down ? "descending" : "ascending";
      head.setAttribute("aria-sort", COLUMNS[index][0] === filter.sort ? order : "none");
    });
  };
  const sort = (name) => {
    filter.down = filter.sort === name && !filter.down;
    filter.sort = name;
    draw();
  };
  more.addEventListener("click", () => {
    filter.shown += 5 * PAGE;
    draw();
  });
  const [bar, controls] = filters(all, filter, draw);
  addEventListener("beforeprint", () => {
    filter.shown = all.length;
    draw();
  });
  draw();
  const table = el("table.findings", {}, el("thead", {}, el("tr", {}, heads)), body);
  const panel = section("findings", "Findings", bar, count, el("div.scroll", {}, table), more);
  return [panel, (gate) => controls.only(gate)];
}

function filters(all, filter, draw) {
  const change = (name, value) => {
    filter[name] = value;
    filter.shown = PAGE;
    draw();
  };
  const text = el("input#finding-text", {
    type: "search",
    placeholder: "Text, rule or path",
    oninput: (event) => change("text", event.target.value),
  });
  const gate = choice("gate", "Gate", values(all, "gate"), change);
  const grade = choice(
    "grade",
    "Severity",
    GRADES.filter((name) => all.some((one) => one.grade === name)),
    change,
  );
  const component = choice("component", "Component", values(all, "component"), change);
  const states = ["waived", "quarantined"].map((name) => toggle(all, filter, name, change));
  const bar = el(
    "form.filters",
    { role: "search", onsubmit: (event) => event.preventDefault() },
    el("label.grow", {}, "Search", text),
    gate,
    grade,
    component,
    states,
  );
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName)) {
      event.preventDefault();
      text.focus();
    }
  });
  const only = (name) => {
    bar.reset();
    Object.assign(filter, { text: "", gate: name, grade: "", component: "", waived: true, quarantined: true });
    gate.querySelector("select").value = name;
    for (const box of bar.querySelectorAll("input[type=checkbox]")) {
      box.checked = true;
    }
    change("gate", name);
  };
  return [bar, { only }];
}

function values(all, name) {
  return [...new Set(all.map((one) => one[name]))].filter(Boolean).sort();
}

function choice(name, title, options, change) {
  const items = options.map((value) => el("option", { value }, called(value)));
  return el(
    "label",
    {},
    title,
    el(
      "select",
      { id: `finding-${name}`, onchange: (event) => change(name, event.target.value) },
      el("option", { value: "" }, "all"),
      items,
    ),
  );
}

function toggle(all, filter, name, change) {
  const count = all.filter((one) => one.state === name).length;
  const box = el("input", {
    type: "checkbox",
    id: `finding-${name}`,
    checked: filter[name],
    onchange: (event) => change(name, event.target.checked),
  });
  return count ? el("label.check", {}, box, `${name} (${count})`) : null;
}

function drawn(one) {
  const { finding } = one;
  const rule = `${finding.tool} ${finding.rule}`.trim();
  const link = /^https?:\/\//.test(finding.help_url)
    ? el("a", { href: finding.help_url, rel: "noreferrer noopener" }, rule)
    : el("span", {}, rule);
  return el(
    `tr.s-${one.state}`,
    {},
    el("td", {}, el(`span.grade.g-${one.grade}`, {}, one.grade)),
    el("td", {}, one.gate),
    el("td.place", {}, el("code", {}, path(one.place || "-"))),
    el(
      "td.message",
      {},
      el("p", {}, finding.message),
      finding.snippet ? el("pre", {}, finding.snippet) : null,
      el("p.rule", {}, link, finding.fixable ? el("span.tag", {}, "fixable") : null),
      one.note ? el("p.note", {}, one.note) : null,
    ),
    el("td", {}, called(one.component || "")),
  );
}
