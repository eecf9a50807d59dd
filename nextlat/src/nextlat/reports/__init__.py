"""Tables and figures from result files. They know no model and no training."""
