/*
 * A PAM module for tests that says and asks what its arguments tell, in their order:
 *   [info:TEXT] [error:TEXT] [visible:PROMPT=ANSWER] [hidden:PROMPT=ANSWER]
 * A wrong answer fails the stack. It declares what it needs of libpam itself, so that no headers are needed.
 */
#include <stdlib.h>
#include <string.h>

enum { SUCCESS = 0, AUTH_ERR = 7, SYSTEM_ERR = 4 };
enum { ECHO_OFF = 1, ECHO_ON = 2, ERROR_MSG = 3, TEXT_INFO = 4 };
int pam_prompt(void *handle, int style, char **response, const char *format, ...);

static int ask(void *handle, int style, const char *question) {
  const char *answer = strrchr(question, '=');
  char *given = NULL;
  int right;
  if (answer == NULL) return SYSTEM_ERR;
  if (pam_prompt(handle, style, &given, "%.*s", (int)(answer - question), question) != SUCCESS || given == NULL)
    return AUTH_ERR;
  right = strcmp(given, answer + 1) == 0;
  free(given);
  return right ? SUCCESS : AUTH_ERR;
}

int pam_sm_authenticate(void *handle, int flags, int argc, const char **argv) {
  int i, result = SUCCESS;
  for (i = 0; i < argc && result == SUCCESS; i++) {
    if (strncmp(argv[i], "info:", 5) == 0) result = pam_prompt(handle, TEXT_INFO, NULL, "%s", argv[i] + 5);
    else if (strncmp(argv[i], "error:", 6) == 0) result = pam_prompt(handle, ERROR_MSG, NULL, "%s", argv[i] + 6);
    else if (strncmp(argv[i], "visible:", 8) == 0) result = ask(handle, ECHO_ON, argv[i] + 8);
    else if (strncmp(argv[i], "hidden:", 7) == 0) result = ask(handle, ECHO_OFF, argv[i] + 7);
    else result = SYSTEM_ERR;
  }
  return result;
}

int pam_sm_setcred(void *handle, int flags, int argc, const char **argv) { return SUCCESS; }
