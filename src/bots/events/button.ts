import { EditError } from "../../errors.ts";
import { linesOf } from "../../locales/rich-text.ts";
import type { JobRecord } from "../../store/jobs.ts";
import { type ButtonEvent, type Context, ownerOf, say } from "../context.ts";
import type { Said } from "../delivery/answers.ts";
import { choicesOf } from "../intake/edit-options.ts";
import { comeBeside, memberScopeOf } from "../intake/settings.ts";
import { answerViewIn, asShown } from "../messages/answer-view.ts";
import type { Action } from "../messages/references.ts";
import { removalLines } from "../messages/removal.ts";
import { resultOf } from "../messages/renditions.ts";
import { isShareable } from "../messages/result-buttons.ts";
import { isHidden } from "../messages/safety.ts";
import { recordActionOnJob } from "../record-action.ts";
import { isOfHere, isOwner, requireJob, requireOwnerOrAdmin } from "../rights.ts";
import { openAgainModal, openModalAgain } from "./edit-modal.ts";
import { forgetAll } from "./forget.ts";
import { acceptOffer } from "./offer.ts";
import { requestEdit } from "./request-edit.ts";
import { openSettingsForm } from "./settings-form.ts";
import { answerChoice, answerVote } from "./study-vote.ts";

// What the buttons under the bot's messages do.

type Answer = (context: Context<ButtonEvent>, job: string, argument: number) => Promise<void>;

