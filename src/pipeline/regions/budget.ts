import { type Warning, warning } from "../../warnings.ts";

export interface BudgetOptions {
  /** K wanted, at least 1. */
  readonly anchors: number;
  /** B, editor work in full paintings, at least 2. */
  readonly budget: number;
  /** N, sampling steps of a full painting. */
  readonly steps: number;
  /** Sampling steps of a draft. */
  readonly draftSteps: number;
  /** A draft's pixels over those of a full painting. Default 1. */
  readonly draftShare?: number | undefined;
}

/** How the editor's work is shared between looking and painting. */
export interface BudgetPlan {
  /** K that the budget can serve: each anchor gets at least one draft and its full painting. */
  readonly anchors: number;
  readonly budget: number;
  readonly steps: number;
  /** At most `steps`. */
  readonly draftSteps: number;
  /** What a draft costs, in sampling steps of a full painting. */
  readonly draftCost: number;
  readonly warnings: readonly Warning[];
}

/**
 * Plans how many anchors the budget can serve. It pays for K full paintings and, with the (B - K) N sampling steps
 * that are left, for drafts; where that is less than a draft an anchor, the weakest anchors are given up, with the
 * warning `budget-lowered-anchors`. A step on fewer pixels costs less in proportion.
 */
export function planBudget(options: BudgetOptions): BudgetPlan {
  const { budget, steps } = options;
  const draftSteps = Math.min(options.draftSteps, steps);
  const draftCost = draftSteps * (options.draftShare ?? 1);
  // K anchors need K N steps for their full paintings and a draft each before that.
  const affordable = Math.min(Math.floor(budget - 1), Math.floor((budget * steps) / (steps + draftCost)));
  const anchors = Math.max(1, Math.min(options.anchors, affordable));
  const wanted = options.anchors;
  const warnings = anchors < wanted ? [warning("budget-lowered-anchors", { budget, anchors, wanted })] : [];
  return { anchors, budget, steps, draftSteps, draftCost, warnings };
}

/** Sampling steps that drafts may take when `anchors` (at most the plan's) are painted in full: (B - K) N. */
export function learningSteps(plan: BudgetPlan, anchors: number): number {
  return Math.floor((plan.budget - anchors) * plan.steps);
}
