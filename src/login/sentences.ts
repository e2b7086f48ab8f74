/**
 * The one place where a state, a failure or an outcome becomes a sentence. Each sentence says what happened and, where
 * the user can do something, what to do next.
 */
export * from './sentences/client.js';
export * from './sentences/failure.js';
export * from './sentences/outcome.js';
export * from './sentences/progress.js';
export * from './sentences/questions.js';
export * from './sentences/server-state.js';
export * from './sentences/session.js';
export * from './sentences/user-name.js';