const answers: Record<Exclude<Action, "new">, Answer> = {
  async show(context, id, argument) {
    const isChanged = await changeView(context, id, argument, (job) => ({ ...job.view, rank: argument }));
    if (isChanged && !answerViewIn(argument)) await tellWhere(context, argument);
  },
  async box(context, id, argument) {
    await changeView(context, id, argument, (job) => ({ ...job.view, showsBox: !job.view.showsBox }));
  },
  larger: (context, id, argument) => repaint(context, id, argument, 1),
  smaller: (context, id, argument) => repaint(context, id, argument, -1),
  again: (context, id, argument) => openAgainModal(context, id, answerViewIn(argument)?.view.rank),
  forget: (context) => forgetAll(context),
  form: (context, token) => openModalAgain(context, token),
  paint: (context, token, picture) => acceptOffer(context, token, picture),
  mentions: (context, _, argument) => setOwn(context, "mentions", argument === 1),
  defaults: (context) => clearDefaults(context),
  settings: (context, token) => openSettingsForm(context, token),
  avatar: (context, _, argument) => setOwn(context, "avatar", argument === 1),
  vote: (context, study) => answerVote(context, study),
  left: (context, study, number) => answerChoice(context, study, number, "left"),
  right: (context, study, number) => answerChoice(context, study, number, "right"),
  tie: (context, study, number) => answerChoice(context, study, number, "tie"),

  async all(context, id, argument) {
    const { event, services, words } = context;
    await event.respond.acknowledge();
    const job = await requireJob(id, context);
    resultOf(job, 1);
    if (answerViewIn(argument) || !job.place) return answerAlone(context, job, "gallery");
    const isPosting = await services.delivery.postGallery(job, event.respond);
    if (!isPosting) await say(event.respond, words.say("gallery.there"));
    else await say(event.respond, words.say("gallery.coming", { count: job.result?.results.length ?? 0 }));
  },

  async compare(context, id, argument) {
    await context.event.respond.acknowledge();
    const job = asShown(await requireJob(id, context), argument);
    resultOf(job, job.view.rank);
    await answerAlone(context, job, "comparison");
  },

  async upscale(context, id, argument) {
    const { event, services, words } = context;
    await event.respond.acknowledge();
    const job = asShown(await requireJob(id, context), argument);
    const { rank } = resultOf(job, job.view.rank);
    await services.admission.check(event.member, event.place);
    const { respond: responder, place, member } = event;
    const answer = { responder, place, words, member: member.id, signal: services.signal };
    await services.delivery.answerUpscaled(job, rank, answer);
  },

  async share(context, id, argument) {
    const { event, services, words } = context;
    await event.respond.acknowledge();
    const job = asShown(await requireJob(id, context), argument);
    if (!isOwner(job, event))
      throw new EditError("not-yours", "Expected the job's owner, got somebody else.");
    resultOf(job, job.view.rank);
    if (!isShareable(job))
      throw new EditError("reference-invalid", "Expected a private result, got another.");
    if (isHidden(job, job.view.rank, context.platform))
      throw new EditError("picture-refused", "Expected a picture that can be shown, got an unsafe one.");
    const isNew = await services.delivery.share(job);
    const channel = { channel: job.askedIn.channel };
    await say(event.respond, words.say("answer.shared", { channel, new: isNew ? "yes" : "no" }));
  },

  async unshare(context, id) {
    const { event, platform, services, words } = context;
    await event.respond.acknowledge();
    const job = await services.store.jobs.find(id);
    if (!job || !isOfHere(job, event))
      throw new EditError("reference-expired", `Expected job ${id} to be of here, got none.`);
    await requireOwnerOrAdmin(job, context);
    const post = await services.store.posts.ofMessage(event.message);
    await platform.remove(event.message, { signal: services.signal });
    if (post) await services.store.posts.remove(post.key);
    if (!isOwner(job, event)) await recordActionOnJob(context, "delete", job);
    await say(event.respond, words.say("answer.deleted"));
  },

  async reroll(context, id, argument) {
    await context.event.respond.acknowledge();
    const job = asShown(await requireJob(id, context), argument);
    await editFrom(context, job, "reroll", {
      ...{ box: job.request.box, area: job.area, seed: null },
      isFromAnswer: answerViewIn(argument) !== null,
    });
  },

  async original(context, id, argument) {
    const { event, services, words } = context;
    await event.respond.acknowledge();
    const job = asShown(await requireJob(id, context), argument);
    const rank = answerViewIn(argument)?.view.rank ?? (argument || job.view.rank);
    const { respond: responder, place } = event;
    await services.delivery.answerOriginal(job, rank, { responder, place, words, signal: services.signal });
  },

  async delete(context, id, argument) {
    const { event, services, words } = context;
    const isInPlace = answerViewIn(argument)?.isInPlace ?? false;
    await (isInPlace ? event.respond.acknowledgeSilently() : event.respond.acknowledge());
    const job = await requireJob(id, context);
    await requireOwnerOrAdmin(job, context);
    const removed = await services.store.jobs.remove(id, services.clock());
    if (!removed) return say(event.respond, words.say("answer.deleted"));
    await recordActionOnJob(context, "delete", job);
    const remaining = await services.removal.takeAway(removed);
    if (isOwner(job, event)) await services.homes.show(event);
    else services.homes.changed(job.owner);
    const text = linesOf(words.say("answer.deleted"), ...removalLines(removed, remaining, words));
    await event.respond.say({ text, pictures: [], buttons: [] }, { isInPlace });
  },

  async cancel(context, id) {
    const { event, services, words } = context;
    await event.respond.acknowledge();
    const job = await requireJob(id, context);
    await requireOwnerOrAdmin(job, context);
    const isCancelled = await services.scheduler.cancel(id, event.member.id);
    if (isCancelled) await recordActionOnJob(context, "cancel", job);
    await say(event.respond, words.say(isCancelled ? "answer.cancelled" : "answer.over"));
  },

  async resend(context, id) {
    const { event, services } = context;
    await event.respond.acknowledge();
    const job = await requireJob(id, context);
    await answerAlone(context, job, "result");
    // For its owner it waits until they have it themselves.
    if (!isOwner(job, event)) return;
    await services.store.jobs.redeliver(id, job.place);
    await services.store.jobs.markDelivered(id);
  },
};

/** What `/settings` set for the member themselves. */
async function clearDefaults({ event, services }: Context<ButtonEvent>): Promise<void> {
  await event.respond.acknowledge();
  await services.settings.reset(memberScopeOf(ownerOf(event)), "edit");
}

/** A setting of the member's own, as `/mentions` and `/avatar` have it; their home says how it is. */
async function setOwn(
  { event, services }: Context<ButtonEvent>,
  name: "mentions" | "avatar",
  isOn: boolean,
): Promise<void> {
  await event.respond.acknowledge();
  await services.settings.change(memberScopeOf(ownerOf(event)), name, () => isOn);
}

/** @throws EditError as each button says */
export async function answerButton(context: Context<ButtonEvent>): Promise<void> {
  const { action, subject, argument } = context.services.references.read(context.event.button);
  if (action === "new") throw new EditError("reference-invalid", "Expected a button, got a modal's id.");
  await answers[action](context, subject, argument);
}

