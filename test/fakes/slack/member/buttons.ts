import { elementsIn } from "../blocks/check.ts";
import type { Json } from "../types.ts";

/** What a member presses or chooses: by action id or by what stands on it; `value` names the option of a menu. */
export interface Target {
  readonly actionId?: string;
  readonly text?: string;
  readonly value?: string;
}

/** The element in these blocks, as the `actions` entry of a payload. @throws Error where nothing or more than one fits */
export function actionOf(blocks: readonly Json[], target: Target, actionTs: string): Json {
  const found = elementsIn(blocks).filter(({ element }) => "action_id" in element && fits(element, target));
  const [first, ...more] = found;
  if (first === undefined || more.length > 0) {
    const labels = elementsIn(blocks).map(
      ({ element }) => `${String(element.action_id)} "${labelOf(element)}"`,
    );
    const wanted = JSON.stringify(target);
    throw new Error(`Expected one element ${wanted}, got ${found.length} among: ${labels.join(", ")}`);
  }
  const { block, element } = first;
  const common = {
    type: element.type,
    action_id: element.action_id,
    block_id: block.block_id,
    action_ts: actionTs,
  };
  if (element.type === "button") {
    const value = element.value === undefined ? {} : { value: element.value };
    const style = element.style === undefined ? {} : { style: element.style };
    return { ...common, text: element.text, ...value, ...style };
  }
  const options = (element.options as Json[] | undefined) ?? [];
  const option = options.find((one) => one.value === target.value);
  if (option === undefined) throw new Error(`Expected an option ${target.value}, got none`);
  const isMany = element.type === "checkboxes" || element.type === "multi_static_select";
  return { ...common, ...(isMany ? { selected_options: [option] } : { selected_option: option }) };
}

/** All labels of buttons and menus in a message, in their order. */
export function buttonLabels(blocks: readonly Json[]): string[] {
  return elementsIn(blocks)
    .filter(({ element }) => element.type === "button")
    .map(({ element }) => labelOf(element));
}

function fits(element: Json, target: Target): boolean {
  const hasAction = target.actionId === undefined || element.action_id === target.actionId;
  return hasAction && (target.text === undefined || labelOf(element) === target.text);
}

function labelOf(element: Json): string {
  const text = element.text ?? element.placeholder;
  return typeof text === "object" && text !== null ? String((text as Json).text) : "";
}
