/** The file descriptor of the pipe for typed text in the process with the windows (answer-pipe.ts). */
export const answerFd = 4;
