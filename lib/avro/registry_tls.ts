import { permanent } from "../core/failure.ts";

/** The files by which an https registry is trusted, and by which it trusts us; empty for none. */
export interface RegistryTlsFiles {
  readonly schemaRegistryCaFile: string;
  readonly schemaRegistryCertFile: string;
  readonly schemaRegistryKeyFile: string;
}

/**
 * A `fetch` that uses the files; undefined where there is none, and the usual one will do.
 *
 * Throws `permanent("settings")` naming the setting whose file cannot be read, or is none of its kind.
 */
export function fetchOverTls(files: RegistryTlsFiles): typeof fetch | undefined {
  const ca = readPem("SCHEMA_REGISTRY_CA_FILE", files.schemaRegistryCaFile, CERTIFICATE);
  const cert = readPem("SCHEMA_REGISTRY_CERT_FILE", files.schemaRegistryCertFile, CERTIFICATE);
  const key = readPem("SCHEMA_REGISTRY_KEY_FILE", files.schemaRegistryKeyFile, PRIVATE_KEY);
  if (ca === undefined && cert === undefined) return undefined;
  const client = openClient({ ...(ca && { caCerts: [ca] }), ...(cert && key && { cert, key }) });
  return (input, init) => fetch(input, { ...init, client });
}

interface Kind {
  readonly pattern: RegExp;
  readonly name: string;
}

const CERTIFICATE: Kind = { pattern: /-----BEGIN CERTIFICATE-----/, name: "a certificate" };
const PRIVATE_KEY: Kind = { pattern: /-----BEGIN (EC |RSA )?PRIVATE KEY-----/, name: "a private key" };

/** Deno takes any text for a list of authorities, and then trusts none of them: what is no PEM is found out here. */
function readPem(setting: string, path: string, { pattern, name }: Kind): string | undefined {
  if (path === "") return undefined;
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    throw permanent("settings", `${setting}: ${path} cannot be read: ${messageOf(error)}`);
  }
  if (!pattern.test(text)) {
    throw permanent("settings", `${setting}: ${path} holds no PEM text of ${name} that is not encrypted`);
  }
  return text;
}

function openClient(options: Deno.CreateHttpClientOptions | Deno.TlsCertifiedKeyPem): Deno.HttpClient {
  try {
    return Deno.createHttpClient(options);
  } catch (error) {
    throw permanent("settings", `SCHEMA_REGISTRY_*_FILE: the PEM files cannot be used: ${messageOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
