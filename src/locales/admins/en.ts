/** What is said of the admins' rules for a community: moderators, the log, waits and privacy. */
export const adminsEn = {
  "command.admin moderators": "Which of these commands a role or group may use",
  "command.admin cooldown": "How long a person waits from one edit to the next",
  "command.admin private": "Whether edits are private where nobody says so",
  "command.admin variations": "Whether other results come as messages of their own",
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
  "admin.variations":
    "{on, select, yes {Other results come as messages of their own: nobody turns a picture that others look at.} other {Other results come in the place of the one that is shown.}}",
  "error.limit-cooldown": "One edit in {every} is the rule here. Your next one is possible in {left}.",
  "command.admin log": "Where admins read which edits begin, end and are refused, and who steers what",
  "admin.log":
    "{where, select, none {Edits and what admins do are told in no channel.} other {Edits and what admins do are told in {where}.{works, select, no { I cannot write there at the moment.} other {}}}}",
  "log.opened":
    "📋 {who} set this channel as my log: which edits begin, end and are refused, and what admins do. Of private edits I tell neither words nor pictures.",
  "log.begun": "🖌️ {who} in {where}: <b>{prompt}</b>",
  "log.begun.private": "🖌️ {who}: a private edit",
  "log.done": "✅ Done in {time}.",
  "log.kept": "📭 Done in {time}; it could not be delivered and waits in the queue.",
  "log.cancelled": "🚫 {by, select, none {Cancelled.} other {Cancelled by {by}.}}",
  "log.failed": "⚠️ Failed. What was said: {reason}",
  "log.refused":
    "⛔ {count, plural, =1 {An edit} other {# edits}} of {who}{where, select, none {} other { in {where}}} refused. What was said: {reason}",
  "log.action": "🛠️ {who}: {action} {details}",
  "log.trouble":
    "⚠️ I cannot write to my log channel {where} any more: it is gone, or I may not write there. Everything else goes on. {command} names another one.",
  "home.queue": "In line",
  "home.edits": "Your last edits",
  "home.settings": "Settings",
  "home.open": "Open",
  "home.none": "Nothing yet. Send me a picture here under “Messages”, or use <c>/edit</c>.",
  "home.over":
    "{how, select, done {✨} cancelled {🚫} other {⚠️}} <b>{prompt}</b> · {time}{kept, select, yes {} other { · pictures not kept any more}}",
  "home.mentions.on": "Mention me",
  "home.mentions.off": "Do not mention me",
  "home.rules":
    "You may have {waiting, number} edits waiting or running and {perDay, number} in 24 hours{cooldown, select, none {} other {, one in {cooldown}}}.{private, select, yes { Where you do not say so, edits are private.} other {}}",
  "answer.queued.outside":
    "On it! The result comes right here, for you alone, if it is ready within a quarter of an hour. After that {queue} has it for you.",
  "error.outside-refused": "I only work in servers that I am in, and in direct messages to me.",
  "command.admin packs": "Which roles or groups may use a model pack",
  "admin.packs.which": "Say which <c>pack</c>. There are: {packs}.",
  "admin.packs.group": "Say which <c>group</c>.",
  "admin.packs.line": "<c>{pack}</c>: {who, select, all {everybody} none {nobody} other {{who}}}",
  "error.pack-refused":
    "You may not use <c>{pack}</c> here. {count, plural, =0 {Ask an admin about it.} other {You may use: {packs}.}}",
  "home.avatar.on": "Let others edit my avatar",
  "home.avatar.off": "Keep my avatar to me",
  "home.defaults": "It holds where you choose nothing.",
  "home.defaults.clear": "Clear my defaults",
} as const;

/** A language: every message of the admins' rules. */
export type AdminsCatalogue = Readonly<Record<keyof typeof adminsEn, string>>;
