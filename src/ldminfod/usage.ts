import { optionTable } from './options.js';

/** The text of `ldminfod --help`. */
export function usage(): string {
  const options = Object.entries(optionTable).map(([name, { value, help, fallback }]) => {
    const shown = fallback === '' ? help : `${help} (default: ${fallback})`;
    return `  ${`--${name} ${value}`.padEnd(28)}  ${shown}`;
  });
  return `Tells clients about this server: languages, sessions, rating.

usage:
  ldminfod [OPTIONS]                                  answers until it is ended
  ldminfod --inetd [OPTIONS]                          answers once, on standard output
  ldminfod drain [--permanent] [--reason TEXT]        no new logins, until undrain or the next restart of the machine
  ldminfod undrain                                    logins again
  ldminfod status [--verbose]                         what this server tells at the moment; and how the rating comes about

options, on the command line or as "name = value" in the configuration file:
${options.join('\n')}

  --config FILE                 configuration file (default: /etc/ldm/ldminfod.conf where it exists)
  --version                     print the version
  -h, --help                    this text

exit codes: 0 done; 1 status: takes no logins; 64 wrong usage; 69 status: no answer; 71 cannot listen;
73 a drain file cannot be written; 78 wrong configuration
`;
}
