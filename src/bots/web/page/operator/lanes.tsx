import type { OperatorLane } from "../../protocol.ts";
import { useApp } from "../state/app.ts";
import type { Run } from "./run.ts";

/** What paints: each lane with its pack, memory and running job. */
export function Lanes({ lanes, run }: { readonly lanes: readonly OperatorLane[]; readonly run: Run }) {
  const { words } = useApp();
  return (
    <section class="panel" aria-labelledby="lanes">
      <h2 id="lanes">{words.value.plain("page.lanes")}</h2>
      <ul class="lanes">
        {lanes.map((lane) => (
          <li key={lane.name} class={lane.isPaused ? "is-paused" : ""}>
            <div class="lane-name">
              <b>{lane.name}</b>
              <span class="faint">{lane.device === lane.name ? "" : lane.device}</span>
            </div>
            <div class="lane-told">
              <span>
                {lane.refusal !== null && !lane.running
                  ? words.value.plain("page.lane.refusing", { why: lane.refusal })
                  : words.value.plain(
                      lane.running
                        ? "page.lane.running"
                        : lane.isPaused
                          ? "page.lane.paused"
                          : "page.lane.free",
                    )}
                {lane.running && (
                  <>
                    {" "}
                    <code>{lane.running.job}</code>
                  </>
                )}
                {lane.running && lane.running.secondsLeft !== null && lane.running.secondsLeft >= 1 && (
                  <span class="faint">
                    {" · "}
                    {words.value.plain("page.left", { time: words.value.duration(lane.running.secondsLeft) })}
                  </span>
                )}
                {lane.running && lane.refusal !== null && (
                  <span class="faint">
                    {" · "}
                    {words.value.plain("page.lane.refusing", { why: lane.refusal })}
                  </span>
                )}
                {lane.running && lane.isPaused && (
                  <span class="faint"> · {words.value.plain("page.lane.pausing")}</span>
                )}
              </span>
              <span class="faint">
                {lane.pack ?? words.value.plain("page.lane.no-pack")}
                {lane.memoryBytes !== null && ` · ${Math.round(lane.memoryBytes / 1e6)} MB`}
              </span>
            </div>
            <button
              type="button"
              onClick={() => void run(lane.isPaused ? "resume" : "pause", { lane: lane.name })}
              aria-label={words.value.plain(lane.isPaused ? "page.lane.resume" : "page.lane.pause", {
                lane: lane.name,
              })}
            >
              {words.value.plain(lane.isPaused ? "page.resume" : "page.pause")}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
