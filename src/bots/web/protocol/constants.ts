// What both sides know by name. The page imports these as values, so nothing is loaded here.

/** Header of every request that changes something: the session's `csrf`. */
export const csrfHeader = "x-lrbot-csrf";

/** Name of the cookie that says who somebody is, and of the operator's. Scripts of the page cannot read them. */
export const cookies = { member: "lrbot", operator: "lrbot-operator" } as const;

/** Between two beats of the event stream, milliseconds: a page that hears nothing for two and a half of them is cut off. */
export const beatMilliseconds = 2000;

/** Least time between two `live` events of a stream, milliseconds: at most 10 a second. */
export const liveMilliseconds = 100;
