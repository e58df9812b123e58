import type { Quality } from "../src/pipeline/inpainters/inpainter.ts";
import { type Interval, meanOf, meanWithInterval } from "../src/eval/statistics/bootstrap.ts";
import { openEvaluation } from "./eval-models.ts";
import type { Landscape } from "./landscape.ts";
import type { BenchOptions } from "./main.ts";
import type { Trial } from "./trial-book.ts";

/** How boxes are painted: sampling steps and classifier-free guidance, without which a step costs half. */
interface Way {
  readonly steps: number;
  readonly guidance: number;
}

/** Of a full painting: today's, and those that take its place in less time. */
const fullWays: readonly Way[] = [
  { steps: 12, guidance: 2 },
  { steps: 4, guidance: 1 },
];
/** Of a draft, each held against one of those. */
const draftWays: readonly (Way & { readonly against: number })[] = [
  { steps: 3, guidance: 2, against: 0 },
  { steps: 1, guidance: 1, against: 1 },
  { steps: 2, guidance: 1, against: 1 },
];

const seed = 0;
/** As `pack.json` has it. */
const packGuidance = 2;

/**
 * What fewer steps and no guidance cost, on the embedded pack's own pictures: every box of each picture is painted in each
 * way with one seed. Of full paintings: `recognised`, the share whose box CLIP takes for the wanted thing, of all boxes and of
 * the one of least loss of each anchor; `runs` of the UNet on one frame. Of drafts: Kendall's `tau` between their losses and
 * those of full paintings, over the boxes of a picture. Each with a 95 % interval over pictures. Arguments: `--pictures N`,
 * `--book FILE`.
 */
export async function run({ log, args }: BenchOptions): Promise<Record<string, unknown>> {
  await using evaluation = await openEvaluation(args);
  const full = fullWays.map((way) => ({ way, all: [] as number[], best: [] as number[] }));
  const drafts = draftWays.map((way) => ({ way, taus: [] as number[] }));
  for (const picture of evaluation.pictures) {
    await evaluation.withLandscape(picture, async (landscape) => {
      const painted: Trial[][][] = [];
      for (const { way, all, best } of full) {
        const rows = await trialsOf(landscape, way, "full");
        painted.push(rows);
        all.push(meanOf(rows.flat().map(({ isRecognised }) => Number(isRecognised))));
        best.push(meanOf(rows.map((row) => Number(leastOf(row).isRecognised))));
      }
      for (const { way, taus } of drafts) {
        const rows = await trialsOf(landscape, way, "draft");
        taus.push(kendallTau(totalsOf(rows), totalsOf(painted[way.against] ?? [])));
      }
    });
    const taus = drafts.map(({ taus }) => taus.at(-1)?.toFixed(3));
    const shares = full.map(({ all }) => all.at(-1)?.toFixed(2));
    log(`${picture.file}  recognised ${shares.join(" ")}  tau ${taus.join(" ")}`);
  }
  const figures = {
    pictures: evaluation.pictures.length,
    full: full.map(({ way, all, best }) => ({
      ...{ ...way, runs: runsOf(way) },
      ...{ recognised: meanWithInterval(all), bestRecognised: meanWithInterval(best) },
    })),
    drafts: drafts.map(({ way, taus }) => ({ ...way, runs: runsOf(way), tau: meanWithInterval(taus) })),
  };
  for (const { recognised, bestRecognised, ...way } of figures.full)
    log(
      `full   ${nameOf(way)}  recognised ${spelled(recognised)}, best of an anchor ${spelled(bestRecognised)}`,
    );
  for (const { tau, against, ...way } of figures.drafts)
    log(`draft  ${nameOf(way)}  tau ${spelled(tau)} against ${nameOf(fullWays[against] ?? way)}`);
  return figures;
}

/** The pack's own way is asked for as every benchmark asks for it, so that a book of theirs serves. */
function trialsOf(landscape: Landscape, { steps, guidance }: Way, quality: Quality) {
  return landscape.trials(seed, steps, guidance === packGuidance ? {} : { guidance, quality });
}

function leastOf(row: readonly Trial[]): Trial {
  return row.reduce((least, trial) => (trial.losses.total < least.losses.total ? trial : least));
}

function totalsOf(rows: readonly (readonly Trial[])[]): number[] {
  return rows.flat().map(({ losses }) => losses.total);
}

const runsOf = ({ steps, guidance }: Way) => steps * (guidance === 1 ? 1 : 2);

/** Of all pairs, those that both put in the same order less those that they do not, as a share; ties count for neither. */
function kendallTau(a: readonly number[], b: readonly number[]): number {
  let agreed = 0;
  let pairs = 0;
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      agreed += Math.sign(((a[i] ?? 0) - (a[j] ?? 0)) * ((b[i] ?? 0) - (b[j] ?? 0)));
      pairs++;
    }
  }
  return agreed / pairs;
}

function nameOf({ steps, guidance }: Way): string {
  return `${steps} steps, guidance ${guidance}`;
}

function spelled({ mean, low, high }: Interval): string {
  return `${mean.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
}
