/** What is said of studies: comparisons of edits by people. Part of the English catalogue. */
export const studyEn = {
  "command.study": "Ask people which edits are better, without saying who made them",
  "command.study start": "Start a study in this channel",
  "command.study pause": "Take no votes for a while",
  "command.study resume": "Take votes again",
  "command.study stop": "Take no more votes; results stay",
  "command.study results": "Which method is preferred, and how sure that is; for admins alone",
  "command.study export": "All votes of a study as a CSV file, for admins alone",
  "command.study list": "Studies of this community, and the sets that there are",
  "command.study remove": "Delete a study with all its votes",
  "option.set": "Name of a set of results",
  "option.methods": "Methods to compare, with commas between them; all of the set when left out",
  "option.against": "Compare this method with all others; all with all when left out",
  "option.pairs": "Pairs that one person is shown at most (40)",
  "option.study": "Id of a study; the latest one of this channel when left out",

  "button.vote": "Vote",
  "button.left": "Left",
  "button.tie": "Tie",
  "button.right": "Right",

  "study.question":
    "<b>Which edit is better?</b>\nYou are shown a picture, what it was asked to become, and two edits of it, without saying who made them. Only you see your pairs and what you choose.",
  "study.state":
    "{state, select, running {Tap <i>Vote</i> to begin, or to go on.} paused {Paused: votes are taken again later.} other {This study is over. Thank you!}}",
  "study.progress":
    "{count, plural, =0 {Nobody has voted yet.} one {# person has voted, {votes, plural, one {# time} other {# times}}.} other {# people have voted, {votes, plural, one {# time} other {# times}}.}}",
  "study.pair":
    "<b>{prompt}</b>\nWhich result fits these words better, and keeps the rest of the picture? Above is the picture as it was.\nPair {number, number} of {of, number}",
  "study.alt":
    "{which, select, source {The picture before the edit} left {The result on the left} right {The result on the right} other {Above the picture before the edit, below it two results, left and right}}. Asked for: {prompt}",
  "study.done":
    "{count, plural, =0 {There is nothing to compare.} one {That was your pair. Thank you!} other {Those were all your # pairs. Thank you!}}",
  "study.started":
    "The study of <c>{set}</c> has begun: {methods, plural, one {# method} other {# methods}}, {pictures, plural, one {# picture} other {# pictures}}. Its id is <c>{study}</c>.",
  "study.changed":
    "The study of <c>{set}</c> {state, select, running {takes votes again} paused {takes no votes for now} other {is over; its results stay}}.",
  "study.removed":
    "The study of <c>{set}</c> is deleted, with {votes, plural, one {its # vote} other {its # votes}}.",
  "study.none": "There is no study here yet.",
  "study.line":
    "<c>{study}</c> {set} · {state, select, running {running} paused {paused} other {over}} · {where} · {votes, plural, one {# vote} other {# votes}}",
  "study.sets":
    "{sets, select, none {There is no set. Whoever runs the bot puts sets into the folder that <c>LRBOT_STUDY_SETS</c> names.} other {Sets: <c>{sets}</c>}}",
  "study.results":
    "<b>Study of {set}</b> ({state, select, running {running} paused {paused} other {over}}): {count, plural, one {# person} other {# people}}, {votes, plural, one {# vote} other {# votes}} that count.",
  "study.preference":
    "<b>{method}</b> over {other}: <b>{share} ± {deviation}</b> (95 %: {low} to {high}; {votes, plural, one {# vote} other {# votes}}, {ties, plural, one {# tie} other {# ties}}){needed}",
  "study.preference.none": "<b>{method}</b> over {other}: no votes yet.",
  "study.needed":
    "{kind, select, votes {{more, plural, =0 {, known to ±3 %} one {, # more vote for ±3 %} other {, # more votes for ±3 %}}} other {, ±3 % needs a set of {more, plural, other {#}} pictures or more}}",
  "study.average": "Average: <b>{share}</b>",
  "study.scores": "<b>Bradley-Terry scores</b> in log odds, with 95 % intervals:",
  "study.score": "• {method}: <b>{score}</b> ({interval})",
  "study.failed":
    "Not counted: {count, plural, one {# person} other {# people}} who failed the attention check, with {votes, plural, one {# vote} other {# votes}}.",
  "study.unchecked":
    "{count, plural, one {# person} other {# people}} of those who count stopped before their first check.",
  "study.gone":
    "{count, plural, one {# picture of the set} other {# pictures of the set}} cannot be shown any more.",
  "study.more": "{count, plural, one {… and # more line.} other {… and # more lines.}}",
  "study.export":
    "{votes, plural, one {# answer} other {# answers}} in the study of <c>{set}</c>, as a CSV file. It names no person and no prompt.",
  "study.export.none": "Nobody has voted yet, so there is nothing to export.",
  "answer.forget.votes":
    "{votes, plural, one {Delete # vote of yours in studies?} other {Delete # votes of yours in studies?}} That cannot be undone.",
  "answer.forgotten.votes":
    "{votes, plural, one {Deleted # vote of yours in studies.} other {Deleted # votes of yours in studies.}}",

  "error.study-set-missing":
    "There is no set <c>{set}</c>. {sets, select, none {Whoever runs the bot puts sets into the folder that <c>LRBOT_STUDY_SETS</c> names.} other {Sets: <c>{sets}</c>}}",
  "error.study-set-invalid":
    "The set <c>{set}</c> cannot be used: line {line, number} of its <c>study.jsonl</c> is wrong ({got}).",
  "error.study-methods-too-few":
    "The set <c>{set}</c> cannot be compared: a picture needs results of two methods, and it has {methods, select, none {none} other {<c>{methods}</c>}}.",
  "error.study-method-missing": "The set has no method <c>{method}</c>. Its methods: <c>{methods}</c>",
  "error.study-running":
    "This channel has a study already, of <c>{set}</c>. Stop that one first, or start another one in another channel.",
  "error.study-missing": "There is no such study here.",
  "error.study-not-running": "This study takes no votes at the moment.",
  "error.study-elsewhere": "This study is one of {channel}. Vote there.",
  "error.study-pair-gone":
    "That pair is not yours, or not any more. Tap <i>Vote</i> under the study's message for your next one.",
  "error.study-pictures-gone": "The pictures of this study are gone. An admin has to put them back.",
} as const;

/** A language: every message of studies. */
export type StudyCatalogue = Readonly<Record<keyof typeof studyEn, string>>;
