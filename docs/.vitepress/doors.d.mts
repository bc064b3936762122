/** A door with something to import by name. */
export interface Door {
  readonly specifier: string;
  readonly built: string;
  readonly source: string;
}
export declare const doors: readonly Door[];
export declare const liveModules: ReadonlyMap<string, string>;
export declare function here(path: string): string;
