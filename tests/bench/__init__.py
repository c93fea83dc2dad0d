"""Benchmarks: each prints one JSON line with its ratio and what it was measured against."""
