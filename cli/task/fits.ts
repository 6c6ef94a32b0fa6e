/**
 * Whether a value fits a JSON Schema. Says `false` of a schema with a word that it does not know, so what it accepts is
 * right whatever the schema says. It takes a fiftieth of the time that zod needs to load, and says nothing of what is wrong.
 */
export const fits = (schema: object, value: unknown): boolean => fitsIn(schema, schema, value);

const fitsIn = (root: object, schema: unknown, value: unknown): boolean =>
  typeof schema === "object" &&
  schema !== null &&
  Object.entries(schema).every(([word, said]) => {
    const holds = Object.hasOwn(words, word) ? words[word] : undefined;
    return holds !== undefined && holds(said, value, { root, schema });
  });

type Around = { readonly root: object; readonly schema: object };
type Holds = (said: unknown, value: unknown, around: Around) => boolean;

const nothingSaid: Holds = () => true;

const words: Readonly<Record<string, Holds>> = {
  $schema: nothingSaid,
  $defs: nothingSaid,
  title: nothingSaid,
  description: nothingSaid,
  $ref: (said, value, { root }) => fitsIn(root, referred(root, said), value),
  type: (said, value) => (Array.isArray(said) ? said : [said]).some((type) => isOf(type, value)),
  const: (said, value) => value === said,
  enum: (said, value) => Array.isArray(said) && said.includes(value),
  anyOf: (said, value, around) => fitting(said, value, around) > 0,
  oneOf: (said, value, around) => fitting(said, value, around) === 1,
  pattern: (said, value) =>
    typeof said === "string" && (typeof value !== "string" || new RegExp(said).test(value)),
  minLength: (said, value) => typeof value !== "string" || value.length >= Number(said),
  maxLength: (said, value) => typeof value !== "string" || value.length <= Number(said),
  minimum: (said, value) => typeof value !== "number" || value >= Number(said),
  maximum: (said, value) => typeof value !== "number" || value <= Number(said),
  exclusiveMinimum: (said, value) => typeof value !== "number" || value > Number(said),
  minItems: (said, value) => !Array.isArray(value) || value.length >= Number(said),
  maxItems: (said, value) => !Array.isArray(value) || value.length <= Number(said),
  items: (said, value, { root }) => !Array.isArray(value) || value.every((item) => fitsIn(root, said, item)),
  required: (said, value) =>
    !isMap(value) || (Array.isArray(said) && said.every((key) => Object.hasOwn(value, key))),
  propertyNames: (said, value, { root }) =>
    !isMap(value) || Object.keys(value).every((key) => fitsIn(root, said, key)),
  properties: (said, value, { root }) =>
    isMap(said) &&
    (!isMap(value) ||
      Object.entries(value).every(
        ([key, member]) => !Object.hasOwn(said, key) || fitsIn(root, said[key], member),
      )),
  additionalProperties: (said, value, { root, schema }) => {
    if (!isMap(value)) return true;
    const known = "properties" in schema && isMap(schema.properties) ? schema.properties : {};
    return Object.entries(value).every(
      ([key, member]) => Object.hasOwn(known, key) || (said !== false && fitsIn(root, said, member)),
    );
  },
};

const fitting = (said: unknown, value: unknown, { root }: Around): number =>
  Array.isArray(said) ? said.filter((one) => fitsIn(root, one, value)).length : 0;

/** As zod has it: numbers are finite, whole ones exact. */
const isOf = (type: unknown, value: unknown): boolean => {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return isMap(value);
    case "number":
      return Number.isFinite(value);
    case "integer":
      return Number.isSafeInteger(value);
    default:
      return (type === "string" || type === "boolean") && typeof value === type;
  }
};

/** What `#/$defs/NAME` names. */
const referred = (root: object, said: unknown): unknown => {
  const name = typeof said === "string" && said.startsWith("#/$defs/") ? said.slice("#/$defs/".length) : "";
  return "$defs" in root && isMap(root.$defs) && Object.hasOwn(root.$defs, name)
    ? root.$defs[name]
    : undefined;
};

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
