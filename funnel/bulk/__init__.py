"""Records of benchmark size: millions of leads simulated by NumPy and loaded by binary COPY."""
