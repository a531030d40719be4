/** All that the mined data says of what proofs cost, as one value: the terminal, JSON and the study are made of it. Schema `corres-cost-proofs/1`. */
import { commits, lemmas, modules, printedFits, releases } from '../mined/load.ts';
import type { Fit, Point } from '../statistics/fit.ts';
import { fit } from '../statistics/fit.ts';
import type { AreaSize } from './areas.ts';
import { specifiedAreas } from './areas.ts';
import type { ChangeTogether, YearOfChange } from './churn.ts';
import { changeByYear, changeTogether } from './churn.ts';
import type { Foretold, ModelMerit } from './estimate.ts';
import { backTest, merits } from './estimate.ts';
import type { SessionFit } from './lemmas.ts';
import { sessionFits } from './lemmas.ts';
import type { Compared } from './printed.ts';
import { compareWithPrinted } from './printed.ts';
import type { ComponentSize } from './sizes.ts';
import { componentSizes, proofRatio } from './sizes.ts';

export interface ProofStudy {
  readonly schema: 'corres-cost-proofs/1';
  readonly sessions: readonly SessionFit[];
  readonly differences: readonly Compared[];
  /** Figures that agree with the printed ones to the digit. */
  readonly agreeing: number;
  readonly sizes: readonly ComponentSize[];
  /** Lines of proof to a line of abstract specification. */
  readonly proofRatio: number;
  readonly areas: readonly AreaSize[];
  /** Proof against specification of the areas, as a power; null if there are too few. */
  readonly byArea: Fit | null;
  readonly years: readonly YearOfChange[];
  readonly together: ChangeTogether;
  readonly foretold: readonly Foretold[];
  readonly merits: readonly ModelMerit[];
  /** Lines of proof against lines of abstract specification, release by release, as a line. */
  readonly releases: { readonly n: number; readonly linear: Fit | null };
}

export function proofStudy(): ProofStudy {
  const sessions = sessionFits(lemmas());
  const compared = compareWithPrinted(printedFits(), sessions);
  const sizes = componentSizes(modules());
  const areas = specifiedAreas(modules());
  const changes = commits();
  const foretold = backTest(changes);
  const tagged = releases().filter((row) => row.l4v_proof_raw_lines > 0);
  return {
    schema: 'corres-cost-proofs/1',
    sessions,
    differences: compared.filter(({ because }) => because !== null),
    agreeing: compared.filter(({ because }) => because === null).length,
    sizes,
    proofRatio: proofRatio(sizes),
    areas,
    byArea: fit(
      'power',
      areas.map(({ specification, proof }): Point => [specification, proof]),
    ),
    years: changeByYear(changes),
    together: changeTogether(changes),
    foretold,
    merits: merits(foretold),
    releases: {
      n: tagged.length,
      linear: fit(
        'linear',
        tagged.map((row): Point => [row.l4v_aspec_raw_lines, row.l4v_proof_raw_lines]),
      ),
    },
  };
}
