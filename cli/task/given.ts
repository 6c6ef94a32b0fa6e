type Given<Members> = { [Key in keyof Members]?: Exclude<Members[Key], undefined> };

/** Leaves out what is undefined: in a plan, absent means absent. */
export const given = <Members extends object>(members: Members): Given<Members> =>
  // Taking members away cannot be said in types without a cast.
  Object.fromEntries(Object.entries(members).filter(([, member]) => member !== undefined)) as Given<Members>;
