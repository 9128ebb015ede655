/** Something that a person has to know about the stack, with the exit code the command ends with. */
export class StackError extends Error {
  override readonly name = "StackError";
  /** 1: a check says no; 2: usage or settings; 4: cannot be started or reached. */
  readonly exitCode: 1 | 2 | 4;

  constructor(message: string, options: { readonly exitCode?: 1 | 2 | 4; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.exitCode = options.exitCode ?? 4;
  }
}
