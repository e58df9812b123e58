import { z } from "zod";
import { EditError } from "../../errors.ts";
import type { Modal } from "../chat.ts";
import type { Context, ModalEvent } from "../context.ts";
import { newJobId } from "../intake/job-files.ts";
import { readSeed } from "../intake/typed-text.ts";
import { resultOf } from "../messages/renditions.ts";
import { requireJob } from "../rights.ts";
import { attachmentSchema } from "./picture-source.ts";
import { type AskedEdit, requestEdit } from "./request-edit.ts";

// The modal that asks for an edit: of a new picture, or again from a result.

/** What stands in a modal when it opens, as text. */
export interface Prefilled {
  readonly prompt: string;
  readonly source: string;
  readonly seed: string;
  readonly overlay: boolean;
  readonly private: boolean;
}

const nothing: Prefilled = { prompt: "", source: "", seed: "", overlay: false, private: false };

/** What is kept in the store while a modal is open. */
const draftSchema = z.object({
  /** The picture to edit; the modal asks for one where `null`. */
  picture: attachmentSchema.nullable(),
  /** The message that the edit answers. */
  replyTo: z.string().nullable(),
});

const draftMilliseconds = 60 * 60_000;

/** Opens the modal of `/edit` and of the menu of messages. */
export async function openEditModal(
  context: Context,
  draft: z.infer<typeof draftSchema>,
  prefilled: Prefilled = nothing,
): Promise<void> {
  const { event, services, words } = context;
  const token = newJobId();
  const id = services.references.write("new", token);
  await services.store.drafts.put(token, draft, services.clock() + draftMilliseconds);
  const title = words.plain("modal.edit.title");
  const asksForPicture = draft.picture === null;
  await event.respond.openModal(modalOf(context, { id, title, prefilled, asksForPicture }));
}

/** Opens the modal of "Edit again": it goes on from the result that the message shows. */
export async function openAgainModal(context: Context, jobId: string): Promise<void> {
  const { event, services, words } = context;
  const job = await requireJob(jobId, context);
  resultOf(job, job.view.rank);
  const id = services.references.write("again", job.id, job.view.rank);
  const title = words.plain("modal.again.title");
  await event.respond.openModal(modalOf(context, { id, title, prefilled: nothing, asksForPicture: false }));
}

/** @throws EditError `reference-invalid` where the modal is none of these, and every code of an edit */
export async function answerModal(context: Context<ModalEvent>): Promise<void> {
  const { action, subject, argument } = context.services.references.read(context.event.modal);
  if (action === "new") return submitEdit(context, subject);
  if (action === "again") return submitAgain(context, subject, argument);
  throw new EditError("reference-invalid", "Expected a modal of this bot, got a button's id.");
}

async function submitEdit(context: Context<ModalEvent>, token: string): Promise<void> {
  const { event, services } = context;
  await event.respond.acknowledge();
  const draft = draftSchema.safeParse(await services.store.drafts.take(token, services.clock()));
  if (!draft.success) {
    throw new EditError("reference-expired", "Expected a modal that was opened lately, got an old one.");
  }
  const { picture, replyTo } = draft.data;
  const pictures = picture ? [picture] : event.pictures;
  await requestEdit(context, { ...readFields(event), pictures, replyTo });
}

async function submitAgain(context: Context<ModalEvent>, jobId: string, rank: number): Promise<void> {
  const { event, services } = context;
  await event.respond.acknowledge();
  const job = await requireJob(jobId, context);
  const file = services.files.result(job.id, resultOf(job, rank).file);
  const lineage = { parent: job.id, kind: "again" } as const;
  await requestEdit(context, { ...readFields(event), pictures: [], file, lineage });
}

const fieldsSchema = z.object({
  prompt: z.string().catch(""),
  source: z.string().catch(""),
  seed: z.string().catch(""),
  options: z.array(z.string()).catch([]),
});

/** What was filled in; a field that a platform left out is empty. @throws EditError `seed-invalid` */
function readFields({
  fields,
}: ModalEvent): Pick<AskedEdit, "prompt" | "source" | "seed" | "showsBox" | "isPrivate"> {
  const { prompt, source, seed, options } = fieldsSchema.parse(fields);
  return {
    prompt,
    source: source || null,
    seed: readSeed(seed),
    showsBox: options.includes("overlay"),
    isPrivate: options.includes("private"),
  };
}

function modalOf(
  { words }: Context,
  {
    id,
    title,
    prefilled,
    asksForPicture,
  }: Pick<Modal, "id" | "title"> & { readonly prefilled: Prefilled; readonly asksForPicture: boolean },
): Modal {
  const toggle = (value: "overlay" | "private") => ({
    value,
    label: words.plain(`modal.options.${value}`),
    isOn: prefilled[value],
  });
  return {
    id,
    title,
    submit: words.plain("modal.submit"),
    fields: [
      {
        name: "prompt",
        kind: "text",
        label: words.plain("modal.prompt"),
        value: prefilled.prompt,
        placeholder: words.plain("modal.prompt.example"),
        isRequired: true,
        maxLength: 1000,
        isLong: true,
      },
      ...(asksForPicture
        ? [{ name: "image", kind: "picture", label: words.plain("modal.image"), isRequired: true } as const]
        : []),
      {
        name: "source",
        kind: "text",
        label: words.plain("modal.source"),
        hint: words.plain("modal.source.hint"),
        value: prefilled.source.slice(0, 100),
        placeholder: words.plain("modal.source.example"),
        isRequired: false,
        maxLength: 100,
        isLong: false,
      },
      {
        name: "seed",
        kind: "text",
        label: words.plain("modal.seed"),
        hint: words.plain("modal.seed.hint"),
        value: prefilled.seed,
        placeholder: "7",
        isRequired: false,
        maxLength: 20,
        isLong: false,
      },
      {
        name: "options",
        kind: "toggles",
        label: words.plain("modal.options"),
        choices: [toggle("overlay"), toggle("private")],
      },
    ],
  };
}
