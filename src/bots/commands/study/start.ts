import { EditError } from "../../../errors.ts";
import { say } from "../../context.ts";
import { newJobId } from "../../intake/job-files.ts";
import { recordAction } from "../../record-action.ts";
import { Refusal } from "../../refusal.ts";
import { presentIn, type StudySet } from "../../study/study-set.ts";
import { defineCommand } from "../define-command.ts";

/** As many as each participant of the paper's study saw. */
const pairsByDefault = 40;

/** `/study start <set> [methods] [against] [pairs]`: posts a message in this channel under which people vote. */
export const studyStartCommand = defineCommand({
  name: "study start",
  options: [
    { name: "set", kind: "text", maxLength: 100, isRequired: true },
    { name: "methods", kind: "text", maxLength: 1000 },
    { name: "against", kind: "text", maxLength: 60 },
    { name: "pairs", kind: "whole", range: [1, 500] },
  ],
  isForAdmins: true,
  async run(context, { set: name, methods: named, against, pairs }) {
    const { event, services, words } = context;
    const { place } = event;
    const { studies } = services.store;
    const set = await services.studies.sets.open(name);
    const methods = methodsOf(set, named);
    requireMethods(against === null ? [] : [against], methods);
    await requirePictures(set, methods);
    const running = await studies.openIn(place);
    if (running) throw isRunning(running.set);
    const study = await studies.add(
      {
        ...{ id: newJobId(), place, locale: words.locale, set: name, methods },
        ...{ against, pairsPerVoter: pairs ?? pairsByDefault },
      },
      services.clock(),
    );
    if (!study) throw isRunning(name);
    try {
      await services.studies.board.post(study);
    } catch (error) {
      await studies.remove(study.id);
      throw error;
    }
    await recordAction(context, "study start", { set: name, against, study: study.id });
    const counts = { methods: methods.length, pictures: set.pictures.length };
    await say(event.respond, words.say("study.started", { set: name, study: study.id, ...counts }));
  },
});

function isRunning(set: string): Refusal {
  return new Refusal(
    { code: "study-running", set },
    `Expected a channel without a study, got one with ${set}.`,
  );
}

/** All of a set, or those that were named, with commas between them. @throws Refusal `study-method-missing`, `study-methods-too-few` */
function methodsOf({ name: set, methods: all }: StudySet, named: string | null): readonly string[] {
  if (named === null) return all;
  const methods = [...new Set(named.split(",").map((each) => each.trim()))].filter(Boolean);
  requireMethods(methods, all);
  if (methods.length >= 2) return methods;
  throw new Refusal(
    { code: "study-methods-too-few", set, methods },
    `Expected two methods or more, got ${methods.join(", ") || "none"}.`,
  );
}

/** @throws Refusal `study-method-missing` */
function requireMethods(named: readonly string[], methods: readonly string[]): void {
  const method = named.find((each) => !methods.includes(each));
  if (method === undefined) return;
  throw new Refusal(
    { code: "study-method-missing", method, methods },
    `Expected one of ${methods.join(", ")}, got ${method}.`,
  );
}

/** A set whose files lie elsewhere is told before anybody is asked to vote. */
async function requirePictures({ name, pictures }: StudySet, methods: readonly string[]): Promise<void> {
  if ((await presentIn(pictures, methods)).length > 0) return;
  throw new EditError("study-pictures-gone", `Expected pictures of the set ${name}, got none that is there.`);
}
