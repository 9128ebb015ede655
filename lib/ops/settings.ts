/**
 * Settings as a table: what there is, where each value came from, and everything that is wrong at once.
 * Reads nothing itself: the sources are arguments.
 */
import { escapeControls, shown } from "../core/shown.ts";
import { nearest } from "./nearest.ts";
import { maskUserInfo } from "./redact.ts";
import { type Parser, RuleBroken } from "./setting_parsers.ts";

/** One setting. */
export interface Setting<T> {
  /** Its name in the environment. */
  readonly name: string;
  /** As text, as somebody would write it. */
  readonly default: string;
  readonly parse: Parser<T>;
  /** One sentence or two. */
  readonly description: string;
  /** The heading that it stands under in `.env.example`. */
  readonly group: string;
  /** Who reads it; for the documentation. */
  readonly usedBy: readonly ("producer" | "consumer" | "tools")[];
  /** Shown as `***`. URLs are always shown without their user and password. */
  readonly secret?: boolean;
  /** The command line flag of the same meaning, without its dashes. */
  readonly flag?: string;
}

/** Settings by the names that code uses. */
export type SettingsTable = Readonly<Record<string, Setting<unknown>>>;
/** The values of a table. */
export type SettingsOf<T extends SettingsTable> = {
  readonly [K in keyof T]: T[K] extends Setting<infer V> ? V : never;
};

/** Where values come from, in the order in which they win. An empty text counts as not given. */
export interface SettingsSources {
  /** By flag name. */
  readonly flags?: SettingsSource;
  readonly environment?: SettingsSource;
  /** The contents of `.env`. */
  readonly dotenv?: SettingsSource;
  /** What a running local stack says of itself: KAFKA_BROKERS, SCHEMA_REGISTRY_URL. */
  readonly stack?: SettingsSource;
}
/** Text by name. */
export type SettingsSource = Readonly<Record<string, string | undefined>>;
/** Where a value came from. */
export type SettingOrigin = "flag" | "environment" | ".env" | "local stack" | "default";

/** A documented setting that this version refuses rather than ignores. */
export interface NotBuiltYet {
  /** The name, or its beginning with `*` at the end. */
  readonly name: string;
  /** The one value that is harmless. */
  readonly accepts?: string;
  readonly what: string;
}

/** One thing that is wrong. */
export interface SettingProblem {
  readonly name: string;
  /** A sentence that goes on after the name: `must be …`. */
  readonly message: string;
}

/** What {@linkcode loadSettings} takes beside the table and the sources. */
export interface SettingsRules<T extends SettingsTable> {
  readonly notBuiltYet?: readonly NotBuiltYet[];
  /** Rules between settings; only asked when each one by itself is right. */
  readonly across?: (values: SettingsOf<T>) => readonly SettingProblem[];
}

/** What came out. */
export interface LoadedSettings<T extends SettingsTable> {
  readonly values: SettingsOf<T>;
  readonly origins: Readonly<Record<keyof T, SettingOrigin>>;
  /** The values as text that may be shown, by the setting's name. */
  readonly shown: Readonly<Record<string, string>>;
  /** Names that look like a mistyped setting; nothing is wrong otherwise. */
  readonly warnings: readonly string[];
}

/** Everything that is wrong with the settings, one line for each in its message. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
  constructor(readonly problems: readonly SettingProblem[]) {
    const lines = problems.map(({ name, message }) => `  ${name}: ${message}`);
    super(
      `${problems.length === 1 ? "a setting is" : `${problems.length} settings are`} wrong:\n${
        lines.join("\n")
      }`,
    );
  }
}

/**
 * Takes each setting from the first source that has it and checks all of them.
 *
 * @throws {SettingsError} naming every problem, not only the first one.
 */
export function loadSettings<T extends SettingsTable>(
  table: T,
  sources: SettingsSources,
  rules: SettingsRules<T> = {},
): LoadedSettings<T> {
  const problems: SettingProblem[] = [];
  const values: Record<string, unknown> = {};
  const origins: Record<string, SettingOrigin> = {};
  const texts: Record<string, string> = {};
  for (const [key, setting] of Object.entries(table)) {
    const { text, origin } = find(setting, sources);
    origins[key] = origin;
    texts[setting.name] = showSetting(setting, text);
    try {
      values[key] = setting.parse.parse(text);
    } catch (thrown) {
      if (!(thrown instanceof RuleBroken)) throw thrown;
      const from = origin === "flag" ? `--${setting.flag}` : origin === ".env" ? origin : `the ${origin}`;
      problems.push({
        name: setting.name,
        message: `${thrown.message}, not ${texts[setting.name]} (from ${from})`,
      });
    }
  }
  problems.push(...notBuilt(rules.notBuiltYet ?? [], sources));
  const loaded = values as SettingsOf<T>; // complete when there is no problem, and not used otherwise
  if (problems.length === 0) problems.push(...rules.across?.(loaded) ?? []);
  if (problems.length > 0) throw new SettingsError(problems);
  return {
    values: loaded,
    origins: origins as Record<keyof T, SettingOrigin>, // one for each key of the table
    shown: texts,
    warnings: lookAlikes(table, sources, rules.notBuiltYet ?? []),
  };
}

function find(setting: Setting<unknown>, sources: SettingsSources): { text: string; origin: SettingOrigin } {
  const candidates: [SettingOrigin, string | undefined][] = [
    ["flag", setting.flag === undefined ? undefined : sources.flags?.[setting.flag]],
    ["environment", sources.environment?.[setting.name]],
    [".env", sources.dotenv?.[setting.name]],
    ["local stack", sources.stack?.[setting.name]],
  ];
  for (const [origin, given] of candidates) {
    const text = given?.trim();
    if (text) return { text, origin };
  }
  return { text: setting.default, origin: "default" };
}

function showSetting(setting: Setting<unknown>, text: string): string {
  if (setting.secret) return text === "" ? '""' : "***";
  return shown(maskUserInfo(text));
}

function notBuilt(names: readonly NotBuiltYet[], sources: SettingsSources): SettingProblem[] {
  const problems = new Map<string, SettingProblem>();
  for (const source of [sources.environment, sources.dotenv]) {
    for (const [name, value] of Object.entries(source ?? {})) {
      const entry = names.find((known) => covers(known.name, name));
      const text = value?.trim();
      if (entry === undefined || !text || text.toLowerCase() === entry.accepts) continue;
      const accepted = entry.accepts === undefined
        ? "take it out"
        : `take it out or set it to ${entry.accepts}`;
      problems.set(name, {
        name: escapeControls(name),
        message: `${entry.what} is not built yet, so this setting would have no effect: ${accepted}`,
      });
    }
  }
  return [...problems.values()];
}

function covers(known: string, name: string): boolean {
  return known.endsWith("*") ? name.startsWith(known.slice(0, -1)) : name === known;
}

function lookAlikes(
  table: SettingsTable,
  sources: SettingsSources,
  refused: readonly NotBuiltYet[],
): string[] {
  const known = new Set(Object.values(table).map(({ name }) => name));
  const given = new Set([...Object.keys(sources.environment ?? {}), ...Object.keys(sources.dotenv ?? {})]);
  const warnings: string[] = [];
  for (const name of given) {
    // Short names of other programs are near to something too easily.
    if (name.length < 8 || known.has(name) || refused.some((entry) => covers(entry.name, name))) continue;
    const meant = nearest(name, known);
    if (meant !== undefined) {
      warnings.push(`${escapeControls(name)} is not a setting; did you mean ${meant}?`);
    }
  }
  return warnings;
}
