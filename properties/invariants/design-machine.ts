/** How the machine is left behind. */
import type { DesignInvariant } from '../property.ts';
import { perMemory, wordAt } from './memory.ts';

export const irqsAcknowledged: DesignInvariant = {
  name: 'irqs_acknowledged',
  kind: 'design',
  statement:
    'When the kernel is left, no interrupt is pending that it has looked for, and none it took is unacknowledged.',
  l4v: null,
  evidence: ['interrupt-never-acknowledged'],
  ...perMemory((memory, _s, out) => {
    const { layout } = memory;
    const pending = wordAt(memory, layout.HW_PENDING_IRQ);
    if (pending !== layout.NO_IRQ) out.push({ where: `interrupt ${pending}`, because: 'still pending' });
    const taken = wordAt(memory, layout.HW_IRQ_IN_SERVICE);
    if (taken !== layout.NO_IRQ) out.push({ where: `interrupt ${taken}`, because: 'taken, but not acknowledged' });
  }),
  exercised: () => 1,
};

export const timerArmed: DesignInvariant = {
  name: 'timer_armed',
  kind: 'design',
  statement: 'When the kernel is left, the timer is going to tick.',
  l4v: null,
  evidence: ['timer-not-set-again'],
  ...perMemory((memory, _s, out) => {
    if (wordAt(memory, memory.layout.HW_TIMER_ARMED) !== 1) out.push({ where: 'timer', because: 'not armed' });
  }),
  exercised: () => 1,
};
