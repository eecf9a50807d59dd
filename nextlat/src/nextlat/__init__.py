"""Next-Latent Prediction transformers (arXiv 2511.05963). The first modules follow in the next release."""
