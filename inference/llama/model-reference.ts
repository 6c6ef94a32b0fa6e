/** A model by its place on a server of models, for instance `hf:USER/MODEL:Q4_K_M` or `hf:USER/MODEL/FILE.gguf`. */
const PATTERN =
  /^hf:[\w][\w.-]*\/[\w][\w.-]*(?::[\w][\w.-]*|(?:\/[\w][\w.+-]*)*\/[\w][\w.+-]*\.gguf(?:#[\w][\w./-]*)?)?$/i;

const SCHEME = "hf:";

/** Whether a task means a server by it; if not, it is a path. */
export const isReference = (file: string): boolean => file.startsWith(SCHEME);

/** What is wrong with a reference, or `undefined`. */
export const referenceFlaw = (reference: string): string | undefined =>
  PATTERN.test(reference)
    ? undefined
    : `"${reference}" names no model; write hf:USER/MODEL:QUANT or hf:USER/MODEL/FILE.gguf`;

/** The parts of a reference that is right. Without a quantization the server chooses one. */
export const partsOf = (
  reference: string,
):
  | { readonly type: "tag"; readonly model: string; readonly tag: string }
  | { readonly type: "file"; readonly model: string; readonly path: string; readonly branch: string } => {
  const [place = "", branch = "main"] = reference.slice(SCHEME.length).split("#");
  const [user = "", model = "", ...path] = place.split("/");
  if (path.length > 0) return { type: "file", model: `${user}/${model}`, path: path.join("/"), branch };
  const [name = "", tag = "latest"] = model.split(":");
  return { type: "tag", model: `${user}/${name}`, tag };
};
