import type { Problem } from "./problem.ts";
import { refuse, type Rules } from "./rules.ts";
import { formOfValue, formsOf, type ValueKind } from "./value_kind.ts";

/** An object as it comes from JSON or from the decoder. */
export type Fields = Record<string, unknown>;

/** `null`, or what the other branch says. */
export function nullableRules(of: Rules): Rules {
  return {
    parse: (input, path, problems) => input === null ? null : of.parse(input, path, problems),
    check: (value, path, problems) => value === null ? undefined : of.check(value, path, problems),
    toJson: (value) => value === null ? null : of.toJson(value),
  };
}

/** What the branch of the value's form says; no two branches have one form. */
export function unionRules(branches: readonly { readonly kind: ValueKind; readonly rules: Rules }[]): Rules {
  const by = (side: "written" | "decoded") =>
    new Map<string | undefined, Rules>(branches.map(({ kind, rules }) => [formsOf(kind)[side], rules]));
  const [written, decoded] = [by("written"), by("decoded")];
  const find = (
    from: typeof written,
    value: unknown,
    path: string,
    problems: Problem[],
  ): Rules | undefined => {
    const rules = from.get(formOfValue(value));
    if (rules === undefined) {
      refuse(problems, { path, code: "type", rule: [...from.keys()].join(" or "), value });
    }
    return rules;
  };
  return {
    parse: (input, path, problems) => find(written, input, path, problems)?.parse(input, path, problems),
    check: (value, path, problems) => find(decoded, value, path, problems)?.check(value, path, problems),
    toJson: (value) => decoded.get(formOfValue(value))!.toJson(value),
  };
}

/** A list of one type. */
export function arrayRules(items: Rules): Rules {
  const isList = (value: unknown, path: string, problems: Problem[]): value is unknown[] => {
    if (Array.isArray(value)) return true;
    refuse(problems, { path, code: "type", rule: "a list", value });
    return false;
  };
  return {
    parse: (input, path, problems) =>
      isList(input, path, problems)
        ? Array.from(input, (item, index) => items.parse(item, `${path}[${index}]`, problems))
        : undefined,
    check(value, path, problems) {
      if (!isList(value, path, problems)) return;
      for (let index = 0; index < value.length; index++) {
        items.check(value[index], `${path}[${index}]`, problems);
      }
    },
    toJson: (value) => (value as unknown[]).map((item) => items.toJson(item)),
  };
}

/** Any names, values of one type. */
export function mapRules(values: Rules): Rules {
  const eachEntry = (value: Fields, each: (item: unknown, name: string) => unknown): Fields =>
    Object.fromEntries(Object.entries(value).map(([name, item]) => [name, each(item, name)]));
  return {
    parse: (input, path, problems) =>
      isFields(input, path, problems)
        ? eachEntry(input, (item, name) => values.parse(item, join(path, name), problems))
        : undefined,
    check(value, path, problems) {
      if (!isFields(value, path, problems)) return;
      for (const name of Object.keys(value)) values.check(value[name], join(path, name), problems);
    },
    toJson: (value) => eachEntry(value as Fields, (item) => values.toJson(item)),
  };
}

/** Whether it has fields; adds the problem when it has not. */
export function isFields(value: unknown, path: string, problems: Problem[]): value is Fields {
  if (formOfValue(value) === "an object") return true;
  refuse(problems, { path, code: "type", rule: "an object with fields", value });
  return false;
}

/** `lines[0].price` of `lines[0]` and `price`. */
export function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
