import { useEffect, useRef } from "preact/hooks";
import type { LiveState, PageJob } from "../../protocol.ts";
import { useApp } from "../state/app.ts";
import { shareOf } from "../state/live.ts";
import type { Size } from "./box.ts";
import { placeOf } from "./box-editor.tsx";
import { drawLive } from "./draw-live.ts";
import { approach, emptyFrame, type LiveFrame, targetOf } from "./live-frame.ts";
import { LossesChart } from "./losses-chart.tsx";
import { phaseKey } from "./phase.ts";

/** A job that runs: its picture with what is learned of it, how far it is, and how the losses fall. */
export function LiveStage({ job }: { readonly job: PageJob }) {
  const { words } = useApp();
  const { live, source } = job;
  const share = live ? shareOf(live) : 0;
  const phase = words.value.plain(phaseKey(live));
  const left = live?.secondsLeft ?? null;
  // What may be unsafe is shown once it is known whether it is.
  const first = live?.results.find(({ unsafe }) => unsafe === null) ?? null;
  return (
    <div class="live">
      <figure class="stage">
        {source && (
          <img
            src={first?.url ?? source.url}
            width={source.width}
            height={source.height}
            alt={words.value.plain("page.source.alt", { prompt: job.prompt })}
          />
        )}
        {source && live && !first && <Overlay live={live} picture={source} />}
        {source && first && <span class="shown-box" style={placeOf(first.box, source)} />}
      </figure>
      <div class="live-told">
        <div class="live-line">
          <span>{phase}</span>
          {live?.round && (
            <span class="faint">{words.value.plain("page.round", { round: live.round.round })}</span>
          )}
          <span class="faint live-left">
            {left !== null && left >= 1
              ? words.value.plain("page.left", { time: words.value.duration(left) })
              : ""}
          </span>
        </div>
        <progress value={share} max={1} aria-label={phase} />
        <p class="faint legend">{words.value.plain(legendKey(live))}</p>
        {live && live.losses.length > 0 && <LossesChart live={live} />}
      </div>
    </div>
  );
}

function legendKey(live: LiveState | null) {
  if (live?.results.some(({ unsafe }) => unsafe === null)) return "page.legend.first";
  if (!live?.features) return "page.legend.looking";
  if (live.painting?.quality === "full") return "page.legend.full";
  return live.drafts.length > 0 ? "page.legend.drafts" : "page.legend.attention";
}

/** The drawing over the picture, as sharp as the screen. It moves only while something changes. */
function Overlay({ live, picture }: { readonly live: LiveState; readonly picture: Size }) {
  const { words } = useApp();
  const canvas = useRef<HTMLCanvasElement>(null);
  const latest = useRef(live);
  const wake = useRef(() => {});
  latest.current = live;

  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context) return;
    const isStill = matchMedia("(prefers-reduced-motion: reduce)");
    let frame: LiveFrame = emptyFrame;
    let size: Size = { width: 0, height: 0 };
    let requested = 0;
    let before = 0;
    const draw = (now: number) => {
      requested = 0;
      const { features } = latest.current;
      const target = targetOf(latest.current);
      // After a rest the first step is a short one.
      const milliseconds = isStill.matches ? Number.POSITIVE_INFINITY : Math.min(64, now - before);
      before = now;
      frame = approach(frame, target, milliseconds);
      const accent = getComputedStyle(element).getPropertyValue("--mark").trim();
      if (features && size.width > 0) {
        drawLive({ context, ...size, pixelRatio: devicePixelRatio }, picture, features, frame, { accent });
      }
      if (frame !== target) request();
    };
    const request = () => {
      if (requested === 0) requested = requestAnimationFrame(draw);
    };
    const observer = new ResizeObserver(([entry]) => {
      if (!entry) return;
      size = { width: entry.contentRect.width, height: entry.contentRect.height };
      element.width = Math.round(size.width * devicePixelRatio);
      element.height = Math.round(size.height * devicePixelRatio);
      request();
    });
    observer.observe(element);
    wake.current = request;
    return () => {
      observer.disconnect();
      cancelAnimationFrame(requested);
    };
  }, [picture]);

  useEffect(() => wake.current(), [live]);
  return <canvas class="overlay" ref={canvas} role="img" aria-label={words.value.plain(legendKey(live))} />;
}
