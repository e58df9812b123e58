import { adminsEn } from "./admins/en.ts";
import { pageEn } from "./page/en.ts";
import { studyEn } from "./study/en.ts";

/**
 * The English catalogue, and the list of all messages: every other language has the same keys. ICU message syntax
 * (https://unicode-org.github.io/icu/userguide/format_parse/messages/); `<b>`, `<i>` and `<c>` are bold, italic and code.
 */
export const en = {
  // Commands and their options, as the platforms list them: at most 100 characters.
  "command.edit": "Edit a picture from a sentence",
  "command.settings": "What your edits take where you choose nothing; for a channel or everybody, by admins",
  "command.queue": "Your jobs, and how long the queue is",
  "command.help": "What this bot does, with examples",
  "command.mentions": "Whether I mention you when a result took longer than half a minute",
  "command.avatar": "Whether others may have your avatar edited",
  "command.forget": "Delete your pictures and jobs",
  "command.admin": "Watch and steer the bot",
  "command.admin queue": "Lanes, waiting jobs and the figures of today",
  "command.admin pause": "Take no new jobs on one lane, or on all",
  "command.admin resume": "Take jobs again on one lane, or on all",
  "command.admin cancel": "Cancel one job, all of a person, or all",
  "command.admin move": "Move a waiting job to the front",
  "command.admin drain": "Finish what runs on a lane or host, or on all, and take no more work there",
  "command.admin limits": "How many jobs a person may have waiting, and per day",
  "command.admin block": "Take no more jobs from a person",
  "command.admin unblock": "Take jobs from a blocked person again",
  "command.admin channels": "Where the bot answers",
  "command.admin words": "Words that prompts may not have",
  "command.admin safety": "What becomes of pictures that the safety check considers unsafe",
  "command.admin reset": "Put a setting back to how it was at first",
  "command.admin mentions": "Whether results that took a while mention who asked for them",
  "command.admin audit": "What admins did, newest first",
  "option.prompt": "What to paint, in English, such as: a big tree with many flowers",
  "option.image": "The picture to edit",
  "option.negative": "What to keep out of the picture, in English, such as: people, text",
  "option.strength": "How much changes: a touch, some, or all",
  "option.where":
    "Where to look for places: left, right, top, bottom, middle, or a box in per cent: 10,20,50,40",
  "option.results": "How many results, at most",
  "option.pack": "Which model paints",
  "option.style": "In which style",
  "option.for": "Whose edits: mine, those in this channel, or all here; the last two are for admins",
  "option.source": "The thing in the picture to change, such as: dog",
  "option.seed": "A number: the same one paints the same picture again",
  "option.overlay": "Show the area that I painted with the result",
  "option.box": "Where to paint, in pixels of the picture: left,top,width,height",
  "option.from": "Instead of attaching: last, or the address of a picture or message here",
  "option.avatar": "Instead of attaching: the avatar of somebody who allows it",
  "option.method": "What to edit with",
  "option.private": "For your eyes: the result comes as a direct message",
  "option.lane": "A lane, such as cuda:0, or a host, such as gpu1; all when left out",
  "option.job": "Number of the job",
  "option.member": "A person",
  "option.all": "All waiting and running jobs",
  "option.waiting": "Jobs that a person may have waiting or running",
  "option.per_day": "Jobs that a person may start in 24 hours",
  "option.group": "A role or group of people",
  "option.clear": "Back to the default",
  "option.channel": "A channel",
  "option.do": "What to do",
  "option.word": "A word or phrase; *word* is also found within other words",
  "option.setting": "Which setting",
  "option.last": "How many entries, at most 50",
  "action.edit": "Edit this image",
  "action.marks": "Was this edited?",
  "marks.type":
    "Its file says: {type, select, none {nothing of how it came about} trainedAlgorithmicMedia {made by AI} compositeWithTrainedAlgorithmicMedia {edited with AI} other {<c>{type}</c>}}.",
  "marks.manifest":
    "{where, select, none {It has no Content Credentials (C2PA).} linked {It names Content Credentials (C2PA) that lie elsewhere.} earlier {What it was made from had Content Credentials (C2PA).} embedded {It has Content Credentials (C2PA) that I cannot read.} Invalid {It has Content Credentials (C2PA) that do not fit the picture.} other {It has Content Credentials (C2PA) that fit the picture; I did not look up who signed them.}}",
  "marks.invisible":
    "{found, select, yes {It carries this bot''s invisible mark: by chance at most one in {pictures, number} pictures looks so.} other {This bot''s invisible mark was not found.}}",
  "marks.nothing": "That proves nothing: marks get lost on the way, and other programs have others.",

  // Durations and sizes.
  "time.seconds": "{count, plural, one {# second} other {# seconds}}",
  "time.minutes": "{count, plural, one {# minute} other {# minutes}}",
  "time.hours": "{count, plural, one {# hour} other {# hours}}",
  "time.soon": "in a moment",
  "time.about": "in about {time}",

  // The job's message while it waits and runs.
  "job.for": " · for {who}",
  "job.waiting":
    "⏳ <b>{prompt}</b>{for}\n{position, plural, =1 {Next in line} other {Number # in line}}{start, select, none {} other {, starts {start}}}.",
  "job.waiting.paused":
    "⏳ <b>{prompt}</b>{for}\n{position, plural, =1 {Next in line} other {Number # in line}}. The queue is paused by an admin; the job keeps its place.",
  "job.running":
    "🎨 <b>{prompt}</b>{for}\n<c>{bar}</c> {percent, number, percent} · {phase}{left, select, none {} other { · {left} left}}",
  "job.first":
    "🎨 <b>{prompt}</b>{for}\nThe first result. The others are still being painted.{ai, select, yes { (AI-edited)} other {}}",
  "job.first.alt": "First edited picture: {prompt}. Others are still being painted.",
  "job.preview": "<i>A draft of how it may look.</i>{ai, select, yes { (AI-edited)} other {}}",
  "job.preview.alt": "A draft: {prompt}. It is still being painted.",
  "job.cancelled": "🚫 <b>{prompt}</b>{for}\n{by, select, none {Cancelled.} other {Cancelled by {by}.}}",
  "job.failed": "⚠️ <b>{prompt}</b>{for}\n{reason}",
  "job.gone": "🗑️ The pictures of this edit are not kept any more. The description remains: <b>{prompt}</b>",
  "phase.loading": "waking up the models",
  "phase.features": "looking at the picture",
  "phase.round": "learning where to edit",
  "phase.draft": "trying places",
  "phase.full": "painting the results",
  "phase.done": "finishing",

  // The result.
  "result.text":
    "✨ <b>{prompt}</b>{for}\n{where}{count, plural, =1 {} other { · result {rank} of #}} · {time}{ai, select, yes { · AI-edited} other {}}",
  "result.found": "{source, select, none {painted where it fits best} other {in place of: <i>{source}</i>}}",
  "result.area":
    "{source, select, none {painted in the chosen area} other {in place of: <i>{source}</i>, in the chosen area}}",
  "result.weak":
    "The picture hardly shows what the sentence asks for. Try {reroll, select, yes {<i>Reroll</i>, } other {}}other words, or say what to replace.",
  "result.details":
    "Made with <c>{pack}</c>{steps, plural, =0 {} one {, # step} other {, # steps}}, seed <c>{seed}</c>, job <c>{job}</c>.",
  "result.changed":
    "Changed is {share, number, percent} of the picture; all else is its own, pixel for pixel.",
  "result.method": "the whole picture, edited with <c>{method}</c>",
  "result.method.box": "Edited with <c>{method}</c>.",
  "result.jpeg": "Shown as a JPEG so that it fits this place; <i>Full quality</i> has the lossless file.",
  "result.scaled":
    "Shown at {width}×{height} so that it fits this place; <i>Full quality</i> has the full size.",
  "result.spoiler": "The safety check considers this picture unsafe. It can be wrong.",
  "result.hidden":
    "The safety check considers this picture unsafe, so it is not shown here. It can be wrong; <i>Full quality</i> shows it to you alone.",
  "result.unshown":
    "✨ <b>{prompt}</b>{for}\nThe result is ready, but {why, select, attach {I may not attach files here} large {it is too large for this place} other {I could not show it here}}. <i>Send it to me</i> brings it to you alone.",
  "result.moved": "I can no longer write where you asked, so it comes to you here.",
  "result.elsewhere":
    "✨ <b>{prompt}</b>{for}\n{done, select, yes {Done. The result is in my newer message.} other {It is over. My newer message says why.}}",
  "result.alt":
    "Edited picture: {prompt}, painted in an area of {width} by {height} pixels at the {where}{source, select, none {} other {, where there was: {source}}}.",
  "result.alt.box": "The same with the painted area drawn in.",
  "gallery.text":
    "All {count} results of <b>{prompt}</b>, best first.{ai, select, yes { (AI-edited)} other {}}",
  "gallery.alt": "Result {rank}: {prompt}, painted at the {where}.",
  "gallery.hidden":
    "{count, plural, one {# of them is left out, because the safety check considers it unsafe.} other {# of them are left out, because the safety check considers them unsafe.}}",
  "gallery.there": "All results are in one message already, further up.",
  "gallery.coming": "All {count} results come in one message.",
  "alternate.text":
    "Result {rank} of {count} for <b>{prompt}</b>. The message above can no longer be changed, so it comes as a reply.{ai, select, yes { (AI-edited)} other {}}",
  "variation.text": "Result {rank} of {count} for <b>{prompt}</b>.{ai, select, yes { (AI-edited)} other {}}",
  "shared.text":
    "✨ <b>{prompt}</b>{for}\nShared by who asked for it.{ai, select, yes { (AI-edited)} other {}}",
  "comparison.text": "<b>{prompt}</b>: before, then after.{ai, select, yes { (AI-edited)} other {}}",
  "comparison.before.alt": "The picture before it was edited.",
  "where.top-left": "top left",
  "where.top": "top",
  "where.top-right": "top right",
  "where.left": "left",
  "where.centre": "centre",
  "where.right": "right",
  "where.bottom-left": "bottom left",
  "where.bottom": "bottom",
  "where.bottom-right": "bottom right",

  // What to know without it being an error.
  "warning.prompt-cut": "The sentence is longer than the model reads; its end was left out.",
  "warning.negative-unused": "This model cannot be told what to keep away from; that wish changed nothing.",
  "warning.words-unknown":
    "{count, plural, =0 {I do not know {unknown}} =1 {I do not know <i>{word}</i> and took it for <i>{as}</i>{unknown, select, none {} other {, and did not know {unknown}}}} other {I took {pairs}{unknown, select, none {} other {, and did not know {unknown}}}}}. The picture may show something else.",
  "warning.words-unknown.pair": "<i>{word}</i> for <i>{as}</i>",
  "warning.words-unknown.more": "{count, plural, one {# more word} other {# more words}}",
  "warning.words-unknown.unnamed":
    "This model does not know every word of the sentence. It guessed; the picture may show something else.",
  "warning.results-unsafe": "Some results are left out, because the safety check refused them.",
  "warning.source-uncertain":
    "I guessed what to replace: <i>{source}</i>. If it should be something else, ask once more and name it.",
  "warning.source-uncertain.unnamed":
    "I was not sure what to replace. If it should be something else, ask once more and name it.",
  "warning.class-painted":
    "Painted as “{class}” ({percent} % sure): this model knows a list of things, and no sentences.",
  "warning.source-unknown":
    "I know nothing in this picture by name, so I painted where it fits best. If something should be replaced, ask once more and name it.",

  // Buttons: at most 75 characters, better two words.
  "button.cancel": "Cancel",
  "button.larger": "Larger area",
  "button.smaller": "Smaller area",
  "button.box": "Show box",
  "button.box.off": "Hide box",
  "button.all": "All at once",
  "button.compare": "Before and after",
  "button.upscale": "Upscale",
  "button.share": "Show to everybody",
  "button.unshare": "Take back",
  "button.reroll": "Reroll",
  "button.retry": "Try again",
  "button.again": "Edit again",
  "button.paint": "Yes, edit it",
  "button.form": "Change and try again",
  "button.settings": "Change my defaults",
  "button.forget": "Delete it all",
  "button.original": "Full quality",
  "button.delete": "Delete",
  "button.resend": "Send it to me",

  // Answers that the member alone sees.
  "answer.queued": "On it! My message here shows the progress, then the result.",
  "answer.queued.private": "On it! The result comes to you as a direct message.",
  "answer.queued.kept":
    "On it! I cannot send you direct messages, so the result comes right here if it is ready soon. If not, {queue} has it for you.",
  "answer.which-picture": "Which of the {count} pictures? They count in the order in which they stand.",
  "answer.avatar":
    "{on, select, yes {Others may have your avatar edited.} none {There are no avatars here.} other {Nobody but you can have your avatar edited.}}",
  "answer.english": "By the way: I only read English well. In another language I may paint something else.",
  "answer.how":
    "Attach a picture and say what to paint: {example}. Or choose <i>{action}</i> in the menu of a message that has a picture.",
  "answer.prompt-missing":
    "I have the picture; what shall I paint? Your next words to me here within ten minutes will do: {example}",
  "answer.offer": "Shall I edit this picture again, with these words? <i>{prompt}</i>",
  "answer.cancelled": "Cancelled.",
  "answer.over": "That job is over already.",
  "answer.deleted": "Deleted.",
  "answer.shown-there": "Result {rank} is shown in the result's own message now.",
  "answer.variation-there": "Result {rank} stands in a message of its own already, further down.",
  "answer.shared":
    "{new, select, yes {It stands in {channel} for everybody to see.} other {It stands in {channel} already.}}",
  "answer.forget":
    "{jobs, plural, one {Delete # job of yours with its pictures, and the message that shows it?} other {Delete # jobs of yours with their pictures, and the messages that show them?}} That cannot be undone.",
  "answer.not-yours": "Only the person who asked for this edit, or an admin, can do that.",
  "answer.no-larger": "This is the largest area at this spot.",
  "answer.no-smaller": "This is the smallest area at this spot.",
  "answer.original": "The lossless file, {width}×{height}.{ai, select, yes { (AI-edited)} other {}}",
  "answer.upscaled":
    "Made larger, {width}×{height}. Unlike the result itself it is painted anew everywhere.{ai, select, yes { (AI-edited)} other {}}",
  "answer.original.large":
    "The lossless file has {megabytes, number, ::.0} MB, more than fits here.{copied, select, none {} other { This is the best copy that does: {copied}.}} Whoever runs the bot can give you the file itself: job <c>{job}</c>.{ai, select, yes { (AI-edited)} other {}}",
  "answer.forgotten":
    "{jobs, plural, =0 {There was nothing of yours to delete.} one {Deleted # job of yours with its pictures.} other {Deleted # jobs of yours with their pictures.}}",
  "answer.forgotten.kept":
    "What admins set for you, such as a block, and what they noted of your edits stays with them; how many you asked for is kept for a day, without your name.",
  "answer.removal.copies":
    "{count, plural, one {An edit that somebody else made from your picture is gone too.} other {# edits that others made from your pictures are gone too.}}",
  "answer.removal.messages":
    "{count, plural, one {One message could not be removed yet. I keep trying.} other {# messages could not be removed yet. I keep trying.}}",
  "answer.removal.pictures":
    "{count, plural, one {The pictures of one edit could not be deleted yet. I keep trying.} other {The pictures of # edits could not be deleted yet. I keep trying.}}",
  "answer.mentions":
    "{on, select, yes {Results that take longer than half a minute mention you.} other {Results do not mention you.}}{here, select, yes {} other { An admin has turned mentions off here.}}",
  "answer.settings":
    "Where nothing is chosen, edits take what is set here; your own goes before the channel's, that before everybody's:",
  "answer.settings.me": "You: {any, select, yes {{set}} other {nothing}}",
  "answer.settings.channel": "This channel: {any, select, yes {{set}} other {nothing}}",
  "answer.settings.workspace": "Everybody here: {any, select, yes {{set}} other {nothing}}",
  "answer.permission": "I cannot work here: {permissions}. Ask an admin to allow it.",
  "answer.permission.join": "I am not in this channel yet. Bring me in with <c>/invite</c>, then ask again.",
  "answer.permission.archived": "This channel is archived.",
  "answer.permission.group": "I do not work in group messages; use a channel or write to me.",
  "permission.view": "I may not see this channel",
  "permission.post": "I may not write messages here",
  "permission.attach": "I may not attach files here",
  "permission.react": "I may not add reactions here",
  "permission.read-history": "I may not read the message history here",
  "permission.join": "I am not a member of this channel",

  // Modals: titles and submit labels at most 24 characters, labels at most 45.
  "modal.edit.title": "Edit an image",
  "modal.again.title": "Edit again",
  "modal.submit": "Edit",
  "modal.settings.title": "Your defaults",
  "modal.settings.submit": "Save",
  "modal.prompt": "What should I paint? (in English)",
  "modal.prompt.example": "a big tree with many flowers",
  "modal.image": "Picture",
  "modal.negative": "What should not be there? (optional)",
  "modal.strength": "How much should change?",
  "modal.where": "Where? (optional)",
  "modal.results": "How many results? (optional)",
  "modal.pack": "Painted by",
  "modal.style": "Style",
  "modal.source": "What should it replace? (optional)",
  "modal.seed": "Seed (optional)",
  "modal.method": "Edit with",
  "modal.unchosen": "as usual",
  "modal.more": "More options",
  "modal.more.hint": "Each with two dashes before it and its value after it, such as: --seed 7",
  "modal.options": "Options",
  "modal.options.overlay": "Show the area that I painted",
  "modal.options.private": "Send it to me privately",
  "choice.strength.touch": "a touch",
  "choice.strength.some": "some",
  "choice.strength.all": "all",

  // /queue
  "queue.none": "You have no jobs waiting or running.",
  "queue.mine": "<b>Your jobs</b>",
  "queue.waiting":
    "<c>{job}</c> {prompt}: {position, plural, =1 {next in line} other {number # in line}}{start, select, none {} other {, starts {start}}}",
  "queue.running": "<c>{job}</c> {prompt}: running{left, select, none {} other {, {left} left}}",
  "queue.posting": "<c>{job}</c> {prompt}: done, on its way to you",
  "queue.undeliverable":
    "<c>{job}</c> {prompt}: {how, select, done {done, but it could not be sent{kept, select, yes {. The button below sends it to you.} other {}}} failed {it did not work{kept, select, yes {. The button below says why.} other {}}} other {cancelled}}",
  "queue.length":
    "{count, plural, =0 {Nobody is waiting.} one {# job is waiting in all.} other {# jobs are waiting in all.}}",
  "queue.paused": "The queue is paused by an admin; everybody keeps their place.",

  // /help
  "help.text":
    "I edit a picture from a sentence. You draw no mask: I learn <i>where</i> to edit, try several places, and show you the best.\n\n<b>Start</b>\n{start}\n{menu}\n{mention}\n\n<b>With a result</b>\nThe numbers (buttons or reactions) show the results of other places, 🔲 shows the area I painted. <i>Larger</i> and <i>Smaller area</i> repaint the same spot, <i>Reroll</i> tries another seed, <i>Edit again</i> goes on from the result.\n\n<b>Your data</b>\n{commands}\nPictures are deleted by themselves after {days, plural, one {# day} other {# days}}.",
  "help.command": "• {command}: {description}",
  "help.start": "• {command} with a picture and what to paint, in English",
  "help.menu": "• <i>{action}</i> in the menu of any message with a picture",
  "help.mention": "• mention me with a picture: {example}",

  // /admin
  "admin.lanes": "<b>Lanes</b>",
  "admin.lane.idle": "<c>{lane}</c> free",
  "admin.lane.paused": "<c>{lane}</c> paused",
  "admin.lane.refusing":
    "<c>{lane}</c> {why, select, away {is away} version {is of another version of the bot: update the older one} pack {does not have the bot's model pack} safety {does not check pictures, and the bot's must be checked} other {ends when what runs there is done}}",
  "admin.lane.running":
    "<c>{lane}</c> job <c>{job}</c>{left, select, none {} other {, {left} left}}{paused, select, yes {, paused after that} other {}}",
  "admin.waiting": "<b>Waiting</b> {count, number}",
  "admin.waiting.job":
    "{position, number}. <c>{job}</c> {who}: {prompt}{start, select, none {} other {, starts {start}}}",
  "admin.waiting.other":
    "{position, number}. a job from another place{start, select, none {} other {, starts {start}}}",
  "admin.waiting.more": "… and {count, number} more",
  "admin.today":
    "<b>Last 24 hours</b> {done, number} done, {failed, number} failed, {cancelled, number} cancelled, {undeliverable, number} not delivered",
  "admin.times": "Half of them took under {median}, 95 % under {p95}.",
  "admin.failures": "Failures: {list}",
  "admin.draining": "The bot is finishing what runs and takes no new work.",
  "admin.paused":
    "{lane, select, all {All lanes are paused} other {Lane {lane} is paused}}. What runs now will finish.",
  "admin.resumed": "{lane, select, all {All lanes run again} other {Lane {lane} runs again}}.",
  "admin.no-lane": "There is no lane {lane}. The lanes are: {lanes}.",
  "admin.cancelled":
    "{count, plural, =0 {There was nothing to cancel.} one {Cancelled # job.} other {Cancelled # jobs.}}",
  "admin.cancel.which": "Say which: <c>job</c>, <c>member</c> or <c>all</c>.",
  "admin.no-job": "There is no such job here: {job}. {queue} lists those that run and wait.",
  "admin.moved": "Job <c>{job}</c> is next.",
  "admin.moved.here": "Job <c>{job}</c> is the next one of here. Jobs from elsewhere keep their places.",
  "admin.not-waiting": "Job <c>{job}</c> is not waiting.",
  "admin.drained": "What runs will finish, and nothing new is taken. Waiting jobs go on after a restart.",
  "admin.drained.lane":
    "What runs on {lane} will finish, and nothing new is taken there until it is resumed.",
  "admin.limits": "Everybody here: {waiting, number} waiting or running, {perDay, number} in 24 hours.",
  "admin.limits.exception": "{who}: {waiting, number} waiting or running, {perDay, number} in 24 hours.",
  "admin.limits.pack":
    "With <c>{pack}</c>{who, select, all {} other {, {who}}}: {waiting} waiting or running, {perDay} in 24 hours.",
  "admin.limits.ceiling":
    "Not above {waiting, number} waiting or running and {perDay, number} in 24 hours: the people who run the bot set that.",
  "admin.blocked": "{who} can ask for no more edits here.",
  "admin.blocked.everywhere": "{who} can do nothing with me any more, here or anywhere else.",
  "admin.blocked.part":
    "{who} can do nothing with me any more, here or in any other server that this process serves. Other processes have lists of their own: block {who} in a server of each.",
  "admin.block.self": "You cannot block yourself.",
  "admin.unblocked": "{who} can ask for edits here again.",
  "admin.unblocked.not-everywhere":
    "{who} is not blocked here any more, but is blocked everywhere by the people who run the bot.",
  "admin.channels.everywhere":
    "{deniedCount, plural, =0 {I answer everywhere.} other {I answer everywhere but in: {denied}}}",
  "admin.channels":
    "{count, plural, =0 {I answer in no channel.} other {I answer only in: {list}{deniedCount, plural, =0 {} other {; not in: {denied}}}}}",
  "admin.channel.which": "Say which <c>channel</c>.",
  "admin.words": "{list, select, none {No words are refused.} other {Refused words: {list}}}",
  "admin.word.which": "Say which <c>word</c>.",
  "admin.safety":
    "{policy, select, off {Pictures are not checked here.} refuse {Pictures that the safety check considers unsafe are refused here, sources and results alike.} other {Results that the safety check considers unsafe are hidden here until somebody asks to see them.}}",
  "admin.safety.none":
    "No picture is checked, because the bot has no safety model. Its operator sets <c>LRBOT_SAFETY_MODEL</c> to the folder of one and restarts it; <c>docs/safety.md</c> says how to get it.",
  "admin.reset": "The setting <c>{setting}</c> is as it was at first.",
  "admin.unreadable":
    "⚠️ These settings are damaged and cannot be read: <c>{names}</c>. Until they are mended I refuse to everybody what they decide. {reset} puts one back to how it was at first.",
  "admin.unreadable.lanes":
    "⚠️ The list of paused lanes is damaged and cannot be read, so all lanes are paused. Operators start them again with {resume}.",
  "admin.mentions":
    "{on, select, yes {Results that take longer than half a minute mention who asked for them. Whoever does not want that types {command}.} other {Results mention nobody here.}}",
  "admin.audit.none": "Nobody has steered anything yet.",
  "admin.audit.line": "{time} {who}: {action} {details}",
  "admin.operators":
    "That concerns every community that the bot works for, so only the people who run it can do that. It knows them by <c>LRBOT_ADMINS</c>.",

  // Failures, by code; each says what to do next.
  "error.picture-not-a-picture": "That file is not a picture I can read. PNG, JPEG, WebP and AVIF work.",
  "error.picture-heic":
    "That is a HEIC photo, which I cannot read. On an iPhone, choose <i>Most Compatible</i> in Settings › Camera › Formats, or send a screenshot or JPEG of it.",
  "error.picture-animated": "Animated pictures do not work yet. Send a still one.",
  "error.picture-corrupt": "The picture is damaged or cut short. Try to save and send it again.",
  "error.picture-too-small": "The picture is too small: its shorter side needs 32 pixels or more.",
  "error.picture-too-large": "The picture is too large: at most 50 megapixels, fewer in AVIF.",
  "error.picture-too-long": "The picture is too long and thin: at most 8 to 1.",
  "error.picture-too-many-scans": "The picture is a JPEG of more than 100 scans. Save it anew and send that.",
  "error.picture-too-costly":
    "That picture takes too much time or memory to read. Save it anew, as a plain PNG or JPEG, and send that.",
  "error.prompt-empty": "Say what to paint, such as: <c>a big tree with many flowers</c>.",
  "error.prompt-too-long": "The sentence is too long: at most 1,000 characters.",
  "error.class-unknown":
    "This model paints a list of things, and none of them is like what you wrote. Try the name of a thing.",
  "error.prompt-characters":
    "The sentence has invisible characters that I cannot use. Type it again by hand.",
  "error.setting":
    "{setting, select, box {The area lies outside the picture, or is none: it is left,top,width,height in pixels, such as 120,40,160,160} steps {The number of steps is out of range} strength {The strength is out of range} guidance {The guidance is out of range} seed {The seed is out of range} other {Something in this request is out of range}}. Start a new edit with {edit}.",
  "error.choice":
    "{count, plural, =0 {Here I choose the {option} myself: leave it out} other {There is no {option} <c>{got}</c> here. There are: {choices}}}.",
  "error.number": "{option} is a whole number from {low, number} to {high, number}.",
  "error.text": "{option} is too long: at most {most, number} characters.",
  "error.option": "I do not understand <c>{got}</c> there. What you can say is: {options}",
  "error.option.value":
    "{count, plural, =0 {Say something behind <c>{got}</c>, or leave it out.} other {Say one of these behind <c>{got}</c>, or leave it out: {values}.}}",
  "error.where":
    "I know no place <c>{got}</c>. Say left, right, top, bottom or middle, or a box in per cent of the picture: left,top,width,height, such as 10,20,50,40.",
  "error.style":
    "The style <c>{style}</c> does not go with <c>{pack}</c>: it is made for {packs}. Leave one of the two out, or choose another.",
  "error.where-outside":
    "The box <c>{got}</c> lies outside the picture, or is empty. In per cent, left and width together are at most 100, and so are top and height.",
  "error.seed": "The seed is a whole number from 0 to 4,294,967,295. Leave it out, and I choose one.",
  "error.misread":
    "{got, select, none {Something is missing there.} other {I do not understand <c>{got}</c> there.}} Type it like this:",
  "error.unknown-command":
    "I do not know <c>{typed}</c>.{meant, select, none {} other { Did you mean <c>{meant}</c>?}} Type it like this:",
  "error.pack": "The bot's model pack is missing or damaged. The admin's log says more; try again later.",
  "error.attachment-missing": "I see no picture there. Attach one (PNG, JPEG, WebP or AVIF).",
  "error.attachment-refused": "I fetch pictures only from this chat itself. Attach the file directly.",
  "error.attachment-too-large": "The file is too large: at most {megabytes, number} MB.",
  "error.attachment-unavailable": "I could not fetch the picture. Try once more in a minute.",
  "error.avatar-private": "They have not allowed others to edit their avatar. <c>/avatar</c> lets them.",
  "error.limit-waiting":
    "{count, plural, =0 {Edits are turned off for you here. Ask an admin about it.} =1 {You have a job waiting or running already, and one is the limit here. When it is done, send the next.} other {You have # jobs waiting or running, which is the limit here. When one is done, send the next.}}",
  "error.limit-per-day":
    "{count, plural, =0 {Edits are turned off for you here. Ask an admin about it.} =1 {You have used your one edit of 24 hours.} other {You have used your # edits of 24 hours.}}{again, select, none {} other { The next one is possible {again}.}}",
  "error.limit-pack":
    "{per, select, once {You have as many edits with <c>{pack}</c> in the queue as you may ({count, number}). Wait for one, or choose another pack.} other {You have used your edits with <c>{pack}</c> of 24 hours ({count, number}). Choose another pack.{again, select, none {} other { The next one is possible {again}.}}}}",
  "error.member-blocked":
    "An admin has blocked you from editing pictures here. Ask them if that is a mistake.",
  "error.channel-refused": "I do not answer in this channel. Ask an admin where I do.",
  "error.channel-refused.try": "I do not answer in this channel. Try {channels}.",
  "error.undressing-refused": "I undress nobody. If you asked for something else, say it in other words.",
  "error.words-refused": "The sentence has words that are refused here. Try others.",
  "error.picture-refused":
    "The safety check refuses this picture, or all that was painted of it. It can be wrong: try another picture, or ask an admin.",
  "error.not-allowed": "That is for admins. {help} shows what everybody can do.",
  "error.settings-unreadable":
    "I cannot check who may do that here, because one of my settings is damaged. An admin has been told; try again later.",
  "error.login-needed": "Say who you are first: load the page again and give the password.",
  "error.login-refused": "That is not it. Ask whoever runs this bot.",
  "error.request-refused": "This was not asked for by the page as it was given out. Load it again.",
  "error.tries-exceeded": "Too many tries in a row. Wait a little, then try again.",
  "error.draining": "The bot is about to restart and takes no new work. Try again in a few minutes.",
  "error.reference-invalid":
    "That button is not one of mine, or not from here. Start a new edit with {edit}.",
  "error.reference-expired": "That edit is not kept any more. Start a new one with {edit}.",
  "error.worker":
    "The painting process broke down more than once on this job. Try another seed, or a smaller picture.",
  "error.restarts": "The bot was restarted too often while this job ran. Please send it again.",
  "error.out-of-memory": "There was not enough memory for this picture. Try a smaller one.",
  "error.disk-full": "The bot's disk is full. Tell an admin, and try again after that.",
  "error.unwritable": "The bot cannot save anything at the moment. Tell an admin, and try again after that.",
  "error.device":
    "The device that paints is not available. Try again in a few minutes; the admin's log says more.",
  "error.cancelled": "Cancelled.",
  "error.place-too-small":
    "Even made smaller, the picture is too large for this place. If the edit is yours, {queue} in a direct message to me can bring it.",
  "error.chat": "The chat was too slow just now. Try once more.",
  "error.internal":
    "Something went wrong on my side. Try once more; if it happens again, tell an admin that the log names it as <c>{reference}</c>.",

  ...adminsEn,
  ...studyEn,
  ...pageEn,
} as const;

export type MessageKey = keyof typeof en;

/** A language: every message, in the same syntax, with the same values. */
export type Catalogue = Readonly<Record<MessageKey, string>>;
