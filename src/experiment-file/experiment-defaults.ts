/** What an experiment file that does not say gets. Fractions between 0 and 1; a default of the product where one is missing. */
export interface ExperimentDefaults {
  readonly significanceLevel?: number;
  readonly statisticalPower?: number;
}
