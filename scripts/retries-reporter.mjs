// A vitest reporter: appends the name of each test that passed only when tried again to the file $LDM_TEST_RETRIES.

import { appendFileSync } from 'node:fs';

export default class RetriesReporter {
  onTestCaseResult(test) {
    if (test.diagnostic()?.flaky)
      appendFileSync(process.env.LDM_TEST_RETRIES, `${test.module.relativeModuleId}: ${test.fullName}\n`);
  }
}
