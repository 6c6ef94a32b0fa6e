/** What a command is called, in spans and metrics alike: its program, without the folder that it is in. */
export const programName = ([program = ""]: readonly string[]): string =>
  program.slice(program.lastIndexOf("/") + 1);

/** How a command ends that has no exit code of its own: it could not be started, or something ended it. */
export const commandFailed = "COMMAND_FAILED";
