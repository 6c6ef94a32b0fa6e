/**
 * What a reader would not see, or what turns the direction of a line around, so that it could say what it does not: control characters, marks
 * of direction, blanks without width, tags, halves of characters. Not the joiner, which makes one picture of several.
 */
export const unseen =
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u00AD\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF0-\uFFFB\uFFFE\uFFFF]|[\u{E0000}-\u{E007F}]|\p{Surrogate}/gu;
