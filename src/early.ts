/**
 * Node runs this before `ldm` where a greeter waits for its looks (bin/ldm), because it is loaded in a fifth of the time. A
 * CommonJS bundle of its own, which imports little.
 */
import { tellFirst } from './commands/early-looks.js';

tellFirst(process.argv.slice(2), process.env);
