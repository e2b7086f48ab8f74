export declare const seamFile: RegExp;
export declare function applySeam(source: string, path: string): string;
