import { ApplicationFailure } from '@temporalio/workflow';
import { executeVariant } from 'victor-experiments/workflow';

export interface Ticket {
  readonly id: string;
  readonly customer: string;
  readonly text: string;
  /** Of the experiment, and of the task queues of its workers. */
  readonly experimentId: string;
  readonly taskQueuePrefix?: string;
}

/** One step of it is an experiment: which of two ways to route a ticket is better. */
export async function handleTicket(ticket: Ticket): Promise<string> {
  const { experimentId, taskQueuePrefix = 'victor' } = ticket;
  const { variantId, outcome, output, error } = await executeVariant({
    experimentId,
    executionId: ticket.id,
    unit: ticket.customer,
    input: { text: ticket.text },
    taskQueuePrefix,
  });
  // a failure of the variant is an outcome, and has been recorded: what it means here is up to this workflow
  if (outcome !== 'success') throw ApplicationFailure.create({ message: error?.message ?? outcome });
  const { team } = output as { readonly team: string };
  return `${ticket.id} goes to ${team} (${variantId})`;
}
