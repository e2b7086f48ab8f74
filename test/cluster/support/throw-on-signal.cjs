// Loaded into ldm with NODE_OPTIONS=--require: an error that nobody catches, whenever a test wants one.
process.on('SIGUSR2', () => {
  setImmediate(() => {
    throw new Error('thrown by the test');
  });
});
