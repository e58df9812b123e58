import { useState } from "preact/hooks";
import { centredBox, type Size } from "../job/box.ts";
import { BoxEditor } from "../job/box-editor.tsx";
import { useApp } from "../state/app.ts";
import type { ComposerState } from "./composer-state.ts";
import type { Picture } from "./picture.ts";

/** The picture that goes with what is typed next, and where to paint on it: found by the bot, or drawn by hand. */
export function ComposerPicture({
  composer,
  picture,
}: {
  readonly composer: ComposerState;
  readonly picture: Picture;
}) {
  const { words } = useApp();
  const [loaded, setLoaded] = useState<Size | null>(null);
  const name = picture.kind === "example" ? picture.example.name : picture.name;
  const url =
    picture.kind === "example" ? picture.example.url : picture.kind === "upload" ? picture.upload.url : null;
  // The copy of a large upload is smaller than what was sent.
  const size = picture.kind === "upload" ? picture.upload : picture.kind === "example" ? loaded : null;
  const box = composer.box.value;
  return (
    <>
      {box && size && url && (
        <div class="drawing" style={{ "--ratio": size.width / size.height }}>
          <figure class="stage" style={{ aspectRatio: `${size.width} / ${size.height}` }}>
            <img src={url} alt={name} />
            <BoxEditor box={box} picture={size} onBox={(next) => (composer.box.value = next)} />
          </figure>
          <p class="faint">{words.value.plain("page.box.how")}</p>
        </div>
      )}
      <div class="chip">
        {url ? (
          <img
            key={url}
            src={url}
            alt=""
            onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
              setLoaded({ width: naturalWidth, height: naturalHeight })
            }
          />
        ) : (
          <progress
            value={picture.kind === "sending" ? picture.share : 0}
            max={1}
            aria-label={words.value.plain("page.picture.sending")}
          />
        )}
        <span class="chip-name">{name}</span>
        {size && (
          <span class="faint chip-size">
            {size.width} × {size.height}
          </span>
        )}
        {size && (
          <button type="button" onClick={() => (box ? composer.leaveBox() : composer.draw(centredBox(size)))}>
            {words.value.plain(box ? "page.box.find" : "page.box.draw")}
          </button>
        )}
        <button
          type="button"
          class="close"
          aria-label={words.value.plain("page.picture.remove")}
          onClick={() => composer.dropPicture()}
        >
          ×
        </button>
      </div>
    </>
  );
}
