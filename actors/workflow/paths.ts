/** The path of the step around a step; `""` is the whole workflow. */
export const parentOf = (path: string): string => {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? "" : path.slice(0, slash);
};

/** The step's own name, at the end of its path. */
export const idOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
