import type { z } from "zod";
import { EditError } from "../../errors.ts";
import { plainTextOf } from "../../locales/rich-text.ts";
import type { ChatButton } from "../chat.ts";
import { type ButtonEvent, type Context, type ModalEvent, ownerOf } from "../context.ts";
import { type EditChoices, isSettable, wordsOf } from "../intake/edit-options.ts";
import { newJobId } from "../intake/job-files.ts";
import { memberScopeOf, scopeOf, withValue } from "../intake/settings.ts";
import { aboutNoJob } from "../messages/references.ts";
import { settingsText } from "../messages/settings.ts";
import { failureOf, tellFailure } from "../tell-failure.ts";
import {
  choicesTyped,
  fieldsOf,
  layOut,
  moreFieldsOf,
  type OptionLayout,
  type TypedOptions,
  typedIn,
  typedOf,
  typedOptionsSchema,
} from "./option-fields.ts";

// What a member's edits take where they choose nothing, as a form: the same options as `/settings` has.

/** As the argument of the modal's id: it was opened on the member's home, which shows what came of it. */
const onHome = 1;

const draftMilliseconds = 60 * 60_000;

/** Answers with what is set, and a button that opens the form. */
export async function saySettings({ event, services, words }: Context): Promise<void> {
  const { place, respond } = event;
  const here = await services.settings.get(scopeOf(place), "edit");
  const options = services.editOptions.filter(isSettable);
  const typed = {
    me: wordsOf(await ownOf({ event, services }), options),
    channel: wordsOf(here.channels[place.channel] ?? {}, options),
    workspace: wordsOf(here.all, options),
  };
  const change: ChatButton = {
    id: services.references.write("settings", aboutNoJob),
    label: words.plain("button.settings"),
    emoji: "✏️",
    style: "secondary",
  };
  await respond.say({ text: settingsText(typed, words), pictures: [], buttons: [[change]] });
}

/** Opens the form: as it is set, or as it was filled in before. @throws EditError `reference-expired`, `settings-unreadable` */
export async function openSettingsForm(context: Context<ButtonEvent>, token: string): Promise<void> {
  const { event, services, words } = context;
  const layout = layoutIn(context);
  const typed = token === aboutNoJob ? typedOf(await ownOf(context), layout) : await draftOf(context, token);
  const next = await putDraft(context, typed);
  await event.respond.openModal({
    id: services.references.write("settings", next, event.isInHome ? onHome : 0),
    title: words.plain("modal.settings.title"),
    submit: words.plain("modal.settings.submit"),
    fields: [...fieldsOf(layout, typed, words), ...moreFieldsOf(layout, typed, words)],
  });
}

/**
 * Sets what was filled in, and nothing else any more of what the form has. What is wrong with a field is said in the form where the
 * platform can; else in an answer whose button opens it again as it was.
 * @throws EditError `reference-expired`, `settings-unreadable`
 */
export async function answerSettingsForm(
  context: Context<ModalEvent>,
  token: string,
  argument: number,
): Promise<void> {
  const { event, platform, services } = context;
  const { member, place } = event;
  const layout = layoutIn(context);
  const typed = typedIn(event, await draftOf(context, token), layout);
  if (!platform.capabilities.errorsInModals) await event.respond.acknowledge();
  const read = await choicesTyped(typed, layout, (choices) =>
    services.intake.checkTexts({ member, place, isPrivate: true, choices }),
  );
  if (read.wrong) {
    const { field, error } = read.wrong;
    if (await event.respond.refuseFields({ [field]: plainTextOf(failureOf(context, error)) })) return;
    return tellFailure(context, error, [[await againButton(context, typed)]]);
  }
  await event.respond.acknowledge();
  await services.store.drafts.take(token, services.clock());
  const shown = new Set([...layout.inFields, ...layout.inWords].map(({ spec: { name } }) => name));
  await services.settings.change(memberScopeOf(ownerOf(event)), "edit", (before) => {
    // What is not offered at the moment stays.
    const kept = Object.entries(before.all).filter(([name]) => !shown.has(name));
    return withValue<EditChoices>(before, null, { ...Object.fromEntries(kept), ...read.choices }, {});
  });
  if (argument === onHome) return services.homes.show(event);
  services.homes.changed(ownerOf(event));
  await saySettings(context);
}

function layoutIn({ platform, services }: Context): OptionLayout {
  return layOut(services.editOptions.filter(isSettable), platform.capabilities.modalFields);
}

async function ownOf({ event, services }: Pick<Context, "event" | "services">): Promise<EditChoices> {
  return (await services.settings.get(memberScopeOf(ownerOf(event)), "edit")).all;
}

async function draftOf({ services }: Context, token: string): Promise<z.infer<typeof typedOptionsSchema>> {
  const draft = typedOptionsSchema.safeParse(await services.store.drafts.find(token, services.clock()));
  if (draft.success) return draft.data;
  throw new EditError("reference-expired", "Expected a form that was opened lately, got an old one.");
}

async function putDraft({ event, services }: Context, value: TypedOptions): Promise<string> {
  const token = newJobId();
  const expiresAt = services.clock() + draftMilliseconds;
  await services.store.drafts.put(token, { owner: ownerOf(event), value, expiresAt });
  return token;
}

async function againButton(context: Context, typed: TypedOptions): Promise<ChatButton> {
  const { services, words } = context;
  const id = services.references.write("settings", await putDraft(context, typed));
  return { id, label: words.plain("button.form"), emoji: "✏️", style: "primary" };
}
