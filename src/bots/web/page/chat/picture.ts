import type { AddressRequest, Example, Upload } from "../../protocol.ts";
import type { Api } from "../server/api.ts";
import { isAddress } from "./address.ts";

/** The picture that goes with what is typed next. */
export type Picture =
  | { readonly kind: "example"; readonly example: Example }
  | { readonly kind: "sending"; readonly name: string; readonly share: number }
  | { readonly kind: "upload"; readonly name: string; readonly upload: Upload };

/** The first file or address that was dropped or pasted; `null` where there is neither. */
export function pictureIn(data: DataTransfer | null): File | string | null {
  const [file] = data?.files ?? [];
  if (file) return file;
  const text = (data?.getData("text/uri-list") || data?.getData("text/plain") || "").trim();
  return isAddress(text) ? text : null;
}

/** Sends a file, or has the server fetch an address. @throws ServerProblem where it is refused */
export function sendPicture(
  api: Api,
  picture: File | string,
  onShare: (share: number) => void,
): Promise<Upload> {
  if (typeof picture === "string") {
    const request: AddressRequest = { url: picture };
    return api.post<Upload>("/api/uploads/address", request);
  }
  const query = new URLSearchParams({ name: picture.name });
  return api.upload<Upload>(`/api/uploads?${query}`, picture, onShare);
}
