// Gates as a timeline: a row for each gate, a bar for each action, and the chain that the run's length came from.

import { badge, el, fill, place, section } from "./dom.js";
import { duration, plural } from "./words.js";

const SLACK = 0.25; // seconds between the end of one action and the start of the next that still make a chain
const NARROWEST = 0.4; // percent of the width that a bar never falls below

/** The panel, or nothing where no action is known. */
export function timeline(run) {
  if (run.actions.length === 0) {
    return null;
  }
  const end = Math.max(run.seconds, ...run.actions.map(ended), 0.001);
  const chain = critical(run.actions);
  const detail = el(
    "p.detail",
    { "aria-live": "polite" },
    "Point at a bar, or move to it with the Tab key, to see its action.",
  );
  const rows = run.gates
    .map((gate) => ({ gate, actions: run.actions.filter((action) => action.gate === gate.id) }))
    .filter(({ actions }) => actions.length)
    .map(({ gate, actions }) => row(gate, actions, end, chain, detail));
  return section("timeline", "Timeline", legend(chain), el("div.gantt", {}, axis(end), rows), detail, path(run, chain));
}

/** When an action ended. A cached one took no time now; its seconds are those of the run that made it. */
function ended(action) {
  return action.started + (action.cached ? 0 : action.seconds);
}

/** The actions, first to last, each of which began when the one before it ended, up to the last that ended. */
export function critical(actions) {
  const ran = actions.filter((action) => !action.cached && action.seconds > 0);
  const latest = (some) => some.reduce((best, action) => (best && ended(best) >= ended(action) ? best : action), null);
  const chain = [];
  for (let now = latest(ran); now && chain.length < actions.length; ) {
    chain.unshift(now);
    const { started } = now;
    now = latest(
      ran.filter(
        (action) => !chain.includes(action) && ended(action) <= started + 0.01 && ended(action) >= started - SLACK,
      ),
    );
  }
  return chain;
}

function row(gate, actions, end, chain, detail) {
  const found = actions.filter((action) => action.cached);
  const lanes = packed(
    actions.filter((action) => !action.cached),
    end,
  );
  const track = el(
    "div.track",
    {},
    found.length ? hits(found, end, chain, detail) : null,
    lanes.map((lane) =>
      el(
        "div.lane",
        {},
        lane.map((action) => bar(action, end, chain, detail)),
      ),
    ),
  );
  return el(
    "div.row",
    {},
    el("div.label", {}, el("a", { href: `#gate-${gate.id}` }, gate.id), el("span.time", {}, duration(gate.seconds))),
    track,
  );
}

/** What came from the cache, side by side: it took no time, so only where the first of it stands means something. */
function hits(actions, end, chain, detail) {
  const first = Math.min(...actions.map((action) => action.started));
  const lane = el(
    "div.lane.hits",
    {},
    actions.map((action) => bar(action, end, chain, detail)),
  );
  lane.style.marginLeft = `${Math.min(60, (100 * first) / end)}%`;
  return lane;
}

/** Actions in as few lanes as they need, so that no two bars of a lane overlap. */
export function packed(actions, end) {
  const lanes = [];
  const width = (end * NARROWEST * 2) / 100;
  for (const action of [...actions].sort((a, b) => a.started - b.started)) {
    let lane = lanes.find((some) => Math.max(ended(some.at(-1)), some.at(-1).started + width) <= action.started);
    if (!lane) {
      lane = [];
      lanes.push(lane);
    }
    lane.push(action);
  }
  return lanes;
}

function bar(action, end, chain, detail) {
  const classes = `${action.cached ? ".cached" : ""}${chain.includes(action) ? ".critical" : ""}`;
  const node = el(`button.bar.v-${action.verdict}${classes}`, {
    type: "button",
    "aria-label": describe(action),
    title: describe(action),
  });
  const show = () => fill(detail, badge(action.verdict), ` ${describe(action)}`);
  node.addEventListener("focus", show);
  node.addEventListener("mouseenter", show);
  if (action.cached) {
    return node;
  }
  return place(node, (100 * action.started) / end, Math.max(NARROWEST, (100 * action.seconds) / end));
}

/** An action in a sentence. */
export function describe(action) {
  const time = action.cached
    ? `from the cache (it took ${duration(action.seconds)})`
    : `${duration(action.seconds)} from ${duration(action.started)}`;
  const reason = action.reason ? `: ${action.reason}` : "";
  return `${action.id}, ${action.verdict}, ${time}${reason}`;
}

function axis(end) {
  const step =
    [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200].find((size) => end / size <= 7) ||
    3600;
  const ticks = [];
  for (let index = 0; index * step <= end; index += 1) {
    const at = index * step;
    const tick = place(el("span.tick", {}, el("span", {}, mark(at, step))), (100 * at) / end, 0);
    ticks.push(tick);
  }
  return el("div.row.axis", { "aria-hidden": "true" }, el("div.label"), el("div.track", {}, ticks));
}

function mark(at, step) {
  if (at === 0 || step >= 1) {
    return at < 60 ? `${Math.round(at)} s` : duration(at);
  }
  return `${at.toFixed(step < 0.1 ? 2 : 1)} s`;
}

function legend(chain) {
  const key = (name, text) => el("li", {}, el(`span.swatch.${name}`), text);
  return el(
    "ul.legend",
    {},
    key("v-passed", "passed"),
    key("v-failed", "with findings"),
    key("v-errored", "errored"),
    key("cached", "from the cache"),
    chain.length ? key("critical", "critical path") : null,
  );
}

function path(run, chain) {
  if (chain.length === 0) {
    return null;
  }
  const busy = chain.reduce((sum, action) => sum + action.seconds, 0);
  const steps = chain.map((action) => el("li", {}, el("code", {}, action.id), ` ${duration(action.seconds)}`));
  return el(
    "details.chain",
    {},
    el(
      "summary",
      {},
      `Critical path: ${plural(chain.length, "action")}, ${duration(busy)} of ${duration(run.seconds)}`,
    ),
    el("ol", {}, steps),
  );
}
