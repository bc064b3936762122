export declare function looksLike(values: readonly unknown[], expected: string): boolean;
export declare function shown(values: readonly unknown[]): string;
export declare function check(line: number, values: readonly unknown[], expected: string): void;
