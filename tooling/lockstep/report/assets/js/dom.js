// Making elements. All text goes in as text nodes: nothing here, or anywhere else, parses markup.

const SVG = "http://www.w3.org/2000/svg";

/** Make an element: `el("p.note#x", {title: "t", onclick: f}, "text", child)`. */
export function el(spec, attributes = {}, ...children) {
  const [, tag, rest] = /^([a-z0-9]+)(.*)$/.exec(spec);
  const node = document.createElement(tag);
  for (const part of rest.match(/[.#][\w-]+/g) || []) {
    if (part.startsWith("#")) {
      node.id = part.slice(1);
    } else {
      node.classList.add(part.slice(1));
    }
  }
  for (const [name, value] of Object.entries(attributes)) {
    set(node, name, value);
  }
  node.append(
    ...children.flat(Number.POSITIVE_INFINITY).filter((child) => child !== null && child !== undefined && child !== ""),
  );
  return node;
}

function set(node, name, value) {
  if (typeof value === "function") {
    node.addEventListener(name.slice(2), value);
  } else if (value === true) {
    node.setAttribute(name, "");
  } else if (value !== false && value !== null && value !== undefined) {
    node.setAttribute(name, String(value));
  }
}

/** Place a box by percent of its parent; style attributes are forbidden by the page's policy, properties are not. */
export function place(node, left, width) {
  node.style.left = `${left}%`;
  node.style.width = `${width}%`;
  return node;
}

/** Make a section with a heading that the page's menu points to. */
export function section(id, title, ...children) {
  return el(
    "section.panel",
    { id, "aria-labelledby": `${id}-title` },
    el("h2", { id: `${id}-title` }, title),
    ...children,
  );
}

/** Replace all that is in `node`. */
export function fill(node, ...children) {
  node.replaceChildren(...children.flat(Number.POSITIVE_INFINITY));
  return node;
}

const ICONS = {
  passed: "M3.5 8.5l3 3 6-7",
  failed: "M4 4l8 8M12 4l-8 8",
  errored: "M8 3v6M8 12v.6",
  unavailable: "M5.5 6a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.8-1.1 1.6M8 12.4v.4",
  "not-applicable": "M4 8h8",
};

/** A verdict's sign; the word always stands beside it. */
export function icon(verdict) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  path.setAttribute("d", ICONS[verdict] || ICONS["not-applicable"]);
  svg.append(path);
  return svg;
}

/** A verdict as a coloured word with its sign. */
export function badge(verdict, word = verdict) {
  return el(`span.badge.v-${verdict}`, {}, icon(verdict), el("span", {}, word.replace("-", " ")));
}

/** A command with a button that copies it. */
export function command(text) {
  const button = el("button.copy", { type: "button", "aria-label": `Copy: ${text}` }, "Copy");
  button.addEventListener("click", async () => {
    button.textContent = (await copied(text)) ? "Copied" : "Press Ctrl+C";
    setTimeout(() => {
      button.textContent = "Copy";
    }, 1600);
  });
  return el("div.command", {}, el("code", {}, text), button);
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // a page opened from a file may not use the clipboard
  }
}

/** Text in which what stands between back quotes is code. */
export function prose(text) {
  return text.split("`").map((part, index) => (index % 2 ? el("code", {}, part) : part));
}

/** A path that breaks after its slashes. */
export function path(text) {
  return text.split(/(?<=\/)/).flatMap((part) => [part, el("wbr")]);
}
