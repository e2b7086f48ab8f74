/** Where the process with the windows has the pipe that what is typed goes through (answer-pipe.ts). */
export const answerFd = 4;
