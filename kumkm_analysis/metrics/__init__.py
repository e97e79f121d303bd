"""What follows from printed figures: readings, formulas, derived quantities with bounds."""
