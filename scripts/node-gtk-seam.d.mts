import type { Plugin } from 'esbuild';

export declare function applySeam(file: string, source: string): string;
export declare const bundleNodeGtk: Plugin;
