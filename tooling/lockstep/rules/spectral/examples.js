// Spectral's own rules for examples, each example judged once. Spectral goes through a contract with every reference
// replaced by what it names, and comes to the same schema again and again; each time it would make a program of it.
// A finding stands where the example is written, however often it is come to, so nothing is lost; examples that are
// written twice are judged once and found twice.
import { oas } from "@stoplight/spectral-rulesets";
import { isPlainlyValid } from "./plain.js";

// What is required of an example depends on whether it is sent or answered (readOnly, writeOnly).
function part([first, second, , fourth]) {
  return { paths: fourth, components: second }[first] ?? first;
}

function once(judge) {
  const judged = new WeakMap();
  // By text: what is referred to in many places is copied for each, and most of the time goes into making programs.
  // By document: what a schema means depends on the version of OpenAPI.
  const documents = new WeakMap();
  return (target, options, context) => {
    const parts = judged.get(target) ?? new Set();
    const here = part(context.path);
    if (parts.has(here)) return [];
    judged.set(target, parts.add(here));
    if (isPlainlyValid(target, options, context)) return [];
    const known = documents.get(context.document) ?? new Map();
    documents.set(context.document, known);
    const text = `${here} ${JSON.stringify(target)}`;
    if (!known.has(text)) {
      const found = judge(target, options, context) ?? [];
      known.set(
        text,
        found.map(({ message, path }) => ({ message, below: path.slice(context.path.length) })),
      );
    }
    return known.get(text).map(({ message, below }) => ({ message, path: [...context.path, ...below] }));
  };
}

function judgingOnce(name) {
  const rule = oas.rules[name];
  // biome-ignore lint/suspicious/noThenProperty: a rule's own word for what it does; nobody awaits a rule
  return [name, { ...rule, then: { ...rule.then, function: once(rule.then.function) } }];
}

export default {
  rules: Object.fromEntries(
    [
      "oas2-valid-media-example",
      "oas2-valid-schema-example",
      "oas3-valid-media-example",
      "oas3-valid-schema-example",
    ].map(judgingOnce),
  ),
};
