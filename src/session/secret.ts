export { Secret } from '../settings/secret.js';
