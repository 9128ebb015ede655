import type { Parser } from "./setting_parsers.ts";
import type { Setting } from "./settings.ts";

/** Of a row: what stands beside its name, its parser, its readers and its heading. */
export type SettingRow<T> = Omit<Setting<T>, "group" | "usedBy" | "name" | "parse">;

/** Makes the rows of a settings table that stand under one heading. */
export function settingsGroup(heading: string) {
  return <T>(
    name: string,
    parse: Parser<T>,
    usedBy: Setting<unknown>["usedBy"],
    row: SettingRow<T>,
  ): Setting<T> => ({ name, parse, usedBy, group: heading, ...row });
}
