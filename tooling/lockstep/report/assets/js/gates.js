// A card for each gate: what it assures, how it ended, what mends it, and the command that runs it alone.

import { badge, command, el, prose, section } from "./dom.js";
import { duration, plural } from "./words.js";

const URGENCY = { failed: 0, errored: 1, unavailable: 2, passed: 3, "not-applicable": 4 };

/** The panel; `show(gate)` is called when the reader asks for the findings of a gate. */
export function gates(run, show) {
  const sorted = [...run.gates].sort((a, b) => (URGENCY[a.verdict] ?? 5) - (URGENCY[b.verdict] ?? 5));
  if (sorted.length === 0) {
    return section("gates", "Gates", el("p.empty", {}, "No gate was judged."));
  }
  return section(
    "gates",
    "Gates",
    el(
      "div.cards",
      {},
      sorted.map((gate) => card(run, gate, show)),
    ),
  );
}

function card(run, gate, show) {
  const actions = run.actions.filter((action) => action.gate === gate.id);
  const calm = gate.verdict === "passed" || gate.verdict === "not-applicable";
  return el(
    `article.card.v-${gate.verdict}${calm ? ".calm" : ""}`,
    { id: `gate-${gate.id}` },
    el("header", {}, el("h3", {}, gate.id), badge(gate.verdict)),
    el("p.what", {}, gate.title),
    reason(gate),
    el("p.meta", {}, [gate.stage, ...meta(gate, actions)].join(" · ")),
    missed(gate),
    counts(gate, show),
    !calm && gate.remedy && (gate.verdict === "failed" || gate.findings.length)
      ? el("p.remedy", {}, el("strong", {}, "Mend: "), prose(gate.remedy))
      : null,
    calm || !gate.alone ? null : command(gate.alone),
    log(actions),
  );
}

/** Why the gate ended so, unless that does no more than count the findings, which the link below does. */
function reason(gate) {
  const counted = gate.verdict === "failed" && gate.findings.length;
  return gate.reason && !counted ? el("p.reason", {}, gate.reason) : null;
}

function meta(gate, actions) {
  const cached = actions.filter((action) => action.cached).length;
  return [
    ...(gate.verdict === "not-applicable" ? [] : [duration(gate.seconds)]),
    ...(actions.length ? [`${plural(actions.length, "action")}, ${cached} cached`] : []),
    ...(gate.blocking ? [] : ["does not block"]),
  ];
}

function missed(gate) {
  const lines = gate.thresholds
    .filter((threshold) => !threshold.met)
    .map((threshold) => {
      const name = threshold.component === "*" ? "The repository" : threshold.component;
      const lines_ = `lines ${threshold.lines.toFixed(1)} % of ${threshold.lines_required} %`;
      return el(
        "li",
        {},
        `${name}: ${lines_}, branches ${threshold.branches.toFixed(1)} % of ${threshold.branches_required} %`,
      );
    });
  return lines.length ? el("ul.missed", {}, lines) : null;
}

function counts(gate, show) {
  const parts = [
    [gate.findings.length, plural(gate.findings.length, "finding")],
    [gate.waived.length, `${gate.waived.length} waived`],
    [gate.quarantined.length, `${gate.quarantined.length} quarantined`],
  ].filter(([count]) => count);
  if (parts.length === 0) {
    return null;
  }
  return el("a.found", { href: "#findings", onclick: () => show(gate.id) }, parts.map(([, text]) => text).join(", "));
}

function log(actions) {
  const rows = actions.map((action) =>
    el(
      "li",
      {},
      action.log ? el("a", { href: href(action.log) }, action.id) : action.id,
      ` ${action.cached ? "cached" : duration(action.seconds)}`,
    ),
  );
  return rows.length ? el("details", {}, el("summary", {}, "Actions and logs"), el("ul.logs", {}, rows)) : null;
}

/** A relative link to a file beside the report; each part is encoded, so that it can never become another scheme. */
export function href(path) {
  return `./${path.split("/").map(encodeURIComponent).join("/")}`;
}
