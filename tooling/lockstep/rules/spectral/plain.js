// Whether an example is valid beyond doubt, for schemas that say plain things; of all others nothing is said. Most examples
// are valid and most schemas plain, and to see it takes a hundredth of the time that making a program of the schema does.
const DEEPEST = 64;
const DAY = String.raw`\d{4}-((0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])|(0[13-9]|1[0-2])-(29|30))`;
const TIME = String.raw`([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)`;
const TYPES = new Set(["array", "boolean", "integer", "null", "number", "object", "string"]);

// Fewer values than a format has, none that it has not.
const FORMATS = {
  binary: (value) => typeof value === "string",
  date: matching(new RegExp(`^${DAY}$`)),
  "date-time": matching(new RegExp(`^${DAY}T${TIME}$`)),
  double: (value) => typeof value === "number",
  email: matching(/^[a-z\d]+(\.[a-z\d]+)*@[a-z\d]+(\.[a-z\d]+)+$/),
  float: (value) => typeof value === "number",
  int32: (value) => Number.isInteger(value) && Math.abs(value) < 2 ** 31,
  int64: Number.isInteger,
  password: (value) => typeof value === "string",
  uri: matching(/^https?:\/\/[a-z\d]+([.-][a-z\d]+)*(\/[\w.~-]+)*\/?(\?[\w.&=-]*)?(#[\w.-]*)?$/),
  uuid: matching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/),
};

function matching(pattern) {
  return (value) => typeof value === "string" && pattern.test(value);
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isScalar(value) {
  return typeof value !== "object" || value === null;
}

function isFormatted(value) {
  return isScalar(value) && value !== null;
}

function isText(value) {
  return typeof value === "string";
}

function isFlag(value) {
  return typeof value === "boolean";
}

function isCount(value) {
  return Number.isInteger(value) && value >= 0;
}

function isSet(value) {
  return Array.isArray(value) && value.length > 0 && new Set(value).size === value.length;
}

function isPattern(value) {
  try {
    return isText(value) && !value.includes("\\Z") && new RegExp(value) instanceof RegExp;
  } catch {
    return false;
  }
}

function arePlain(schemas, depth) {
  return Array.isArray(schemas) && schemas.length > 0 && schemas.every((each) => isPlain(each, depth));
}

function always() {
  return true;
}

function isOf(value, type) {
  if (type === "integer") return Number.isInteger(value);
  if (type === "array") return Array.isArray(value);
  if (type === "number") return Number.isFinite(value);
  if (type === "object") return isObject(value);
  return type === "null" ? value === null : typeof value === type;
}

function ifText(holds) {
  return (given, value) => !isText(value) || holds(given, value);
}

function ifNumber(holds) {
  return (given, value) => typeof value !== "number" || holds(given, value);
}

function ifArray(holds) {
  return (given, value) => !Array.isArray(value) || holds(given, value);
}

function ifObject(holds) {
  return (given, value, schema) => !isObject(value) || holds(given, value, schema);
}

function isKnown(schema, name) {
  return isObject(schema.properties) && Object.hasOwn(schema.properties, name);
}

// Of each keyword: whether it is well-formed (value, depth, schema), and whether a value is valid by it (keyword, value, schema).
const KEYWORDS = {
  additionalProperties: [
    (given, depth) => isFlag(given) || isPlain(given, depth),
    ifObject(
      (given, value, schema) =>
        given === true ||
        Object.keys(value).every((name) => isKnown(schema, name) || (given !== false && isValid(given, value[name]))),
    ),
  ],
  allOf: [arePlain, (given, value) => given.every((each) => isValid(each, value))],
  anyOf: [arePlain, (given, value) => given.some((each) => isValid(each, value))],
  default: [always, always],
  deprecated: [isFlag, always],
  description: [isText, always],
  enum: [(given) => isSet(given) && given.every(isScalar), (given, value) => given.includes(value)],
  example: [always, always],
  discriminator: [always, always],
  externalDocs: [always, always],
  format: [isText, (given, value) => !isFormatted(value) || (Object.hasOwn(FORMATS, given) && FORMATS[given](value))],
  items: [isPlain, ifArray((given, value) => value.every((each) => isValid(given, each)))],
  maximum: [Number.isFinite, ifNumber((given, value) => value <= given)],
  maxItems: [isCount, ifArray((given, value) => value.length <= given)],
  maxLength: [isCount, ifText((given, value) => [...value].length <= given)],
  maxProperties: [isCount, ifObject((given, value) => Object.keys(value).length <= given)],
  minimum: [Number.isFinite, ifNumber((given, value) => value >= given)],
  minItems: [isCount, ifArray((given, value) => value.length >= given)],
  minLength: [isCount, ifText((given, value) => [...value].length >= given)],
  minProperties: [isCount, ifObject((given, value) => Object.keys(value).length >= given)],
  nullable: [(given, _, schema) => isFlag(given) && isText(schema.type) && schema.type !== "null", always],
  oneOf: [
    arePlain,
    (given, value) => {
      const left = given.filter((each) => !isRefused(each, value));
      return left.length === 1 && isValid(left[0], value);
    },
  ],
  pattern: [isPattern, ifText((given, value) => new RegExp(given).test(value))],
  properties: [
    (given, depth) =>
      // Spectral finds in every object what all objects of JavaScript have.
      isObject(given) && Object.keys(given).every((name) => !(name in Object.prototype) && isPlain(given[name], depth)),
    ifObject((given, value) =>
      Object.keys(given).every((name) => !Object.hasOwn(value, name) || isValid(given[name], value[name])),
    ),
  ],
  readOnly: [isFlag, always],
  required: [
    (given) => isSet(given) && given.every(isText),
    ifObject((given, value) => given.every((name) => Object.hasOwn(value, name))),
  ],
  title: [isText, always],
  type: [
    (given) => TYPES.has(given),
    (given, value, schema) => isOf(value, given) || (value === null && schema.nullable === true),
  ],
  uniqueItems: [
    isFlag,
    ifArray((given, value) => !given || (value.every(isScalar) && new Set(value).size === value.length)),
  ],
  writeOnly: [isFlag, always],
  xml: [always, always],
};

function isPlain(schema, depth = 0) {
  if (!isObject(schema) || depth > DEEPEST) return false;
  return Object.entries(schema).every(
    ([name, given]) =>
      name.startsWith("x-") || (Object.hasOwn(KEYWORDS, name) && KEYWORDS[name][0](given, depth + 1, schema)),
  );
}

function isValid(schema, value) {
  return Object.entries(schema).every(
    ([name, given]) => name.startsWith("x-") || KEYWORDS[name][1](given, value, schema),
  );
}

// Whether a value is invalid beyond doubt. Properties that are only sent or only answered may not be required after all.
function isRefused({ type, nullable, required, properties }, value) {
  if (type !== undefined && !isOf(value, type) && !(value === null && nullable)) return true;
  const isAsked = (name) => !(properties?.[name]?.readOnly || properties?.[name]?.writeOnly);
  return isObject(value) && (required ?? []).some((name) => value[name] === undefined && isAsked(name));
}

// The examples of a schema, or of what has a schema, as OpenAPI 3 has them; none of another form is passed over.
function examples(target, type) {
  if (type === "schema") return ["example", "default"].filter((name) => name in target).map((name) => target[name]);
  if ("example" in target) return [target.example];
  return Object.values(target.examples ?? {})
    .filter((each) => !isScalar(each) && !("externalValue" in each))
    .map((each) => each.value);
}

export function isPlainlyValid(target, { oasVersion, schemaField, type }, { document }) {
  if (oasVersion !== 3 || document.data?.jsonSchemaDialect !== undefined) return false;
  const schema = schemaField === "$" ? target : target[schemaField];
  const judged = examples(target, type);
  return !judged.includes(undefined) && isPlain(schema) && judged.every((each) => isValid(schema, each));
}
