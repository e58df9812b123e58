import { z } from "zod";
import { linesOf } from "../../locales/rich-text.ts";
import type { Attachment, Modal } from "../chat.ts";
import {
  type AnsweredEvent,
  type CommandEvent,
  type Context,
  type Handler,
  type MentionEvent,
  type MessageActionEvent,
  type ModalEvent,
  menuEntry,
  requireJob,
  textMessage,
  typed,
} from "../context.ts";
import { Refusal } from "../intake/admission.ts";
import { requirePicture, type Taken, tidyPrompt, type Wish } from "../intake/intake.ts";
import { newJobId } from "../intake/job-files.ts";
import { resultOf } from "../messages/renditions.ts";

// Every way to ask for an edit: the command, the menu of a message, a modal, a mention. All end in one wish.

/** `/edit prompt image [source] [seed] [overlay] [private]`; a modal asks for the picture where a command cannot bring one. */
export const editCommand: Handler<CommandEvent> = async (context) => {
  const { event, platform } = context;
  const { options } = event;
  if (event.pictures.length === 0 && platform.capabilities.picturesInModals) {
    const given = { prompt: tidyPrompt(textOf(options.prompt)), source: tidyPrompt(textOf(options.source)) };
    const seed = typeof options.seed === "number" ? String(options.seed) : "";
    const chosen = ["overlay", "private"].filter((name) => options[name] === true);
    return openEditModal(context, { picture: null, replyTo: null }, { ...given, seed, chosen });
  }
  await event.respond.acknowledge();
  await take(context, {
    prompt: textOf(options.prompt),
    source: textOf(options.source) || null,
    seed: typeof options.seed === "number" ? options.seed : null,
    showsBox: options.overlay === true,
    isPrivate: options.private === true,
    pictures: event.pictures,
  });
};

/** "Edit this image" in the menu of a message; where that has no picture, the modal asks for one. */
export const editMessage: Handler<MessageActionEvent> = async (context) => {
  const { pictures, message } = context.event;
  const canAsk = context.platform.capabilities.picturesInModals;
  const picture = pictures[0] ?? (canAsk ? null : requirePicture(pictures));
  await openEditModal(context, { picture, replyTo: message.message }, nothingGiven);
};

/** The modal of `/edit` and of "Edit this image". */
export const editModal = async (context: Context<ModalEvent>, token: string): Promise<void> => {
  const { event, services } = context;
  await event.respond.acknowledge();
  const draft = draftSchema.safeParse(await services.store.drafts.take(token, services.clock()));
  if (!draft.success)
    throw new Refusal("reference-expired", "Expected a modal that was opened lately, got an old one.");
  const { picture, replyTo } = draft.data;
  await take(context, { ...wishOf(event), pictures: picture ? [picture] : event.pictures, replyTo });
};

/** "Edit again": goes on from the result that the message shows. */
export const openAgainModal = async (context: Context, jobId: string): Promise<void> => {
  const { event, services, words } = context;
  const job = await requireJob(jobId, context);
  resultOf(job, job.view.rank);
  const id = services.references.write("again", job.id, job.view.rank);
  await event.respond.openModal(modalOf(context, id, words.plain("modal.again.title"), nothingGiven, false));
};

export const againModal = async (
  context: Context<ModalEvent>,
  jobId: string,
  rank: number,
): Promise<void> => {
  const { event, services } = context;
  await event.respond.acknowledge();
  const job = await requireJob(jobId, context);
  const file = services.files.result(job.id, resultOf(job, rank).file);
  await take(context, { ...wishOf(event), pictures: [], file, lineage: { parent: job.id, kind: "again" } });
};

/** `@bot a big tree with many flowers` with a picture, or as a reply to a result or to a message with a picture. */
export const mention: Handler<MentionEvent> = async (context) => {
  const { event, platform, words } = context;
  const { respond, replyTo, text, message } = event;
  const shown = replyTo && event.pictures.length === 0 ? await pictureShownIn(context, replyTo) : null;
  const pictures = event.pictures.length > 0 ? event.pictures : (shown?.pictures ?? []);
  const example = words.plain("modal.prompt.example");
  if (pictures.length === 0 && !shown?.file) {
    return respond.say(
      textMessage(
        words.say("answer.how", {
          example: {
            code: platform.capabilities.picturesInCommands ? `/edit ${example}` : `/edit "${example}"`,
          },
          action: menuEntry(context),
        }),
      ),
    );
  }
  if (tidyPrompt(text) === "") {
    return respond.say(textMessage(words.say("answer.prompt-missing", { example: { italic: [example] } })));
  }
  await take(context, {
    prompt: text,
    source: null,
    seed: null,
    showsBox: false,
    isPrivate: false,
    pictures,
    file: shown?.file ?? null,
    lineage: shown?.parent ? { parent: shown.parent, kind: "again" } : null,
    replyTo: message.message,
  });
};

