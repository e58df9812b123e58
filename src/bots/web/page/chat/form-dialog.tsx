import { useEffect, useRef, useState } from "preact/hooks";
import type { ModalField } from "../../../chat.ts";
import type { Upload } from "../../protocol.ts";
import { type OpenForm, useApp } from "../state/app.ts";
import { sendPicture } from "./picture.ts";

/** A form that the bot opened, such as that of "Edit again". It stays as it was filled in where something is wrong in it. */
export function FormDialog({ form }: { readonly form: OpenForm }) {
  const app = useApp();
  const { words } = app;
  const { modal } = form.reply;
  const dialog = useRef<HTMLDialogElement>(null);
  const [wrong, setWrong] = useState<Readonly<Record<string, string>>>({});
  const [problem, setProblem] = useState<string | null>(null);
  const [upload, setUpload] = useState<Upload | null>(null);
  const [isSending, setSending] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  const close = () => {
    app.form.value = null;
  };
  const submit = async (element: HTMLFormElement) => {
    const data = new FormData(element);
    const fields = Object.fromEntries(
      modal.fields
        .filter(({ kind }) => kind !== "picture")
        .map((field) => [
          field.name,
          field.kind === "toggles" ? data.getAll(field.name).map(String) : String(data.get(field.name) ?? ""),
        ]),
    );
    setSending(true);
    setProblem(null);
    try {
      const reply = await app.fill({ room: form.room, form: modal.id, fields, picture: upload?.id ?? null });
      if (reply.kind === "fields") setWrong(reply.texts);
      else if (reply.kind !== "form") {
        close();
        if (app.router.route.value.view === "job") app.router.go({ view: "edits" });
      }
    } catch (error) {
      setProblem(app.textOf(error));
    }
    setSending(false);
  };
  const send = async (file: File | undefined) => {
    if (!file) return;
    setProblem(null);
    try {
      setUpload(await sendPicture(app.api, file, () => {}));
    } catch (error) {
      setUpload(null);
      setProblem(app.textOf(error));
    }
  };

  return (
    <dialog ref={dialog} class="form" onClose={close} aria-labelledby="form-title">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit(event.currentTarget);
        }}
      >
        <h2 id="form-title">{modal.title}</h2>
        {modal.fields.map((field) => (
          <div class="field" key={field.name}>
            <Field field={field} wrong={wrong[field.name] ?? null} onFile={(file) => void send(file)} />
          </div>
        ))}
        {problem && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <div class="actions">
          <button type="submit" class="primary" disabled={isSending}>
            {modal.submit}
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            {words.value.plain("page.box.leave")}
          </button>
        </div>
      </form>
    </dialog>
  );
}

function Field({
  field,
  wrong,
  onFile,
}: {
  readonly field: ModalField;
  readonly wrong: string | null;
  readonly onFile: (file: File | undefined) => void;
}) {
  const id = `field-${field.name}`;
  const hints = [field.hint ? `${id}-hint` : "", wrong ? `${id}-wrong` : ""].join(" ").trim();
  const told = {
    id,
    name: field.name,
    "aria-describedby": hints || undefined,
    "aria-invalid": wrong !== null,
  };
  if (field.kind === "toggles") {
    return (
      <fieldset>
        <legend>{field.label}</legend>
        {field.choices.map(({ value, label, isOn }) => (
          <label class="toggle" key={value}>
            <input type="checkbox" name={field.name} value={value} defaultChecked={isOn} /> {label}
          </label>
        ))}
      </fieldset>
    );
  }
  if (field.kind === "choice") {
    return (
      <>
        <label for={id}>{field.label}</label>
        <select {...told}>
          {field.choices.map(({ value, label, isOn }) => (
            <option key={value} value={value} selected={isOn}>
              {label}
            </option>
          ))}
        </select>
      </>
    );
  }
  return (
    <>
      <label for={id}>{field.label}</label>
      {field.kind === "picture" ? (
        <input
          {...told}
          type="file"
          accept="image/png,image/jpeg,image/webp,image/avif"
          onChange={(event) => onFile(event.currentTarget.files?.[0])}
        />
      ) : field.isLong ? (
        <textarea
          {...told}
          rows={3}
          defaultValue={field.value}
          placeholder={field.placeholder}
          maxLength={field.maxLength}
          required={field.isRequired}
        />
      ) : (
        <input
          {...told}
          type="text"
          defaultValue={field.value}
          placeholder={field.placeholder}
          maxLength={field.maxLength}
          required={field.isRequired}
        />
      )}
      {field.hint && (
        <p class="faint" id={`${id}-hint`}>
          {field.hint}
        </p>
      )}
      {wrong && (
        <p class="problem" id={`${id}-wrong`} role="alert">
          {wrong}
        </p>
      )}
    </>
  );
}
