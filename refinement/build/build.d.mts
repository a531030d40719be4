/** Types of `build.mjs`, which runs before anything is compiled and so is plain JavaScript. */
type Transform = (file: string, source: string) => string;

export const root: string;
export const dist: string;
export function sourceFiles(folders?: readonly string[], base?: string): string[];
export function sourceHash(folders?: readonly string[]): string;
export function buildImpl(options: {
  readonly config: string;
  readonly outfile: string;
  readonly transform?: Transform;
  readonly minify?: boolean;
}): Promise<void>;
export function buildModule(options: {
  readonly entry: string;
  readonly outfile: string;
  readonly transform?: Transform;
}): Promise<void>;
export function implConfigs(): string[];
export function buildAll(): Promise<void>;
export function ensureBuilt(needed?: readonly string[], hasFast?: boolean): Promise<boolean>;
export function describeBuildFailure(error: unknown): string;