interface Asked extends Pick<Wish, "prompt" | "source" | "seed" | "showsBox" | "isPrivate"> {
  readonly pictures: readonly Attachment[];
  /** In place of a picture of the chat. */
  readonly file?: string | null;
  readonly lineage?: Wish["lineage"];
  readonly area?: Wish["area"];
  readonly box?: Wish["box"];
  readonly replyTo?: string | null;
}

/** Takes the wish and tells the member alone what becomes of it. */
export async function take(context: Context<AnsweredEvent>, asked: Asked): Promise<void> {
  const { event, platform, services } = context;
  const picture = asked.file ? { file: asked.file } : requirePicture(asked.pictures);
  const taken = await services.intake.take({
    ...asked,
    platform,
    member: event.member,
    place: event.place,
    responder: event.respond,
    picture,
    box: asked.box ?? null,
    lineage: asked.lineage ?? null,
    area: asked.area ?? null,
    replyTo: asked.replyTo ?? null,
  });
  // A mention is answered by the job's message itself.
  if (event.kind === "mention") return;
  await event.respond.say(textMessage(takenText(context, taken, asked.pictures.length)));
}

function takenText({ words, platform }: Context, { job, how }: Taken, pictures: number) {
  const key =
    how === "kept" ? "answer.queued.kept" : job.isPrivate ? "answer.queued.private" : "answer.queued";
  const queue = { code: typed(platform, "queue") };
  return linesOf(
    words.say(key, { job: job.id, queue }),
    pictures > 1 ? words.say("answer.extra-pictures", { count: pictures }) : null,
  );
}

const draftSchema = z.object({
  picture: z
    .object({
      id: z.string(),
      fileName: z.string(),
      url: z.string(),
      contentType: z.string().nullable(),
      bytes: z.number().nullable(),
    })
    .nullable(),
  replyTo: z.string().nullable(),
});

const draftMilliseconds = 60 * 60_000;

async function openEditModal(
  context: Context,
  draft: z.infer<typeof draftSchema>,
  given: Given,
): Promise<void> {
  const { event, services, words } = context;
  const token = newJobId();
  const id = services.references.write("new", token);
  await services.store.drafts.put(token, draft, services.clock() + draftMilliseconds);
  await event.respond.openModal(
    modalOf(context, id, words.plain("modal.edit.title"), given, draft.picture === null),
  );
}

/** What stands in a modal when it opens. */
interface Given {
  readonly prompt: string;
  readonly source: string;
  readonly seed: string;
  /** Names of toggles. */
  readonly chosen: readonly string[];
}

const nothingGiven: Given = { prompt: "", source: "", seed: "", chosen: [] };

function modalOf(
  { words }: Context,
  id: string,
  title: string,
  { prompt, source, seed, chosen }: Given,
  asksForPicture: boolean,
): Modal {
  const toggle = (value: "overlay" | "private") => ({
    value,
    label: words.plain(`modal.options.${value}`),
    isOn: chosen.includes(value),
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
        value: prompt,
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
        value: source.slice(0, 100),
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
        value: seed,
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

function wishOf({ fields }: ModalEvent): Pick<Wish, "prompt" | "source" | "seed" | "showsBox" | "isPrivate"> {
  const options = fields.options ?? [];
  return {
    prompt: textOf(fields.prompt),
    source: textOf(fields.source) || null,
    seed: seedOf(textOf(fields.seed)),
    showsBox: options.includes("overlay"),
    isPrivate: options.includes("private"),
  };
}

const largestSeed = 2 ** 32 - 1;

/** `null` where none was typed. @throws Refusal `setting-out-of-range` */
function seedOf(text: string): number | null {
  const typed = text.replace(/[\s.,'’]/gu, "");
  if (typed === "") return null;
  const seed = /^\d+$/.test(typed) ? Number(typed) : Number.NaN;
  if (seed <= largestSeed) return seed;
  throw new Refusal("setting-out-of-range", `Expected a seed of 0 to ${largestSeed}, got another.`, {
    isSeed: 1,
  });
}

/** What a message shows: of a job's message the result it shows now, lossless; of any other its pictures. */
async function pictureShownIn(
  context: Context<MentionEvent>,
  message: NonNullable<MentionEvent["replyTo"]>,
): Promise<{
  readonly file?: string;
  readonly parent?: string;
  readonly pictures?: readonly Attachment[];
} | null> {
  const { services, platform } = context;
  const post = await services.store.posts.ofMessage(message);
  if (!post) return { pictures: await platform.picturesIn(message, { signal: services.signal }) };
  const job = await requireJob(post.job, context);
  return { file: services.files.result(job.id, resultOf(job, job.view.rank).file), parent: job.id };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
