/** The file descriptor of the pipe for typed text in the process with the windows (answer-pipe.ts). */
export const answerFd = 4;

/**
 * The argument of a greeter that was started before the settings were read. Its looks, JSON and a line end, come to it
 * through the same pipe, which it can wait for before it opens the display. If it has no DISPLAY, a line with that follows.
 */
export const looksFollow = 'looks-follow';
