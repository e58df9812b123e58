/**
 * The environment of a process that runs networks. ONNX Runtime's own builds otherwise report to Microsoft what is
 * run, keep an identifier of the machine in the home folder, and leave logs in the temporary one
 * (https://github.com/microsoft/onnxruntime/pull/27379). It must be set before the library is loaded.
 */
export function networkEnvironment(environment: Readonly<Record<string, string>>): Record<string, string> {
  return { ...environment, ORT_DISABLE_TELEMETRY: "1" };
}
