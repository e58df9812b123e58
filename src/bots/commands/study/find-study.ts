import { EditError } from "../../../errors.ts";
import type { StudyRecord } from "../../../store/studies.ts";
import type { Context } from "../../context.ts";

/** The study of this channel that is not stopped. @throws EditError `study-missing` */
export async function requireOpenStudy({ event, services }: Context): Promise<StudyRecord> {
  const study = await services.store.studies.openIn(event.place);
  if (study) return study;
  throw new EditError("study-missing", "Expected a study in this channel, got none.");
}

/**
 * The study of that id, where it is one of this guild or workspace; without an id the open one of this channel, or the latest one
 * of it.
 * @throws EditError `study-missing`
 */
export async function requireStudy({ event, services }: Context, id: string | null): Promise<StudyRecord> {
  const { studies } = services.store;
  const { platform, workspace, channel } = event.place;
  const here = await studies.list({ platform, workspace, limit: 1000 });
  const open = id === null ? await studies.openIn(event.place) : null;
  const study = open ?? here.find((each) => (id === null ? each.place.channel === channel : each.id === id));
  if (study) return study;
  throw new EditError(
    "study-missing",
    `Expected a study here, got none${id === null ? "" : ` of the id ${id}`}.`,
  );
}
