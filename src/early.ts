/**
 * Node runs this before `ldm` (bin/ldm): it starts the greeter's process, whose window takes the longest. It is a CommonJS
 * bundle of its own and imports little, because everything waits for it.
 */
import { join } from 'node:path';
import { startEarlyGreeter } from './commands/early-greeter.js';

startEarlyGreeter(join(__dirname, 'greeter.cjs'), process.argv.slice(2), process.env);
