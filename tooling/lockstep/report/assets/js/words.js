// Numbers and places in words.

// Control characters but tab and line feed, and those that reorder what a reader sees.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is about
const ACTIVE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Text with nothing in it that acts: each such character as an escape. */
export function visible(text) {
  return text.replace(/\r\n/g, "\n").replace(ACTIVE, (character) => {
    const code = character.charCodeAt(0);
    return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** A duration: `0.04 s`, `3.2 s`, `2 min 05 s`. */
export function duration(seconds) {
  if (seconds < 0.0995) {
    return `${seconds.toFixed(2)} s`;
  }
  if (seconds < 59.95) {
    return `${seconds.toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/** How long ago a moment in milliseconds was: `2 hours ago`; nothing where a clock is behind. */
export function ago(moment, now = Date.now()) {
  const hours = (now - moment) / 3600000;
  if (hours < 0) {
    return "";
  }
  if (hours < 1) {
    return `${plural(Math.floor(hours * 60), "minute")} ago`;
  }
  return hours < 48 ? `${plural(Math.floor(hours), "hour")} ago` : `${plural(Math.floor(hours / 24), "day")} ago`;
}

/** `1 finding`, `2 findings`. */
export function plural(count, noun) {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}

/** A share in percent, rounded down so that 100 % means all. */
export function percent(covered, valid) {
  return valid ? Math.floor((1000 * covered) / valid) / 10 : 100;
}

/** `path:line:column`, as far as known. */
export function where(location) {
  return [location.path, location.line, location.column].filter(Boolean).join(":");
}

/** Line numbers as ranges: `3, 7-9`. */
export function ranges(numbers) {
  const parts = [];
  for (const number of numbers) {
    const last = parts.at(-1);
    if (last && last[1] === number - 1) {
      last[1] = number;
    } else {
      parts.push([number, number]);
    }
  }
  return parts.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(", ");
}

/** A component's name; the one at the root of the repository has none of its own. */
export function called(component) {
  return component === "." ? "(root)" : component;
}

/** The component that owns a path: the one with the longest matching folder, else the path's first two folders. */
export function owner(components, path) {
  let best = null;
  for (const component of components) {
    const inside = component.path === "." || path === component.path || path.startsWith(`${component.path}/`);
    if (inside && (best === null || component.path.length > best.path.length || best.path === ".")) {
      best = component;
    }
  }
  return best ? best.name : path.split("/").slice(0, -1).slice(0, 2).join("/") || ".";
}
