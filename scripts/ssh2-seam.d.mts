export declare const seamFile: RegExp;
export declare function applySeam(source: string): string;
