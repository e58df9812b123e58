import { EditError } from "../../errors.ts";
import type { Choice, StudyRecord } from "../../store/studies.ts";
import type { ChatMessage } from "../chat.ts";
import { type ButtonEvent, type Context, ownerOf } from "../context.ts";
import { pairMessage } from "../messages/study.ts";
import { Refusal } from "../refusal.ts";

// How people vote: a button under the study's message shows a pair to whoever pressed it, and to nobody else; what they choose
// brings their next one in its place.

/** "Vote" under a study's message. */
export async function answerVote(context: Context<ButtonEvent>, id: string): Promise<void> {
  const { respond } = context.event;
  await respond.acknowledge();
  await respond.say(await nextMessage(context, await requireVotableStudy(context, id)));
}

/** "Left", "right" or "tie" under a pair. Pressed again it changes nothing, and shows the next pair again. */
export async function answerChoice(
  context: Context<ButtonEvent>,
  id: string,
  number: number,
  choice: Choice,
): Promise<void> {
  const { event, services } = context;
  const { studies } = services.store;
  await event.respond.acknowledgeSilently();
  const study = await requireVotableStudy(context, id);
  if (study.state === "stopped") throw notRunning("stopped");
  const voter = ownerOf(event);
  const voted = await studies.vote(number, voter, choice, services.clock());
  if (voted) services.studies.board.changed(id);
  else if (
    !(await studies.shownTo(id, voter)).some((each) => each.number === number && each.choice !== null)
  ) {
    throw new EditError("study-pair-gone", "Expected a pair that this voter was shown, got another one.");
  }
  await event.respond.say(await nextMessage(context, study), { isInPlace: true });
}

async function nextMessage(context: Context<ButtonEvent>, study: StudyRecord): Promise<ChatMessage> {
  const { event, services, words } = context;
  const { voting, files: studyFiles } = services.studies;
  const voter = ownerOf(event);
  const offer = await voting.next(study, voter);
  if (offer === null) {
    const count = await services.store.studies.shownTo(study.id, voter);
    return { text: words.say("study.done", { count: count.length }), pictures: [], buttons: [] };
  }
  const { showing, picture, number, of } = offer;
  const files = await studyFiles.prepare(showing, picture, { voter, signal: services.signal });
  const { references } = services;
  const sheet = context.platform.capabilities.showsPairs
    ? null
    : await studyFiles.sheet(files, { study: study.id, voter, signal: services.signal });
  return pairMessage({ showing, files, sheet, prompt: picture.prompt, number, of }, { words, references });
}

/**
 * The study that a button names, for somebody in its channel or in a thread of it.
 * @throws EditError `study-missing`; Refusal `study-elsewhere`
 */
async function requireVotableStudy(
  { event, services }: Context<ButtonEvent>,
  id: string,
): Promise<StudyRecord> {
  const study = await services.store.studies.find(id);
  if (!study) throw new EditError("study-missing", `Expected study ${id} in the store, got none.`);
  const { platform, workspace, channel } = study.place;
  const { place } = event;
  const isOfHere = place.platform === platform && place.workspace === workspace;
  if (isOfHere && (place.channel === channel || place.parent === channel)) return study;
  throw new Refusal(
    { code: "study-elsewhere", channel },
    "Expected a voter in the study's channel, got one elsewhere.",
  );
}

function notRunning(state: string): EditError {
  return new EditError("study-not-running", `Expected a study that runs, got one that is ${state}.`);
}
