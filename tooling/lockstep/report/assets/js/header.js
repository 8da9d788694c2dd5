// The top of the page: how the run ended, of what, and the numbers that matter.

import { badge, el, icon } from "./dom.js";
import { duration, percent, plural } from "./words.js";

const OUTCOMES = { passed: "passed", failed: "failed", incomplete: "unavailable", interrupted: "errored" };
const ORDER = ["failed", "errored", "unavailable", "passed", "not-applicable"];

/** The verdict that lends an outcome its colour. */
export function tone(outcome) {
  return OUTCOMES[outcome] || "unavailable";
}

/** The header with outcome, commit, duration and mode. */
export function header(run) {
  const { repository } = run;
  const facts = [
    ["Commit", repository.commit ? repository.commit.slice(0, 12) : "none yet"],
    ["Branch", repository.branch],
    ["Tree", repository.dirty ? "with uncommitted changes" : "equals the commit"],
    ["Mode", run.strict ? `${repository.mode}, strict` : repository.mode],
    ["Started", run.started.replace("T", " ").replace(/(\.\d+)?(Z|\+00:00)$/, " UTC")],
    ["Duration", duration(run.seconds)],
  ];
  return el(
    `header.top.v-${tone(run.outcome)}`,
    {},
    el("div.mark", {}, icon(tone(run.outcome))),
    el("div.title", {}, el("p.kicker", {}, repository.name), el("h1", {}, sentence(run))),
    el(
      "dl.facts",
      {},
      facts.filter(([, value]) => value).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))),
    ),
  );
}

function sentence(run) {
  const bad = run.gates.filter((gate) => gate.verdict === "failed" || gate.verdict === "errored").length;
  const missing = run.gates.filter((gate) => gate.verdict === "unavailable").length;
  if (run.outcome === "passed") {
    return run.gates.length === 1 ? "The gate passed" : `All ${run.gates.length} gates hold`;
  }
  if (run.outcome === "failed") {
    return bad + missing ? `Failed: ${bad || missing} of ${plural(run.gates.length, "gate")}` : "Failed";
  }
  if (run.outcome === "interrupted") {
    return "Interrupted";
  }
  return missing ? `Incomplete: ${plural(missing, "gate")} could not run` : "Incomplete";
}

/** The row of figures below the header; `signed`: how many artifacts something is signed about. */
export function figures(run, signed) {
  const findings = run.gates.reduce((sum, gate) => sum + gate.findings.length, 0);
  const cached = run.actions.filter((action) => action.cached);
  const spared = cached.reduce((sum, action) => sum + action.seconds, 0);
  const covered = run.coverage.reduce((sum, file) => sum + file.lines_covered, 0);
  const valid = run.coverage.reduce((sum, file) => sum + file.lines_valid, 0);
  const failed = run.tests.filter((test) => test.outcome === "failed" || test.outcome === "error").length;
  return el(
    "ul.figures",
    { "aria-label": "Figures" },
    run.gates.length ? figure("#gates", "Gates", verdicts(run)) : null,
    figure("#findings", "Findings", String(findings), findings ? "to mend" : "nothing to mend"),
    run.tests.length
      ? figure("#tests", "Tests", String(run.tests.length), failed ? `${failed} failed` : "none failed")
      : null,
    run.artifacts.length
      ? figure("#evidence", "Artifacts", String(run.artifacts.length), signed ? `${signed} signed` : "not signed")
      : null,
    valid ? figure("#coverage", "Lines covered", `${percent(covered, valid)} %`, `${covered} of ${valid}`) : null,
    figure(
      "#slowest",
      "From the cache",
      `${cached.length} of ${run.actions.length}`,
      cached.length ? `${duration(spared)} of tool time spared` : "actions",
    ),
  );
}

function figure(link, name, value, note = "") {
  return el(
    "li",
    {},
    el(
      "a",
      { href: link },
      el("span.name", {}, name),
      el("span.value", {}, value),
      note ? el("span.note", {}, note) : null,
    ),
  );
}

function verdicts(run) {
  return ORDER.map((verdict) => [verdict, run.gates.filter((gate) => gate.verdict === verdict).length])
    .filter(([, count]) => count)
    .map(([verdict, count]) => badge(verdict, `${count} ${verdict}`));
}
