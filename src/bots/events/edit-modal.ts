import { z } from "zod";
import { EditError } from "../../errors.ts";
import { plainTextOf } from "../../locales/rich-text.ts";
import type { Box } from "../../types.ts";
import type { ChatButton } from "../chat.ts";
import { type Context, type ModalEvent, ownerOf } from "../context.ts";
import { withDefaults } from "../intake/edit-defaults.ts";
import { choicesOf, type EditChoices, readWords } from "../intake/edit-options.ts";
import { newJobId } from "../intake/job-files.ts";
import { isPrivateByDefault } from "../intake/settings.ts";
import type { Reference } from "../messages/references.ts";
import { resultOf } from "../messages/renditions.ts";
import { Refusal } from "../refusal.ts";
import { requireJob } from "../rights.ts";
import { failureOf, tellFailure } from "../tell-failure.ts";
import {
  emptyForm,
  type FilledIn,
  type FormPlan,
  filledInOf,
  filledInSchema,
  layoutOf,
  modalOf,
  type Prefilled,
  prefilledForm,
} from "./edit-form.ts";
import { isForgotten } from "./forget.ts";
import { choicesTyped, type Wrong } from "./option-fields.ts";
import { askedOf, attachmentSchema } from "./picture-source.ts";
import { requestEdit } from "./request-edit.ts";

// The modal that asks for an edit: of a new picture, or again from a result; and once more where something in it was wrong.

/** What is kept in the store while a modal is open. */
const draftSchema = z.object({
  /** The picture to edit; the modal asks for one where there is neither this nor a result. */
  picture: attachmentSchema.nullable(),
  /** What else the message has that it was taken from: it is asked which. */
  others: z.array(attachmentSchema).default([]),
  /** The message that the edit answers. */
  replyTo: z.string().nullable(),
  /** The result to go on from. */
  result: z.object({ job: z.string(), rank: z.number() }).nullable().default(null),
  /** Where to paint; learned where there is none. */
  box: z
    .object({ left: z.number(), top: z.number(), width: z.number(), height: z.number() })
    .nullable()
    .default(null),
  /** What was filled in before. */
  typed: filledInSchema.nullable().default(null),
});
type Draft = z.infer<typeof draftSchema>;

const draftMilliseconds = 60 * 60_000;

/** Opens the modal of `/edit` and of the menu of messages. @throws EditError, Refusal, ChatError as `Intake.admit` */
export async function openEditModal(
  context: Context,
  draft: Pick<Draft, "picture" | "others" | "replyTo">,
  prefilled: Omit<Prefilled, "private"> & { readonly private: boolean | null } = {
    ...emptyForm,
    private: null,
  },
  box: Box | null = null,
): Promise<void> {
  const { event, services } = context;
  const isPrivate = prefilled.private ?? (await isPrivateByDefault(services.settings, event.place));
  const whole = { ...draft, result: null, box };
  const choices = await withDefaults(prefilled.choices, event, services);
  const typed = prefilledForm({ ...prefilled, choices, private: isPrivate }, planOf(context, whole));
  await open(context, { ...whole, typed });
}

/** Opens the modal of "Edit again": it goes on from the result that the message shows. @param shown Its rank, where the job's view is another */
export async function openAgainModal(context: Context, jobId: string, shown?: number): Promise<void> {
  const job = await requireJob(jobId, context);
  const { rank } = resultOf(job, shown ?? job.view.rank);
  const isPrivate = job.isPrivate && !context.event.place.isDirect;
  const choices = choicesOf(job, context.services.editOptions, "result");
  const draft = { picture: null, others: [], replyTo: null, box: null, result: { job: job.id, rank } };
  const prefilled = { ...emptyForm, choices, private: isPrivate };
  await open(context, { ...draft, typed: prefilledForm(prefilled, planOf(context, draft)) });
}

/** Opens a modal again as it was filled in. @throws EditError `reference-expired` */
export async function openModalAgain(context: Context, token: string): Promise<void> {
  await open(context, await draftOf(context, token));
}

/** @throws EditError `reference-invalid` where the modal is none of these, `reference-expired` */
export async function answerEditModal(
  context: Context<ModalEvent>,
  { action, subject, argument }: Reference,
): Promise<void> {
  if (action === "new") return submit(context, await draftOf(context, subject), subject);
  // Modals that were opened by an earlier version.
  const result = { job: subject, rank: argument };
  const old = { picture: null, others: [], replyTo: null, result, box: null, typed: null };
  if (action === "again") return submit(context, old, null);
  throw new EditError("reference-invalid", "Expected a modal of this bot, got a button's id.");
}

/** How long a modal waits for the answer whether it would be refused: it has to open within 3 seconds. */
const admissionMilliseconds = 700;

