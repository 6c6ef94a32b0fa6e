import type { Area, Severity } from "../../../inference/voters/prompt.ts";

const SEVERITY_WORDS: readonly (readonly [RegExp, Severity])[] = [
  [
    /\b(?:fatal|panic|critical|emergency|severe|unrecoverable|corrupt\w*|data loss|out of memory)\b/i,
    "critical",
  ],
  [/error|fail|exception|cannot|can't|could not|unable|refused|denied|abort|crash/i, "error"],
  [
    /warn|timed? ?out|timeout|retry|slow|deprecat|invalid|unexpected|missing|not found|unknown|lost/i,
    "warning",
  ],
];
const AREA_WORDS: readonly (readonly [RegExp, Area])[] = [
  [/auth|login|password|user|session|permission|token|certificate|ssh|pam|sudo/i, "auth"],
  [/sql|query|database|table|transaction|index|replica|postgres|redis|mongo/i, "database"],
  [/disk|file|block|volume|mount|storage|raid|inode|snapshot|path/i, "storage"],
  [/network|connection|socket|port|http|dns|link|interface|route|peer|tcp|packet/i, "network"],
];

/** What a patient person would write with grep. */
export const keywordSeverity = (line: string): Severity =>
  SEVERITY_WORDS.find(([words]) => words.test(line))?.[1] ?? "info";
export const keywordArea = (line: string): Area =>
  AREA_WORDS.find(([words]) => words.test(line))?.[1] ?? "application";
