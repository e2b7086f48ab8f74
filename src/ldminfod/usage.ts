import { optionTable } from './options/option-table.js';

/** The text of `ldminfod --help`. */
export function usage(): string {
  const options = Object.entries(optionTable).map(([name, { value, help, fallback }]) => {
    const shown = fallback === '' ? help : `${help} (default: ${fallback})`;
    return `  ${`--${name} ${value}`.padEnd(28)}  ${shown}`;
  });
  return `Info service of an LDM server: tells clients its languages, sessions and rating.

usage:
  ldminfod [OPTIONS]                                  run the service
  ldminfod --inetd [OPTIONS]                          answer once, on standard output
  ldminfod drain [--permanent] [--reason TEXT]        take no new logins, until undrain or the next reboot
  ldminfod undrain                                    take new logins again
  ldminfod status [--verbose]                         print the current answer; --verbose explains the rating

options, on the command line or as "name = value" in the configuration file:
${options.join('\n')}

  --config FILE                 configuration file (default: /etc/ldm/ldminfod.conf, if it exists)
  --version                     print the version
  -h, --help                    print this text

exit codes: 0 success; 1 status: the server takes no logins; 64 wrong usage; 69 status: no answer;
71 cannot listen; 73 cannot write or remove a drain file; 78 invalid configuration
`;
}