async function open(context: Context, draft: Draft): Promise<void> {
  const { event, platform, services, words } = context;
  const plan = planOf(context, draft);
  const filledIn = draft.typed ?? prefilledForm(emptyForm, plan);
  const signal = AbortSignal.any([services.signal, AbortSignal.timeout(admissionMilliseconds)]);
  try {
    const { member, place } = event;
    await services.intake.admit({ member, place, platform, isPrivate: filledIn.private }, { signal });
  } catch (error) {
    // Not known in time; it is asked again when the modal is sent.
    if (!signal.aborted || services.signal.aborted) throw error;
  }
  const token = newJobId();
  await putDraft(context, token, draft);
  await event.respond.openModal(
    modalOf(words, {
      id: services.references.write("new", token),
      title: words.plain(draft.result ? "modal.again.title" : "modal.edit.title"),
      ...{ filledIn, plan },
    }),
  );
}

function planOf({ services, platform }: Context, draft: Pick<Draft, "picture" | "result">): FormPlan {
  return {
    options: services.editOptions,
    asksForPicture: asksForPicture(draft),
    maxFields: platform.capabilities.modalFields,
  };
}

function asksForPicture({ picture, result }: Pick<Draft, "picture" | "result">): boolean {
  return picture === null && result === null;
}

async function draftOf({ services }: Context, token: string): Promise<Draft> {
  const draft = draftSchema.safeParse(await services.store.drafts.find(token, services.clock()));
  if (draft.success) return draft.data;
  throw new EditError("reference-expired", "Expected a modal that was opened lately, got an old one.");
}

/**
 * What is wrong with a field is said in the modal where the platform can, which keeps what was filled in; else it is said in
 * an answer whose button opens the modal again as it was.
 */
async function submit(context: Context<ModalEvent>, draft: Draft, token: string | null): Promise<void> {
  const { event, platform, services } = context;
  const plan = planOf(context, draft);
  const typed = filledInOf(event, draft.typed ?? prefilledForm(emptyForm, plan), plan);
  if (!platform.capabilities.errorsInModals) await event.respond.acknowledge();
  const read = await readForm(context, typed, plan);
  const wrong = read.wrong ?? (await refusalOf(context, draft, { ...typed, ...read }));
  if (!wrong) {
    if (token) await services.store.drafts.take(token, services.clock());
    return;
  }
  const { field, error } = wrong;
  if (field) {
    const text = plainTextOf(failureOf(context, error));
    if (await event.respond.refuseFields({ [field]: text })) return;
  }
  if (isForgotten(error, services)) return tellFailure(context, error);
  const picture = field === "image" ? null : (draft.picture ?? event.pictures[0] ?? null);
  await tellFailure(context, error, [[await againButton(context, { ...draft, picture, typed })]]);
}

/** What was chosen in the form, or the first field of which something is wrong. */
async function readForm(
  { event: { place, member }, services }: Context,
  filledIn: FilledIn,
  plan: FormPlan,
): Promise<
  { readonly prompt: string; readonly choices: EditChoices; readonly wrong: null } | { readonly wrong: Wrong }
> {
  const { intake } = services;
  const asker = { place, member, isPrivate: filledIn.private };
  try {
    const { text, choices: inPrompt } = readWords(filledIn.prompt, services.editOptions);
    await intake.checkTexts({ ...asker, prompt: text, choices: inPrompt });
    const typed = await choicesTyped(filledIn, layoutOf(plan), (choices) =>
      intake.checkTexts({ ...asker, choices }),
    );
    return typed.wrong ? typed : { prompt: text, choices: { ...inPrompt, ...typed.choices }, wrong: null };
  } catch (error) {
    if (error instanceof EditError) return { wrong: { field: "prompt", error } };
    throw error;
  }
}

/** Asks for the edit; `null` where it was accepted. */
async function refusalOf(
  context: Context<ModalEvent>,
  draft: Draft,
  asked: Prefilled,
): Promise<Wrong | null> {
  const { event } = context;
  const pictures = draft.picture ? [draft.picture, ...draft.others] : [...event.pictures];
  try {
    await requestEdit(context, {
      prompt: asked.prompt,
      choices: asked.choices,
      showsBox: asked.overlay,
      isPrivate: asked.private,
      ...(await askedOf(context, { pictures, result: draft.result })),
      box: draft.box,
      replyTo: draft.replyTo,
      onChecked: () => event.respond.acknowledge(),
    });
    return null;
  } catch (error) {
    const isOfPicture = error instanceof EditError && /^(?:picture|attachment)-/.test(error.code);
    const option = error instanceof Refusal && "option" in error.reason ? error.reason.option : null;
    const field = option === null ? null : fieldOf(option, planOf(context, draft));
    return { field: isOfPicture && asksForPicture(draft) ? "image" : field, error };
  }
}

/** Where an option is typed in the form. */
function fieldOf(option: string, plan: FormPlan): string {
  return layoutOf(plan).inFields.some(({ spec: { name } }) => name === option) ? option : "more";
}

/** Opens the modal again with all that was filled in. */
async function againButton(context: Context, draft: Draft): Promise<ChatButton> {
  const { services, words } = context;
  const token = newJobId();
  await putDraft(context, token, draft);
  const id = services.references.write("form", token);
  return { id, label: words.plain("button.form"), emoji: "✏️", style: "primary" };
}

function putDraft({ event, services }: Context, token: string, value: Draft): Promise<void> {
  const expiresAt = services.clock() + draftMilliseconds;
  return services.store.drafts.put(token, { owner: ownerOf(event), value, expiresAt });
}