/** False where the message stays as it is, and what was asked for comes beside it. */
async function changeView(
  context: Context<ButtonEvent>,
  id: string,
  argument: number,
  change: (job: JobRecord) => JobRecord["view"],
): Promise<boolean> {
  const { event, services } = context;
  await event.respond.acknowledgeSilently();
  const answer = answerViewIn(argument);
  if (answer) {
    const job = asShown(await requireJob(id, context), argument);
    resultOf(job, job.view.rank);
    await answerAlone(context, job, "result", answer.isInPlace);
    return true;
  }
  if (await comeBeside(event.place, services)) {
    const job = await requireJob(id, context);
    const view = change(job);
    resultOf(job, view.rank);
    const isPosting = await services.delivery.postVariation({ ...job, view }, event.respond);
    if (!isPosting)
      await say(event.respond, context.words.say("answer.variation-there", { rank: view.rank }));
    return false;
  }
  const changed = await services.inTurn(id, async () => {
    const job = await requireJob(id, context);
    const view = change(job);
    resultOf(job, view.rank);
    await services.store.jobs.setView(id, view);
    return { ...job, view };
  });
  // No message follows the job: what was pressed stands under an answer of before.
  if (!changed.place) await answerAlone(context, changed, "result", true);
  else services.delivery.refresh(id, event.respond);
  return true;
}

/** What a button under an answer brings comes as an answer too. */
function answerAlone(
  { event, services }: Context<ButtonEvent>,
  job: JobRecord,
  what: Said,
  isInPlace = false,
): Promise<void> {
  const { respond: responder, place } = event;
  return services.delivery.answerWith(job, what, { responder, place, isInPlace, signal: services.signal });
}

/** Another message than the one with the button shows the result: the gallery's numbers say so. */
async function tellWhere({ event, services, words }: Context<ButtonEvent>, rank: number): Promise<void> {
  const post = await services.store.posts.ofMessage(event.message);
  if (post?.role === "gallery") await say(event.respond, words.say("answer.shown-there", { rank }));
}

/** The same spot, one size larger or smaller; squares that the picture's border makes the same are skipped. */
async function repaint(
  context: Context<ButtonEvent>,
  id: string,
  argument: number,
  step: 1 | -1,
): Promise<void> {
  const { event, services, words } = context;
  await event.respond.acknowledge();
  const job = asShown(await requireJob(id, context), argument);
  const shown = resultOf(job, job.view.rank);
  const { result } = job;
  const spot = job.area?.anchor ?? (shown.anchor === null ? null : (result?.anchors[shown.anchor] ?? null));
  if (!result || !spot)
    throw new EditError("reference-invalid", "Expected a result around a spot, got a given box.");
  const sizes = job.area?.sizes ?? result.settings.proposals;
  const boxes = services.boxesAround(spot, result.image, sizes);
  const isSame = (size: number) => JSON.stringify(boxes[size - 1]) === JSON.stringify(shown.box);
  let size = job.area?.size ?? boxes.findIndex((_, index) => isSame(index + 1)) + 1;
  while (isSame(size) && size >= 1 && size <= sizes) size += step;
  const box = boxes[size - 1];
  if (!box) return say(event.respond, words.say(step > 0 ? "answer.no-larger" : "answer.no-smaller"));
  const area = { anchor: { x: spot.x, y: spot.y }, size, sizes };
  await editFrom(context, job, step > 0 ? "larger" : "smaller", {
    ...{ box, area, seed: result.seed },
    isFromAnswer: answerViewIn(argument) !== null,
  });
}

/** A job from the same picture and words. */
function editFrom(
  context: Context<ButtonEvent>,
  job: JobRecord,
  kind: "reroll" | "larger" | "smaller",
  { box, area, seed, isFromAnswer }: EditedFrom,
): Promise<void> {
  const { event, services } = context;
  if (!job.hasPictures)
    throw new EditError("reference-expired", `Expected pictures of job ${job.id}, got none.`);
  const { seed: _, source, ...kept } = choicesOf(job, services.editOptions);
  const named = source ?? (kind === "reroll" ? undefined : job.result?.source.text || undefined);
  return requestEdit(context, {
    prompt: job.request.prompt,
    choices: {
      ...kept,
      ...(named !== undefined && { source: named }),
      ...(seed !== null && { seed }),
    },
    showsBox: job.view.showsBox,
    isPrivate: job.isPrivate && !event.place.isDirect,
    pictures: [],
    file: services.files.picture(job.id),
    lineage: { parent: job.id, kind },
    area,
    box,
    // Nobody else sees an answer, so nothing can answer it.
    replyTo: isFromAnswer ? null : event.message.message,
  });
}

interface EditedFrom extends Pick<JobRecord, "area"> {
  readonly box: JobRecord["request"]["box"];
  /** A random one where `null`. */
  readonly seed: number | null;
  readonly isFromAnswer: boolean;
}
