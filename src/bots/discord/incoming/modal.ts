import {
  type APILabelComponent,
  type APIModalInteractionResponseCallbackData,
  type APIModalSubmission,
  ComponentType,
  type ModalSubmitComponent,
  TextInputStyle,
} from "discord.js";
import type { Attachment, Modal, ModalField } from "../../chat.ts";
import { attachmentOf } from "./pictures.ts";

/**
 * A modal of labelled fields: text inputs, a file upload, radio buttons for a choice and checkboxes for toggles; what is too much for
 * those is a menu. https://discord.com/developers/docs/components/reference
 */
export function modalBodyOf(modal: Modal): APIModalInteractionResponseCallbackData {
  return {
    custom_id: modal.id,
    title: modal.title.slice(0, 45),
    components: modal.fields.map(labelOf),
  };
}

/** What a member filled in, by field name. */
export function submissionOf(data: APIModalSubmission): {
  readonly fields: Readonly<Record<string, string | readonly string[]>>;
  readonly pictures: readonly Attachment[];
} {
  const inputs = (data.components ?? []).flatMap((component): ModalSubmitComponent[] => {
    if ("component" in component) return [component.component];
    return "components" in component ? component.components : [];
  });
  const files = data.resolved?.attachments ?? {};
  return {
    fields: Object.fromEntries(inputs.flatMap(fieldOf)),
    pictures: inputs
      .filter((input) => input.type === ComponentType.FileUpload)
      .flatMap((input) => (input.values ?? []).flatMap((id) => files[id] ?? []))
      .map(attachmentOf),
  };
}

function fieldOf(input: ModalSubmitComponent): [string, string | readonly string[]][] {
  if (input.type === ComponentType.TextInput) return [[input.custom_id, input.value ?? ""]];
  if (input.type === ComponentType.RadioGroup) return input.value ? [[input.custom_id, input.value]] : [];
  const isList = input.type === ComponentType.StringSelect || input.type === ComponentType.CheckboxGroup;
  return isList ? [[input.custom_id, input.values ?? []]] : [];
}

function labelOf(field: ModalField): APILabelComponent {
  return {
    type: ComponentType.Label,
    label: field.label.slice(0, 45),
    ...(field.hint ? { description: field.hint.slice(0, 100) } : {}),
    component: componentOf(field),
  };
}

function componentOf(field: ModalField): APILabelComponent["component"] {
  if (field.kind === "text") {
    return {
      type: ComponentType.TextInput,
      custom_id: field.name,
      style: field.isLong ? TextInputStyle.Paragraph : TextInputStyle.Short,
      required: field.isRequired,
      max_length: Math.min(field.maxLength, 4000),
      ...(field.value ? { value: field.value.slice(0, field.maxLength) } : {}),
      ...(field.placeholder ? { placeholder: field.placeholder.slice(0, 100) } : {}),
    };
  }
  if (field.kind === "picture") {
    return {
      type: ComponentType.FileUpload,
      custom_id: field.name,
      min_values: field.isRequired ? 1 : 0,
      max_values: 1,
      required: field.isRequired,
    };
  }
  const isChoice = field.kind === "choice";
  const options = field.choices.map(({ value, label, isOn }) => ({
    value,
    label: label.slice(0, 100),
    default: isOn,
  }));
  if (isChoice && options.length >= 2 && options.length <= maxInGroup)
    return { type: ComponentType.RadioGroup, custom_id: field.name, required: true, options };
  const counts = { min_values: isChoice ? 1 : 0, max_values: isChoice ? 1 : options.length };
  const type =
    isChoice || options.length > maxInGroup ? ComponentType.StringSelect : ComponentType.CheckboxGroup;
  return { type, custom_id: field.name, required: isChoice, ...counts, options };
}

/** Entries that Discord's groups of radio buttons and checkboxes have room for. */
const maxInGroup = 10;
