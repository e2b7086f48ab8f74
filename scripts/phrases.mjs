/**
 * Phrases that the writing guide drops, as regular expressions in any case, and what to write instead. A space matches a
 * line end too; `\b` ends a whole word.
 */
const phrases = [
  // Standard terms
  ['anew\\b', 'again'],
  ['oftener\\b', 'more often'],
  ['seldom\\b', 'rarely'],
  ['at need\\b', 'if necessary'],
  ['wholly\\b', 'completely'],
  ['hearsay\\b', 'untrusted input'],
  ['moot\\b', 'withdrawn, or no longer needed'],
  ['mend(s|ed|ing)?\\b', 'fix, repair'],
  ['amiss\\b', 'wrong'],
  ['lest\\b', 'so that ... not'],
  ['nought\\b', 'nothing, zero'],
  ['in vain\\b', 'without success'],
  ['all the same\\b', 'anyway'],
  ['cannot be had\\b', 'is unavailable'],
  ['to be had\\b', 'available'],
  ['(can|could) be had\\b', 'is available'],
  ['cannot be meant\\b', 'invalid'],
  ['(has|have|had) the say\\b', 'takes precedence'],
  ['had be\\b', 'would be'],
  ['a word of\\b', 'say what it is: a message, a setting'],
  ['without a word\\b', 'without a message'],
  ['(its|their|his|her) own words\\b', 'its message'],
  ['for its own sake\\b', 'say what for'],
  ['no objection\\b', 'say what is accepted'],
  ['com(e|es|ing) to nothing\\b', 'fail'],
  ['came to nothing\\b', 'failed'],
  ['beside each other\\b', 'in parallel'],
  ['(?<!there )(is|are|was|were) none (of|who|that)\\b', 'is not'],
  ['whoever\\b', 'the user who, anyone who'],
  ['that which\\b', 'what'],
  ['the one (that|which)\\b', 'name the thing'],
  ['of the administrator.?s(?=[,.;:)]| (in|for|that|which|on|at|and|or|to)\\b)', "the administrator's"],
  ['of ldm.?s own\\b', "ldm's"],
  ['(?<!of )fault of ours\\b', 'internal error'],
  ['turns of a (login|session)\\b', 'stages'],
  ['can bear\\b', 'maximum'],
  ['lets? us in\\b', 'accepts the connection'],
  ['let(s)? you in\\b', 'accepts the login'],
  ['as (he|she) likes\\b', 'at will'],
  ['as ever\\b', 'as usual'],
  ['overrul(e|es|ed|ing)\\b', 'override, take precedence'],
  ['tell(s)? of (it|them|itself|themselves)\\b', 'report'],
  ['spoil(t|s|ed)\\b', 'damage'],
  ['shall\\b', 'must, will'],
  ['the house\\b', 'the architecture, the project'],
  // American spelling
  ['\\w*colour', 'color'],
  ['\\w*behaviour', 'behavior'],
  ['\\w*favour', 'favor'],
  ['\\w*neighbour', 'neighbor'],
  ['\\w*honour', 'honor'],
  ['licen[c]e', 'license'],
  ['dialogue', 'dialog'],
  ['programme', 'program'],
  ['centre', 'center'],
  ['grey', 'gray'],
  ['defence\\b', 'defense'],
  ['judgement\\b', 'judgment'],
  ["learnt\\b(?!')", 'learned'],
  ['spelt\\b', 'spelled'],
  ['burnt\\b', 'burned'],
  ['whilst\\b', 'while'],
  ['towards\\b', 'toward'],
  ['ageing\\b', 'aging'],
  ['practise', 'practice'],
  ['(un)?label+ed\\b(?<=lled)', 'labeled'],
  ['signall(ed|ing)\\b', 'signaled'],
  ['travell(ed|ing)\\b', 'traveled'],
  [
    '\\w+(?:organ|recogn|real|final|normal|serial|initial|summar|optim|minim|maxim|synchron|author|util|local|custom|priorit)is(e|es|ed|ing|ation)\\b',
    '-ize',
  ],
  [
    '(organ|recogn|real|final|normal|serial|initial|summar|optim|minim|maxim|synchron|author|util|local|custom|priorit)is(e|es|ed|ing|ation)\\b',
    '-ize',
  ],
  ['analys(e|ed|ing)\\b', 'analyze'],
];

/** Between two words: a space, or a line end and the mark of a comment. */
const gap = String.raw`(?: |\s*\n[\s*#/|.;"-]*)`;

const rules = phrases.map(([pattern, better]) => ({
  pattern: new RegExp(String.raw`(?<![\w/-])(?:${pattern.replaceAll(' ', gap)})`, 'gi'),
  better,
}));

/** The phrases of a text that need other words, in order. */
export function problemsIn(text) {
  const problems = rules.flatMap(({ pattern, better }) =>
    [...text.matchAll(pattern)].map((match) => ({
      line: text.slice(0, match.index).split('\n').length,
      found: match[0].replace(/\s+/g, ' '),
      better,
    })),
  );
  return problems.sort((a, b) => a.line - b.line);
}
