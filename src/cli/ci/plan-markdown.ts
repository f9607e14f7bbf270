import { codeBlock } from '../../text/markdown-code';
import type { PlanJson } from '../output/plan-json';
import { planLines } from '../output/plan-report';

/** A summary holds 1 MiB; a plan of many hosts with the text of their units is long. */
const MOST_LINES = 600;

/** A plan as Markdown, for the summary of a job. All of it is code: subjects of commits and units are foreign text. */
export function planMarkdown(plan: PlanJson): string[] {
  const title = plan.wouldBeRefused ? '### ❌ The deploy would be refused' : '### Plan of a deploy';
  return [title, '', ...codeBlock(planLines(plan).join('\n'), MOST_LINES), ''];
}
