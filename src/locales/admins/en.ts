/** What is said of the admins' rules for a community: moderators, the log, waits and privacy. */
export const adminsEn = {
  "command.admin moderators": "Which of these commands a role or group may use",
  "command.admin cooldown": "How long a person waits from one edit to the next",
  "command.admin private": "Whether edits are private where nobody says so",
  "option.seconds": "Seconds; 0 for none",
  "option.commands": "Names of commands, such as: cancel block audit",
  "admin.moderators.none": "There are no moderators.",
  "admin.moderators.line": "{who}: {commands}",
  "admin.moderators.which": "Say which <c>group</c>.",
  "admin.moderators.unknown":
    "Moderators cannot have <c>{name}</c>. These can be given: {commands}. Nothing was changed.",
  "admin.cooldown":
    "{every, select, none {Nobody here waits from one edit to the next.} other {Everybody here waits {every} from one edit to the next.}}",
  "admin.cooldown.channel": "{channel}: {every, select, none {no wait} other {{every}}}",
  "admin.private":
    "{on, select, yes {Edits here are private: their results come as direct messages.} other {Edits here are for everybody to see.}}",
  "admin.private.channel": "{channel}: {on, select, yes {private} other {for everybody to see}}",
  "admin.private.how": "A member who says {example} shows an edit to everybody all the same.",
  "error.limit-cooldown": "One edit in {every} is the rule here. Your next one is possible in {left}.",
} as const;

/** A language: every message of the admins' rules. */
export type AdminsCatalogue = Readonly<Record<keyof typeof adminsEn, string>>;
