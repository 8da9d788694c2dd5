// Tests: how many ended how, by component, and each that did not pass.

import { el, place, section } from "./dom.js";
import { called, duration, owner, plural } from "./words.js";

const OUTCOMES = ["failed", "error", "skipped", "passed"];
const SHOWN = 200;

/** The panel, or nothing where no test ran. */
export function tests(run) {
  if (run.tests.length === 0) {
    return null;
  }
  const groups = new Map();
  for (const test of run.tests) {
    const name = owner(run.components, test.path);
    groups.set(name, [...(groups.get(name) || []), test]);
  }
  const lines = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, cases]) => component(name, cases));
  const bad = run.tests.filter((test) => test.outcome !== "passed");
  return section(
    "tests",
    "Tests",
    el("div.suites", {}, lines),
    el("ul.cases", {}, bad.slice(0, SHOWN).map(drawn)),
    bad.length > SHOWN ? el("p.count", {}, `${bad.length - SHOWN} more in junit.xml`) : null,
  );
}

function component(name, cases) {
  const counts = OUTCOMES.map((outcome) => [outcome, cases.filter((test) => test.outcome === outcome).length]).filter(
    ([, count]) => count,
  );
  const seconds = cases.reduce((sum, test) => sum + test.seconds, 0);
  let left = 0;
  const bars = counts.map(([outcome, count]) => {
    const width = (100 * count) / cases.length;
    left += width;
    return place(el(`span.bar.t-${outcome}`), left - width, width);
  });
  return el(
    "div.suite",
    {},
    el("span.name", {}, called(name)),
    el("span.rail", { "aria-hidden": "true" }, bars),
    el(
      "span.tally",
      {},
      `${counts.map(([outcome, count]) => `${count} ${outcome}`).join(", ")} · ${duration(seconds)}`,
    ),
  );
}

function drawn(test) {
  const flaky = test.flaky
    ? el("span.tag", {}, `flaky, ${test.flaky.ticket || "no ticket"}, since ${test.flaky.since || "?"}`)
    : null;
  const place_ = [test.path, test.line].filter(Boolean).join(":");
  const head = [
    el(`span.grade.t-${test.outcome}`, {}, test.outcome),
    el("code", {}, `${test.classname}::${test.name}`),
    flaky,
  ];
  const body = [
    place_ ? el("p.place", {}, el("code", {}, place_), ` ${duration(test.seconds)}`) : null,
    test.message ? el("pre", {}, test.message) : null,
  ];
  return el(
    "li",
    {},
    el("details", { open: test.outcome === "failed" || test.outcome === "error" }, el("summary", {}, head), body),
  );
}

/** The slowest actions that ran, as a ranked list of bars. */
export function slowest(run) {
  const ran = run.actions
    .filter((action) => !action.cached)
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, 10);
  if (ran.length === 0) {
    const why = run.actions.length
      ? `Nothing ran: ${plural(run.actions.length, "action")} came from the cache.`
      : "Nothing ran.";
    return section("slowest", "Slowest actions", el("p.empty", {}, why));
  }
  const most = Math.max(...ran.map((action) => action.seconds), 0.001);
  const items = ran.map((action) =>
    el(
      "li",
      {},
      el(
        "div.line",
        {},
        el("code", {}, action.id),
        el("span.note", {}, action.reason),
        el("b", {}, duration(action.seconds)),
      ),
      el(
        "span.rail",
        { "aria-hidden": "true" },
        place(el(`span.bar.v-${action.verdict}`), 0, (100 * action.seconds) / most),
      ),
    ),
  );
  return section("slowest", "Slowest actions", el("ol.slowest", {}, items));
}
